# SPDX-License-Identifier: Apache-2.0
"""Signatures verified in plain Python are those that `cryptography` makes and verifies, and no others."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from repro_action.evidence.pack.checker.signatures import L, N, P, read_public_key
from repro_action.signing.own_keys import PrivateKey

KEYS = {
    "ecdsa": PrivateKey(key=ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())),
    "ed25519": PrivateKey(key=ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))),
}


@pytest.fixture(params=KEYS)
def key(request):
    return KEYS[request.param]


@settings(max_examples=10)
@given(message=st.binary(max_size=200))
@pytest.mark.parametrize("kind", KEYS)
def test_what_was_signed_is_verified(kind, message):
    assert read_public_key(KEYS[kind].public.pem).verify(message, KEYS[kind].sign(message))


@settings(max_examples=15)
@given(at=st.integers(0, 71), bit=st.integers(0, 7))
@pytest.mark.parametrize("kind", KEYS)
def test_a_changed_signature_or_message_is_not(kind, at, bit):
    signature = bytearray(KEYS[kind].sign(b"message"))
    public = read_public_key(KEYS[kind].public.pem)
    assert not public.verify(b"messagf", bytes(signature))
    signature[at % len(signature)] ^= 1 << bit
    assert not public.verify(b"message", bytes(signature))


def test_no_form_of_a_number_is_taken_twice():
    public = read_public_key(KEYS["ecdsa"].public.pem)
    r, s = decode_dss_signature(signature := KEYS["ecdsa"].sign(b"message"))
    others = [(0, s), (r, 0), (N, s), (r, N), (r + N, s), (r, s + N)]
    assert not any(public.verify(b"message", encode_dss_signature(*one)) for one in others)
    padded = bytearray(signature)
    padded[1] += 1
    padded[3] += 1
    padded.insert(4, 0)
    for odd in (
        padded,
        signature + b"\0",
        signature[:-1],
        b"",
        b"0",
        b"0\0",
        b"0\x06\x02\x01\x01\x02\x01\x01",
    ):
        assert not public.verify(b"message", bytes(odd))


def test_a_scalar_beyond_the_order_is_refused():
    public = read_public_key(KEYS["ed25519"].public.pem)
    signature = KEYS["ed25519"].sign(b"message")
    larger = int.from_bytes(signature[32:], "little") + L
    assert not public.verify(b"message", signature[:32] + larger.to_bytes(32, "little"))
    assert not any(public.verify(b"message", odd) for odd in (b"", signature[:63], signature + b"\0"))
    assert not public.verify(b"message", b"\xff" * 64)


def _pem(raw):
    text = base64.b64encode(raw).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n".encode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "not a public key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----", "not a public key in PEM"),
        (b"-----BEGIN PUBLIC KEY-----\n*\n-----END PUBLIC KEY-----", "not a public key in PEM"),
        (_pem(b"0*"), "another type"),
        (
            _pem(bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004") + bytes(64)),
            "no point",
        ),
        (
            _pem(
                bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004") + P.to_bytes(32) * 2
            ),
            "no point",
        ),
    ],
)
def test_what_is_no_key_is_refused_with_the_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        read_public_key(text)
