# SPDX-License-Identifier: Apache-2.0
"""Receipts as files that anybody may have written: bounded, not followed, each refused with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories import make_fingerprint
from signed_statements import key_of, run_in

from repro_action.evidence.receipts.receipt import MAX_RECEIPT, Receipt
from repro_action.evidence.verified_run import GitSource
from repro_action.flows import receipts as module
from repro_action.flows.attest import attest
from repro_action.flows.receipts import read_receipts
from repro_action.signing.envelopes import sign_statement
from repro_action.signing.listed_keys import listed_keys
from repro_action.verdict import Verdict


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def folder(tmp_path: Path, keys: Path) -> Path:
    receipt = Receipt(
        model="wine",
        source=GitSource(commit="a" * 40),
        verdict=Verdict.REPRODUCED,
        fingerprint=make_fingerprint(),
    )
    place = tmp_path / "receipts"
    place.mkdir()
    (place / "a.json").write_text(sign_statement(receipt.statement(), key_of(keys)))
    return place


def read(place: Path, keys: Path) -> tuple[list[str], list[str]]:
    receipts, refused = read_receipts([place], listed_keys([keys / "alice.pem.pub"]))
    return [one.builder for one in receipts], [one.reason for one in refused]


def test_a_builder_is_the_name_of_the_key_and_the_beginning_of_its_id(folder: Path, keys: Path) -> None:
    keyid = key_of(keys).public.keyid
    assert ([f"alice.pem.pub {keyid[:12]}"], []) == read(folder, keys)


def test_a_key_under_two_names_is_one_builder(keys: Path) -> None:
    key_of(keys)
    (keys / "again.pub").write_bytes((keys / "alice.pem.pub").read_bytes())
    assert 1 == len(listed_keys([keys / "alice.pem.pub", keys / "again.pub"]))


def test_another_statement_by_the_same_key_is_no_receipt(folder: Path, keys: Path, tmp_path: Path) -> None:
    attest(run_in(tmp_path), key_of(keys), tmp_path / "signed")
    (tmp_path / "signed" / "provenance.sigstore.json").rename(folder / "a.json")
    builders, reasons = read(folder, keys)
    assert [] == builders
    assert "it is not a receipt but 'https://slsa.dev/provenance/v1'" in reasons[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not valid JSON"),
        (b"{}", "no signed statement"),
        (b" " * (MAX_RECEIPT + 1), "larger than 4 MiB"),
        (b'{"payload": "", "payload": ""}', "a key twice"),
    ],
)
def test_what_is_no_receipt_is_refused_beside_those_that_are(
    folder: Path, keys: Path, data: bytes, reason: str
) -> None:
    (folder / "b.json").write_bytes(data)
    builders, (found,) = read(folder, keys)
    assert 1 == len(builders)
    assert reason in found


def test_links_are_not_followed(folder: Path, keys: Path, tmp_path: Path) -> None:
    (folder / "b.json").symlink_to(folder / "a.json")
    (tmp_path / "link").symlink_to(folder)
    assert ["b.json is a symbolic link"] == read(folder, keys)[1]
    assert ([], ["link is a symbolic link"]) == read(tmp_path / "link", keys)


def test_many_receipts_are_read_up_to_a_bound_and_the_rest_is_counted(
    folder: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 3)
    for number in range(4):
        (folder / f"b{number}.json").write_bytes((folder / "a.json").read_bytes())
    builders, reasons = read(folder, keys)
    assert 3 == len(builders)
    assert ["2 files are not read: more than 3, or 64 MiB"] == reasons
