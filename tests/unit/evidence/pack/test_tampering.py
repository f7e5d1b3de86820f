# SPDX-License-Identifier: Apache-2.0
"""Whatever is done to a pack is found, and the item that it was done to is named."""

import io
import json
import stat
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from verified_runs import KEY, OTHER_KEY, make_sources

from repro_action.evidence.pack.archive import write_archive
from repro_action.evidence.pack.checker.pack_items import (
    MANIFEST,
    SIGNATURE,
    SUMS,
    check,
    read_archive,
    signature_faults,
    sums,
)
from repro_action.evidence.pack.pack import make_pack
from repro_action.signing.envelopes import sign_statement


@pytest.fixture(scope="session")
def signed():
    return make_pack(make_sources(), lambda statement: sign_statement(statement, KEY))


def members(data):
    return {name: bytes(content) for name, content in read_archive(data)[0].items()}


def rewritten(data, **changes):
    """Write a pack again as repro would, with other items, its own lists of digests as they were."""
    found = members(data)
    for name, content in changes.items():
        if content is None:
            del found[name]
        else:
            found[name] = content
    return write_archive(found)


def forged(data, **changes):
    """Write a pack with other items so that all lists of digests fit: what somebody without the key can do."""
    import hashlib

    found = {**members(data), **changes}
    manifest = json.loads(found[MANIFEST])
    for line in manifest["items"]:
        content = found[line["path"]]
        line |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    found[MANIFEST] = (json.dumps(manifest, sort_keys=True, indent=1) + "\n").encode()
    found[SUMS] = sums(found)
    return write_archive(found)


def named(data):
    return {fault.item for fault in check(data).faults}


def said(data):
    return "\n".join(f"{fault.item}: {fault.what}" for fault in check(data).faults)


