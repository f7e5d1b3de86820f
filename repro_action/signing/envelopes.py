# SPDX-License-Identifier: Apache-2.0
"""Statements signed into bundles, and bundles whose signature is checked before anything is read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from repro_action.evidence.envelope import Envelope, EnvelopeSignature, pre_authentication, write_bundle
from repro_action.evidence.statement import InTotoStatement
from repro_action.evidence.strict_json import EvidenceRefused
from repro_action.signing.port import Signer, Verifier


def sign_statement(statement: InTotoStatement, signer: Signer) -> str:
    """Return a statement as a signed bundle."""
    payload = statement.payload()
    signature = EnvelopeSignature(
        signature=signer.sign(pre_authentication(payload)), keyid=signer.public.keyid
    )
    # Model Signing's hint is the digest of the text of the key; other verifiers do not read it.
    return write_bundle(payload, signature, hashlib.sha256(signer.public.pem).hexdigest())


def verified_payload(envelope: Envelope, keys: Sequence[Verifier]) -> tuple[bytes, Verifier]:
    """Return what was signed, and the key that signed it.

    Raises:
        EvidenceRefused: none of the keys signed it.
    """
    if envelope.keyless:
        raise EvidenceRefused(
            "it was signed without a key of one's own, by an identity",
            remedy="Check it with --identity and --trusted-root.",
        )
    message = envelope.signed
    for key in keys:
        if any(key.verify(message, one.signature) for one in envelope.signatures):
            return envelope.payload, key
    names = {one.keyid for one in envelope.signatures if one.keyid}
    if names and not names & {key.keyid for key in keys}:
        raise EvidenceRefused(
            f"it names the key {min(names)[:12]}, {_not_among(keys)}",
            why="Another key signed it, or the id of the key was changed.",
            remedy="Give the public key of whom it should be from with --key.",
        )
    raise EvidenceRefused(
        f"its signature is not one of {_listed(keys)}",
        why="The statement or the signature was changed after it was signed, or another key signed it.",
    )


def _not_among(keys: Sequence[Verifier]) -> str:
    return f"not {_listed(keys)}" if keys else "and no key is known here that could confirm it"


def _listed(keys: Sequence[Verifier]) -> str:
    return " or ".join(key.keyid[:12] for key in keys) or "any key"
