# SPDX-License-Identifier: Apache-2.0
"""The port of keys: what signs need not show its key, so that it may be a card or a service."""

from __future__ import annotations

from typing import Protocol

from repro_action.errors import ReproError


class KeyRefused(ReproError):
    """A key cannot be read, or is of a type that does not serve."""


class Verifier(Protocol):
    """A public key."""

    @property
    def keyid(self) -> str:
        """SHA-256 of the key as DER (SubjectPublicKeyInfo), in hexadecimal."""

    @property
    def algorithm(self) -> str:
        """`ecdsa-p256` or `ed25519`."""

    @property
    def pem(self) -> bytes:
        """The key as text, as `openssl pkey -pubout` writes it."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the owner of the key signed a message."""


class Signer(Protocol):
    """A private key, or what can use one, such as a PKCS#11 token."""

    @property
    def public(self) -> Verifier:
        """The public key that belongs to it."""

    def sign(self, message: bytes) -> bytes:
        """Return a signature of a message.

        Raises:
            KeyRefused: the key cannot be used.
        """
