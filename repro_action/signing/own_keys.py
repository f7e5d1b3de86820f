# SPDX-License-Identifier: Apache-2.0
"""Keys in PEM, by file or variable: ECDSA on P-256, and Ed25519."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.signing.port import KeyRefused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_VARIABLE = "REPRO_SIGNING_KEY"
PASSPHRASE_VARIABLE = "REPRO_SIGNING_PASSPHRASE"  # noqa: S105 # the variable's name

ECDSA, ED25519 = "ecdsa-p256", "ed25519"
KEY_TYPES = (ECDSA, ED25519)

_MAX_KEY = 64 << 10
_WANTED = "A key of ECDSA on P-256 or of Ed25519 is needed; `repro attest --new-key FILE` makes one."


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key in memory."""

    key: EllipticCurvePublicKey | Ed25519PublicKey

    @property
    def keyid(self) -> str:
        """SHA-256 of the key as DER (SubjectPublicKeyInfo), in hexadecimal."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        der = self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()

    @property
    def algorithm(self) -> str:
        """`ecdsa-p256` or `ed25519`."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        return ED25519 if isinstance(self.key, Ed25519PublicKey) else ECDSA

    @property
    def pem(self) -> bytes:
        """The key as text."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the owner of the key signed a message."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            if isinstance(self.key, ec.EllipticCurvePublicKey):
                self.key.verify(signature, message, ec.ECDSA(SHA256()))
            else:
                self.key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateKey:
    """A private key in memory; it is never shown."""

    key: EllipticCurvePrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """The public key that belongs to it."""
        return PublicKey(key=self.key.public_key())

    def sign(self, message: bytes) -> bytes:
        """Return a signature of a message: the same for the same message."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.hashes import SHA256

        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))  # RFC 6979
        return self.key.sign(message)


def private_key(path: Path | None, environ: Mapping[str, str]) -> PrivateKey | None:
    """Return the key that signs, from a file or `REPRO_SIGNING_KEY`; None where neither is given.

    Args:
        path: of the key in PEM; None for the variable.
        environ: also with the passphrase of an encrypted key.

    Raises:
        KeyRefused: it cannot be read, is encrypted otherwise, or is of another type.
    """
    text = environ.get(KEY_VARIABLE, "")
    if path is None and not text:
        return None
    data, where = (_read(path), path.name) if path is not None else (text.encode(), KEY_VARIABLE)
    return read_private(data, environ.get(PASSPHRASE_VARIABLE, "").encode() or None, where)


def required_key(path: Path | None, environ: Mapping[str, str]) -> PrivateKey:
    """Return the key that signs, as `private_key` does.

    Raises:
        KeyRefused: there is none, or it cannot be used.
    """
    found = private_key(path, environ)
    if found is None:
        raise KeyRefused(
            "a key is needed to sign with",
            remedy=f"Give it with --key FILE or in {KEY_VARIABLE}; `repro attest --new-key FILE` makes one. "
            "On GitHub, `repro attest --predicate DIR` and actions/attest need none: docs/evidence.md.",
        )
    return found


def read_private(data: bytes, passphrase: bytes | None, where: str) -> PrivateKey:
    """Read a private key in PEM.

    Args:
        data: the text.
        passphrase: of an encrypted key; ignored where it is not encrypted.
        where: it is from, for messages, which never quote it.

    Raises:
        KeyRefused: it cannot be read, or is of another type.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if b"PUBLIC KEY" in data:
        raise KeyRefused("this is a public key; the private one signs", where=where)
    secret = passphrase if b"ENCRYPTED" in data else None
    try:
        key = load_pem_private_key(data, secret)
    except TypeError:
        raise KeyRefused(
            "the key is encrypted", where=where, remedy=f"Give its passphrase in {PASSPHRASE_VARIABLE}."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        encrypted = " with this passphrase" if secret else ""
        raise KeyRefused(
            f"it cannot be read as a private key in PEM{encrypted}", where=where, remedy=_WANTED
        ) from None
    if isinstance(key, ed25519.Ed25519PrivateKey) or (
        isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
    ):
        return PrivateKey(key=key)
    raise _wrong_type(key, where)


def public_key(path: Path) -> PublicKey:
    """Read a public key in PEM from a file.

    Raises:
        KeyRefused: it cannot be read, or is of another type.
    """
    return read_public(_read(path), path.name)


def read_public(data: bytes, where: str) -> PublicKey:
    """Read a public key in PEM.

    Raises:
        KeyRefused: it cannot be read, or is of another type.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if b"PRIVATE KEY" in data:
        raise KeyRefused(
            "this is a private key; the public one verifies",
            where=where,
            remedy="Give the file that ends with .pub, and keep this one secret.",
        )
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyRefused("it cannot be read as a public key in PEM", where=where, remedy=_WANTED) from None
    if isinstance(key, ed25519.Ed25519PublicKey) or (
        isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    ):
        return PublicKey(key=key)
    raise _wrong_type(key, where)


def write_new_key(path: Path, kind: str, environ: Mapping[str, str]) -> PublicKey:
    """Make a key: the private one, which only its owner may read, and the public one beside it.

    It is encrypted where `REPRO_SIGNING_PASSPHRASE` is set.

    Args:
        path: of the private key; `.pub` is added for the public one.
        kind: one of `KEY_TYPES`.
        environ: with the passphrase.

    Raises:
        KeyRefused: a file is there already, or cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    made = (
        ed25519.Ed25519PrivateKey.generate() if kind == ED25519 else ec.generate_private_key(ec.SECP256R1())
    )
    secret = environ.get(PASSPHRASE_VARIABLE, "").encode()
    protection = BestAvailableEncryption(secret) if secret else NoEncryption()
    public = PrivateKey(key=made).public
    other = path.with_name(f"{path.name}.pub")
    if other.exists() or other.is_symlink():
        raise KeyRefused(f"{other.name} exists", remedy="Name another file; no key is overwritten.")
    _write_new(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection), 0o600)
    _write_new(other, public.pem, 0o644)
    return public


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    except FileExistsError:
        raise KeyRefused(f"{path.name} exists", remedy="Name another file; no key is overwritten.") from None
    except OSError as error:
        raise KeyRefused(f"{path.name} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _read(path: Path) -> bytes:
    from repro_action.files import read_regular

    try:
        if path.stat().st_size > _MAX_KEY:
            raise KeyRefused("it is too large for a key", where=path.name)
        return read_regular(path)
    except OSError as error:
        raise KeyRefused(f"the key cannot be read: {error.strerror}", where=path.name) from error


def _wrong_type(key: object, where: str) -> KeyRefused:
    curve = getattr(getattr(key, "curve", None), "name", "")
    kind = f"of curve {curve}" if curve else type(key).__name__.removeprefix("_")
    return KeyRefused(f"the key is {kind}", where=where, remedy=_WANTED)
