# SPDX-License-Identifier: Apache-2.0
"""Keys: made, read, refused with the reason, and never shown."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)

from repro_action.signing.own_keys import (
    KEY_TYPES,
    private_key,
    public_key,
    read_private,
    read_public,
    write_new_key,
)
from repro_action.signing.port import KeyRefused


@pytest.mark.parametrize("kind", KEY_TYPES)
def test_what_a_new_key_signs_its_public_part_verifies(tmp_path: Path, kind: str) -> None:
    made = write_new_key(tmp_path / "k", kind, {})
    signer, verifier = private_key(tmp_path / "k", {}), public_key(tmp_path / "k.pub")
    assert signer is not None
    signature = signer.sign(b"message")
    assert verifier.verify(b"message", signature)
    assert not verifier.verify(b"massage", signature)
    assert not verifier.verify(b"message", signature[:-1] + bytes([signature[-1] ^ 1]))
    assert not verifier.verify(b"message", b"")
    assert (kind, made.keyid) == (verifier.algorithm, signer.public.keyid)


@pytest.mark.parametrize("kind", KEY_TYPES)
def test_the_same_message_has_the_same_signature(tmp_path: Path, kind: str) -> None:
    write_new_key(tmp_path / "k", kind, {})
    signer = private_key(tmp_path / "k", {})
    assert signer.sign(b"message") == signer.sign(b"message")


def test_a_keyid_is_the_sha256_of_the_key_as_der(tmp_path: Path) -> None:
    made = write_new_key(tmp_path / "k", "ed25519", {})
    der = load_pem_public_key((tmp_path / "k.pub").read_bytes()).public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    assert hashlib.sha256(der).hexdigest() == made.keyid


def test_only_the_owner_may_read_a_private_key(tmp_path: Path) -> None:
    write_new_key(tmp_path / "k", "ecdsa-p256", {})
    assert 0o600 == stat.S_IMODE((tmp_path / "k").stat().st_mode)


@pytest.mark.parametrize("name", ["k", "k.pub"])
def test_no_file_is_overwritten_by_a_new_key(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(KeyRefused, match="exists"):
        write_new_key(tmp_path / "k", "ecdsa-p256", {})
    assert ["mine"] == [file.read_text() for file in tmp_path.iterdir()]


def test_no_key_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "k").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyRefused, match="exists"):
        write_new_key(tmp_path / "k", "ecdsa-p256", {})
    assert not (tmp_path / "elsewhere").exists()


def test_a_key_may_be_in_a_variable(tmp_path: Path) -> None:
    made = write_new_key(tmp_path / "k", "ed25519", {})
    found = private_key(None, {"REPRO_SIGNING_KEY": (tmp_path / "k").read_text()})
    assert found is not None
    assert made.keyid == found.public.keyid
    assert private_key(None, {}) is None


def test_an_encrypted_key_needs_its_passphrase(tmp_path: Path) -> None:
    secret = {"REPRO_SIGNING_PASSPHRASE": "correct horse"}
    made = write_new_key(tmp_path / "k", "ecdsa-p256", secret)
    assert made.keyid == private_key(tmp_path / "k", secret).public.keyid
    with pytest.raises(KeyRefused, match="encrypted") as refused:
        private_key(tmp_path / "k", {})
    assert "REPRO_SIGNING_PASSPHRASE" in refused.value.remedy
    with pytest.raises(KeyRefused, match="with this passphrase") as refused:
        private_key(tmp_path / "k", {"REPRO_SIGNING_PASSPHRASE": "wrong horse"})
    assert "horse" not in str(refused.value)


def test_a_passphrase_does_not_hinder_a_key_that_is_not_encrypted(tmp_path: Path) -> None:
    made = write_new_key(tmp_path / "k", "ecdsa-p256", {})
    assert made.keyid == private_key(tmp_path / "k", {"REPRO_SIGNING_PASSPHRASE": "x"}).public.keyid


def as_private(key: object) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def as_public(key: object) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_keys_of_other_types_are_refused_by_name() -> None:
    for key, said in (
        (ec.generate_private_key(ec.SECP384R1()), "of curve secp384r1"),
        (rsa.generate_private_key(65537, 1024), "RSA"),
    ):
        with pytest.raises(KeyRefused, match=said):
            read_private(as_private(key), None, "k")
        with pytest.raises(KeyRefused, match=said):
            read_public(as_public(key), "k.pub")


def test_a_public_key_does_not_sign_and_a_private_one_is_not_to_be_published() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(KeyRefused, match="this is a public key"):
        read_private(as_public(key), None, "k")
    with pytest.raises(KeyRefused, match="this is a private key"):
        read_public(as_private(key), "k.pub")


@pytest.mark.parametrize("data", [b"", b"secret words", b"-----BEGIN PRIVATE KEY-----\nMIG\n", b"\xff" * 100])
def test_what_is_no_key_is_refused_and_not_quoted(data: bytes) -> None:
    with pytest.raises(KeyRefused) as refused:
        read_private(data, None, "k")
    assert "secret words" not in str(refused.value)
    with pytest.raises(KeyRefused):
        read_public(data, "k.pub")


def test_a_private_key_is_not_in_its_representation(tmp_path: Path) -> None:
    write_new_key(tmp_path / "k", "ed25519", {})
    assert "PrivateKey()" == repr(private_key(tmp_path / "k", {}))