def zipped(*entries, **options):
    """Write a zip archive as other programs do."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def everything(data):
    return sorted(members(data).items())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"report.md": b"other"}, "report.md: it is not what the manifest says"),
        ({"report.md": None}, "report.md: it is missing"),
        ({"extra.txt": b""}, "extra.txt: it is not in the manifest"),
        ({"check/__main__.py": b"import os"}, "check/__main__.py: it is not what the manifest says"),
        ({MANIFEST: None}, "MANIFEST.json: it is missing"),
        ({MANIFEST: b"{}"}, "MANIFEST.json: it is not written as repro writes it"),
        ({MANIFEST: b"[" * 100_000}, "MANIFEST.json: it is nested too deep"),
        ({MANIFEST: b'{"kind": 1, "kind": 2}'}, "MANIFEST.json: a key appears twice"),
        ({SUMS: None}, "SHA256SUMS: it is missing"),
        ({SUMS: b""}, "SHA256SUMS: it does not list the items as they are"),
        ({"report.json": None}, "report.json: it is missing"),
        ({SIGNATURE: b"{}"}, "MANIFEST.sigstore.json: none of the given keys signed it"),
        ({SIGNATURE: None}, "MANIFEST.sigstore.json: it is missing"),
    ],
)
def test_a_changed_item_is_named(signed, change, expected):
    data = rewritten(signed, **change)
    faults = [*check(data).faults, *signature_faults(read_archive(data)[0], [KEY.public])]
    assert expected in "\n".join(f"{fault.item}: {fault.what}" for fault in faults)


def test_two_exchanged_items_are_both_named(packed):
    found = members(packed)
    swapped = {"report.md": found["run_cards.md"], "run_cards.md": found["report.md"]}
    assert {"report.md", "run_cards.md", SUMS} == named(rewritten(packed, **swapped))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil", "may lead out"),
        ("a/../../evil", "may lead out"),
        ("/etc/passwd", "may lead out"),
        ("C:/evil", "may lead out"),
        ("a\\b", "may lead out"),
        ("a//b", "may lead out"),
        (".hidden", "may lead out"),
        ("a/", "may lead out"),
        ("nul\0l", "may lead out"),
        ("README.MD", "another item has this name in other letters"),
        ("x" * 300, "may lead out"),
    ],
)
def test_a_name_that_leads_elsewhere_is_named(packed, name, reason):
    assert reason in said(write_archive({**members(packed), name: b"evil"}))


def test_a_name_that_is_there_twice_is_named(packed):
    doubled = {f"report.m{letter}": b"other" for letter in "ef"}
    data = write_archive({**members(packed), **doubled}).replace(b"report.me", b"report.md")
    assert "report.md: it is there twice" in said(data.replace(b"report.mf", b"report.md"))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_nothing_is_decompressed(packed, method):
    data = zipped(*everything(packed), compression=method)
    assert "it is compressed" in said(data)
    bomb = zipped(("README.md", bytes(50_000_000)), compression=zipfile.ZIP_DEFLATED)
    assert "README.md: it is compressed" in said(bomb)


def test_another_programs_archive_of_the_same_items_is_not_a_pack(packed):
    assert "its header is not that of a pack" in said(zipped(*everything(packed)))


def test_an_encrypted_item_is_named(packed):
    at = packed.index(b"PK\3\4")
    assert "MANIFEST.json: it is encrypted" in said(packed[: at + 6] + b"\1" + packed[at + 7 :])


def test_a_link_is_named(packed):
    at = packed.rindex(b"PK\1\2") + 38
    mode = struct.pack("<I", (stat.S_IFLNK | 0o777) << 16)
    assert "the directory says something else of it: a link" in said(packed[:at] + mode + packed[at + 4 :])


def test_a_directory_that_says_something_else_than_the_item_is_named(packed):
    at = packed.rindex(b"PK\1\2")
    name = packed[at + 46 :].split(b"PK\5\6")[0].decode()
    other = packed[: at + 46] + b"X" + packed[at + 47 :]
    assert f"{name}: the directory says something else of it" in said(other)
    size = packed[: at + 24] + b"\1" + packed[at + 25 :]
    assert f"{name}: the directory says something else of it" in said(size)


def test_bytes_around_the_archive_are_named(packed):
    assert "bytes follow its end" in said(packed + b"evil")
    assert "it does not begin as" in said(b"evil" + packed)
    assert "bytes follow its end" in said(packed + packed)


def test_a_pack_within_a_pack_is_no_second_pack(packed):
    assert "PK" not in said(rewritten(packed, **{"logs/03-more.log": packed}))
    assert "logs/03-more.log" in named(rewritten(packed, **{"logs/03-more.log": packed}))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9, 0.98, 0.999])
def test_a_truncated_pack_is_refused(packed, share):
    assert check(packed[: int(len(packed) * share)]).faults
    assert check(packed[:-1]).faults


@settings(max_examples=150)
@given(st.data())
def test_any_changed_byte_is_found(packed, data):
    at = data.draw(st.integers(0, len(packed) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda value: value != packed[at]))
    assert check(packed[:at] + bytes([value]) + packed[at + 1 :]).faults


@settings(max_examples=50)
@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail_otherwise_than_by_a_fault(data):
    assert check(data).faults
    assert check(b"PK\3\4" + data).faults


def _edited(data, item, /, **changes):
    value = json.loads(members(data)[item])
    return {item: json.dumps({**value, **changes}, sort_keys=True).encode()}


def test_a_report_of_another_run_is_named_though_all_digests_fit(packed):
    assert "report.json: its fingerprint" in said(
        forged(packed, **_edited(packed, "report.json", fingerprint="0"))
    )
    assert "report.json: its verdict" in said(
        forged(packed, **_edited(packed, "report.json", verdict="drifted"))
    )
    assert "report.json: its name" in said(forged(packed, **_edited(packed, "report.json", name="other")))


@pytest.mark.parametrize("name", ["run.json", "baseline.json"])
def test_a_record_or_baseline_of_another_run_is_named_though_all_digests_fit(packed, name):
    value = json.loads(members(packed)[name])
    value["platforms"]["x86_64-v3"]["metrics"]["out/metrics.json"]["accuracy"] = 0.99
    assert {name} == named(forged(packed, **{name: json.dumps(value).encode()}))
    assert name in said(forged(packed, **{name: b'{"platforms": []}'}))
    assert name in said(forged(packed, **{name: b'{"platforms": {"x86_64-v3": []}}'}))


def test_a_statement_about_other_files_is_named_though_all_digests_fit():
    statement = {"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"sha256": "0" * 64}}]}
    for value in (statement, {**statement, "subject": []}, {**statement, "subject": [1]}):
        data = make_pack(make_sources(statements={"other.json": json.dumps(value).encode()}))
        assert "statements/other.json: its subject is" in said(data)


def test_who_forges_everything_is_found_by_the_key_alone(signed):
    data = forged(signed, **{"report.md": b"all is well"})
    assert [SIGNATURE] == sorted(named(data))
    found = read_archive(signed)[0]
    assert [] == list(signature_faults(found, [OTHER_KEY.public, KEY.public]))
    assert ["none of the given keys signed it"] == [
        fault.what for fault in signature_faults(found, [OTHER_KEY.public])
    ]
    again = {**members(data), SIGNATURE: sign_again(data)}
    assert [] == check(write_archive(again)).faults
    assert "none of the given keys signed it" in [
        fault.what for fault in signature_faults(again, [KEY.public])
    ]


def sign_again(data):
    import hashlib

    from repro_action.evidence.statement import InTotoStatement, StatementSubject

    digest = hashlib.sha256(members(data)[MANIFEST]).hexdigest()
    subject = StatementSubject(name=MANIFEST, sha256=digest)
    statement = InTotoStatement(subjects=(subject,), predicate_type="x", predicate={})
    return sign_statement(statement, OTHER_KEY).encode()
