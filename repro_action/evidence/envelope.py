# SPDX-License-Identifier: Apache-2.0
"""Signed statements as files: DSSE envelopes, in Sigstore's bundle.

https://github.com/secure-systems-lab/dsse, https://docs.sigstore.dev/about/bundle/
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from repro_action.codec.canonical import Json, compact
from repro_action.evidence.strict_json import (
    EvidenceRefused,
    as_base64,
    as_list,
    as_object,
    as_text,
    read_json,
)

PAYLOAD_TYPE = "application/vnd.in-toto+json"
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_BUNDLE_TYPES = "application/vnd.dev.sigstore.bundle"
MAX_SIGNATURES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeSignature:
    """One signature, and the id of its key as the envelope has it: a hint that proves nothing."""

    signature: bytes
    keyid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What was signed, and by whom it claims to be.

    Attributes:
        payload: bytes of a statement.
        signatures: at least one.
        keyless: whether a certificate stands in place of a key, as of Sigstore's own service.
    """

    payload: bytes
    signatures: tuple[EnvelopeSignature, ...]
    keyless: bool = False

    @property
    def signed(self) -> bytes:
        """The bytes that each signature covers."""
        return pre_authentication(self.payload)


def pre_authentication(payload: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding of a payload: its type is signed as well."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def write_bundle(payload: bytes, signature: EnvelopeSignature, hint: str) -> str:
    """Return a bundle of one signature by a key, as one line.

    Args:
        payload: that was signed.
        signature: over its `pre_authentication`.
        hint: that tells verifiers which key it is.
    """
    envelope: dict[str, Json] = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [
            {"sig": base64.b64encode(signature.signature).decode(), "keyid": signature.keyid},
        ],
    }
    return (
        compact(
            {
                "mediaType": BUNDLE_TYPE,
                "verificationMaterial": {"publicKey": {"hint": hint}, "tlogEntries": []},
                "dsseEnvelope": envelope,
            }
        )
        + "\n"
    )


def read_envelope(data: bytes) -> Envelope:
    """Read a bundle, or an envelope of its own; nothing in it is believed yet.

    Raises:
        EvidenceRefused: it is neither.
    """
    value = read_json(data, "the file")
    keyless = False
    if "mediaType" in value or "dsseEnvelope" in value:
        media = as_text(value.get("mediaType"), "the bundle's media type")
        if not media.startswith(_BUNDLE_TYPES):
            raise EvidenceRefused(f"{media[:80]!r} is not the media type of a Sigstore bundle")
        material = as_object(value.get("verificationMaterial"), "the bundle's verification material")
        keyless = "publicKey" not in material
        value = as_object(value.get("dsseEnvelope"), "the bundle's envelope")
    if "payload" not in value:
        raise EvidenceRefused("the file has no signed statement", why="It is no bundle and no DSSE envelope.")
    kind = value.get("payloadType")
    if kind != PAYLOAD_TYPE:
        raise EvidenceRefused(f"the payload's type is {str(kind)[:80]!r}, not {PAYLOAD_TYPE}")
    signatures = as_list(value.get("signatures"), "the list of signatures")
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise EvidenceRefused(f"it has {len(signatures)} signatures, not 1 to {MAX_SIGNATURES}")
    return Envelope(
        payload=as_base64(value["payload"], "the payload"),
        signatures=tuple(map(_signature, signatures)),
        keyless=keyless,
    )


def _signature(raw: object) -> EnvelopeSignature:
    value = as_object(raw, "a signature")
    keyid = value.get("keyid") or ""
    return EnvelopeSignature(
        signature=as_base64(value.get("sig"), "a signature"), keyid=as_text(keyid, "a key's id")
    )
