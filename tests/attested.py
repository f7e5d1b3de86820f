# SPDX-License-Identifier: Apache-2.0
"""A project with signed statements, to be verified and to be tampered with."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from repro_action.evidence.envelope import EnvelopeSignature, pre_authentication, write_bundle
from repro_action.evidence.expectations import ExpectedClaims
from repro_action.flows.attest import verify_statement
from repro_action.signing.own_keys import PrivateKey

COMMIT = "1a2b3c4d" * 5


@dataclass
class Place:
    """A project with signed statements, and what is expected of them."""

    root: Path
    key: PrivateKey
    other: PrivateKey
    commit: str = COMMIT
    model: str = "wine"
    kind: str = "provenance"

    @property
    def file(self) -> Path:
        return self.root / "signed" / f"{self.kind}.sigstore.json"

    def verify(self):
        model = self.kind.startswith("model-")
        expected = ExpectedClaims(commit="" if model else self.commit, model=self.model)
        base = self.root / "out/parts" if model else self.root
        return verify_statement(self.file, [self.key.public], expected, base)

    # What tampers:
    def bundle(self) -> dict:
        return json.loads(self.file.read_text())

    def payload(self) -> dict:
        return json.loads(base64.b64decode(self.bundle()["dsseEnvelope"]["payload"]))

    def write(self, bundle: dict) -> None:
        self.file.write_text(json.dumps(bundle))

    def with_payload(self, payload: dict) -> None:
        """Change the statement and leave the signature."""
        bundle = self.bundle()
        bundle["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(payload).encode()).decode()
        self.write(bundle)

    def sign(self, payload: dict | bytes, key: PrivateKey | None = None) -> None:
        """Sign another statement by the right key: what a careless signer could publish."""
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        signer = key or self.key
        signature = EnvelopeSignature(
            signature=signer.sign(pre_authentication(data)), keyid=signer.public.keyid
        )
        self.file.write_text(write_bundle(data, signature, ""))
