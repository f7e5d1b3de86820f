# SPDX-License-Identifier: Apache-2.0
"""Verifies signatures of ECDSA on P-256 and of Ed25519 in plain Python: FIPS 186-5 and RFC 8032.

It is slow, and takes no care to hide its inputs: a public key, a message and a signature are no secrets.
Signatures are never made here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import NamedTuple, Protocol

P256_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
ED25519_HEAD = bytes.fromhex("302a300506032b6570032100")
"""What stands before a public key in DER: its type and curve."""

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
"""The curve P-256: y² = x³ - 3x + B modulo P, of order N, with the base point G."""

Q = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q
"""The curve Ed25519: -x² + y² = 1 + D x² y² modulo Q, whose base point has the order L."""

Point = tuple[int, int]


class PublicKeyLike(Protocol):
    """What verifies: a key from here, or from a library."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the owner of the key signed a message."""


class P256Key(NamedTuple):
    """A public key of ECDSA on P-256, which signs SHA-256."""

    point: Point

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the owner of the key signed a message."""
        numbers = _two_numbers(signature)
        if numbers is None or not all(0 < number < N for number in numbers):
            return False
        r, s = numbers
        inverse = pow(s, -1, N)
        digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
        ours = _times(digest * inverse % N, G)
        total = _plus(ours, _times(r * inverse % N, self.point))
        return total is not None and total[0] % N == r


class Ed25519Key(NamedTuple):
    """A public key of Ed25519."""

    raw: bytes

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the owner of the key signed a message."""
        key, start = _unpacked(self.raw), _unpacked(signature[:32])
        scalar = int.from_bytes(signature[32:], "little")
        if len(signature) != 64 or key is None or start is None or scalar >= L:
            return False
        digest = hashlib.sha512(signature[:32] + self.raw + message).digest()
        factor = int.from_bytes(digest, "little") % L
        return _multiple(scalar, _base()) == _sum(start, _multiple(factor, key))


def read_public_key(text: bytes) -> P256Key | Ed25519Key:
    """Read a public key in PEM.

    Raises:
        ValueError: it is none, or of another type.
    """
    lines = text.decode("ascii", "replace").strip().splitlines()
    if lines[:1] != ["-----BEGIN PUBLIC KEY-----"] or lines[-1] != "-----END PUBLIC KEY-----":
        raise ValueError("it is not a public key in PEM")
    try:
        raw = base64.b64decode("".join(lines[1:-1]), validate=True)
    except binascii.Error:
        raise ValueError("it is not a public key in PEM") from None
    if raw.startswith(ED25519_HEAD) and len(raw) == len(ED25519_HEAD) + 32:
        return Ed25519Key(raw[-32:])
    if not raw.startswith(P256_HEAD) or len(raw) != len(P256_HEAD) + 64:
        raise ValueError("it is a key of another type than ECDSA on P-256 or Ed25519")
    x, y = int.from_bytes(raw[-64:-32], "big"), int.from_bytes(raw[-32:], "big")
    if max(x, y) >= P or (y * y - x**3 + 3 * x - B) % P:
        raise ValueError("it is no point of its curve")
    return P256Key((x, y))


def _two_numbers(signature: bytes) -> tuple[int, int] | None:
    """Read the DER of two numbers strictly: what it means is written in one way only."""
    numbers: list[int] = []
    at = 2
    while at + 2 <= len(signature) and len(numbers) < 2:
        size = signature[at + 1]
        raw = signature[at + 2 : at + 2 + size]
        if signature[at] != 2 or len(raw) != size or not 0 < size <= 33 or raw[0] > 127:
            return None
        if size > 1 and raw[0] == 0 and raw[1] < 128:
            return None
        numbers.append(int.from_bytes(raw, "big"))
        at += 2 + size
    whole = signature[:1] == b"\x30" and signature[1:2] == bytes([max(at - 2, 0)])
    return (numbers[0], numbers[1]) if len(numbers) == 2 and whole and at == len(signature) else None


def _plus(one: Point | None, two: Point | None) -> Point | None:
    """Add points of P-256; None is the point at infinity."""
    if one is None or two is None:
        return one or two
    if one[0] == two[0]:
        if (one[1] + two[1]) % P == 0:
            return None
        slope = 3 * (one[0] ** 2 - 1) * pow(2 * one[1], -1, P)
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, P)
    x = (slope * slope - one[0] - two[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def _times(factor: int, point: Point | None) -> Point | None:
    total: Point | None = None
    while factor:
        if factor & 1:
            total = _plus(total, point)
        point = _plus(point, point)
        factor >>= 1
    return total


def _sum(one: Point, two: Point) -> Point:
    """Add points of Ed25519, whose law has no exception."""
    cross = D * one[0] * two[0] * one[1] * two[1]
    x = (one[0] * two[1] + two[0] * one[1]) * pow(1 + cross, -1, Q)
    y = (one[1] * two[1] + one[0] * two[0]) * pow(1 - cross, -1, Q)
    return x % Q, y % Q


def _multiple(factor: int, point: Point) -> Point:
    total = (0, 1)
    while factor:
        if factor & 1:
            total = _sum(total, point)
        point = _sum(point, point)
        factor >>= 1
    return total


def _base() -> Point:
    point = _unpacked(bytes([0x58]) + bytes([0x66]) * 31)
    if point is None:
        raise ValueError("the base point")
    return point


def _unpacked(raw: bytes) -> Point | None:
    """Read a point of Ed25519: y, and the sign of x in the last bit; None where it is none."""
    value = int.from_bytes(raw, "little")
    sign, y = value >> 255, value & ((1 << 255) - 1)
    if len(raw) != 32 or y >= Q:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, Q) % Q
    x = pow(square, (Q + 3) // 8, Q)
    if (x * x - square) % Q:
        x = x * pow(2, (Q - 1) // 4, Q) % Q
    if (x * x - square) % Q or (x == 0 and sign):
        return None
    return (Q - x if x & 1 != sign else x), y
