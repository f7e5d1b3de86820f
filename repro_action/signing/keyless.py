# SPDX-License-Identifier: Apache-2.0
"""Bundles that an identity signed (Sigstore), checked offline by Sigstore's own library."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from repro_action.evidence.envelope import PAYLOAD_TYPE
from repro_action.evidence.strict_json import EvidenceRefused
from repro_action.signing.port import KeyRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who must have signed.

    Attributes:
        name: as the certificate has it, such as the address of a workflow at a ref.
        issuer: that vouched for it; empty for any.
        trusted_root: file with the keys of the certificate authority and of the log, such as
            `gh attestation trusted-root` or `cosign trusted-root create` writes.
    """

    name: str
    issuer: str
    trusted_root: Path


def verified_keyless(data: bytes, identity: Identity) -> bytes:
    """Return what an identity signed; no network is used.

    Args:
        data: the bundle.
        identity: that must have signed it.

    Raises:
        KeyRefused: the library is not installed, or the trusted root cannot be read.
        EvidenceRefused: the bundle is not one of the identity.
    """
    models, verifying, policies = _library()
    try:
        root = models.TrustedRoot.from_file(str(identity.trusted_root))
        verifier = verifying.Verifier(trusted_root=root)
    except Exception as error:
        raise KeyRefused(
            "the trusted root cannot be read",
            where=identity.trusted_root.name,
            remedy="Write it with `gh attestation trusted-root` or `cosign trusted-root create`.",
        ) from error
    policy = policies.Identity(identity=identity.name, issuer=identity.issuer or None)
    try:
        kind, payload = verifier.verify_dsse(models.Bundle.from_json(data), policy)
    except Exception as error:
        raise EvidenceRefused(
            f"its signature is not one of {identity.name}", why=str(error).strip().splitlines()[0][:400]
        ) from error
    if kind != PAYLOAD_TYPE:
        raise EvidenceRefused(f"the payload's type is {kind[:80]!r}, not {PAYLOAD_TYPE}")
    return bytes(payload)


def _library() -> tuple[Any, Any, Any]:
    try:
        return (
            import_module("sigstore.models"),
            import_module("sigstore.verify"),
            import_module("sigstore.verify.policy"),
        )
    except ImportError as error:
        raise KeyRefused(
            "bundles that an identity signed are checked by the package sigstore, which is not installed",
            remedy="pip install 'repro-action[sigstore]', or use `gh attestation verify`.",
        ) from error
