# SPDX-License-Identifier: Apache-2.0
"""What an archive has instead of what was kept is refused by its reason, and nothing of it is written."""

import json
from dataclasses import replace

import pytest
from archived import entry, largest, make_archive, make_project

from repro_action.archive.bring_back import bring_back
from repro_action.archive.store import ArchiveError
from repro_action.archive.version import read_version
from repro_action.codec.baseline import fingerprint_id


def removed(tmp_path):
    largest(tmp_path).unlink()


def truncated(tmp_path):
    largest(tmp_path).write_bytes(b"m" * 2_999_999)


def extended(tmp_path):
    largest(tmp_path).write_bytes(b"m" * 3_000_001)


def exchanged(tmp_path):
    largest(tmp_path).write_bytes(b"m" * 2_999_999 + b"n")


def linked(tmp_path):
    place = largest(tmp_path)
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (removed, "missing from the archive"),
        (truncated, "cut off"),
        (extended, "more bytes"),
        (exchanged, "other bytes"),
        (linked, "symbolic link"),
    ],
)
def test_a_damaged_object_is_refused_and_nothing_is_written(tmp_path, kept, damage, said):
    archive, fingerprint, version = kept
    damage(tmp_path)
    with pytest.raises(ArchiveError, match=said):
        bring_back(archive, version, tmp_path / "back", accepted=fingerprint)
    assert list((tmp_path / "back").iterdir()) == []


def test_an_entry_that_names_other_bytes_than_the_baseline_is_refused(tmp_path, kept):
    archive, fingerprint, _ = kept
    table = json.loads(entry(tmp_path).read_text())
    swapped = table["products"]["out/parts"]["files"]
    swapped[1][1:] = swapped[0][1:]  # bytes that the archive does have
    entry(tmp_path).write_text(json.dumps(table))
    with pytest.raises(ArchiveError, match=r"of out/parts is not what the committed baseline says"):
        bring_back(archive, archive.version(table["fingerprint"]), tmp_path / "back", accepted=fingerprint)
    # Of the same size it shows when it arrives.
    fingerprint = make_project(tmp_path / "project", **{"out/parts/deep/b.txt": b"b"})
    archive.keep(tmp_path / "project", fingerprint)
    place = tmp_path / f"archive/versions/{fingerprint_id(fingerprint)}.json"
    table = json.loads(place.read_text())
    table["products"]["out/parts"]["files"][1][1:] = table["products"]["out/parts"]["files"][0][1:]
    place.write_text(json.dumps(table))
    with pytest.raises(ArchiveError, match="out/parts is not what the baseline says"):
        bring_back(archive, archive.version(table["fingerprint"]), tmp_path / "back", accepted=fingerprint)
    assert list((tmp_path / "back").iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.update(version=2),
        lambda table: table.update(more=1),
        lambda table: table.update(fingerprint="0" * 64),
        lambda table: table.update(name="other"),
        lambda table: table.update(products=[]),
        lambda table: table["products"].update({"../up": table["products"]["out/c.txt"]}),
        lambda table: table["products"].update({"/etc/x": {"digest": "sha256:" + "0" * 64, "files": []}}),
        lambda table: table["products"].update({".git/hooks": {"digest": "sha256:" + "0" * 64, "files": []}}),
        lambda table: table["products"]["out/c.txt"].update(digest="sha256:0"),
        lambda table: table["products"]["out/c.txt"]["files"][0].__setitem__(0, "out/d.txt"),
        lambda table: table["products"]["out/c.txt"]["files"][0].__setitem__(1, -1),
        lambda table: table["products"]["out/c.txt"]["files"][0].__setitem__(1, True),
        lambda table: table["products"]["out/c.txt"]["files"][0].__setitem__(2, "../../x"),
        lambda table: table["products"]["out/parts"]["files"][0].__setitem__(0, "out/parts/../../../x"),
        lambda table: table["products"]["out/parts"]["files"].reverse(),
        lambda table: table["products"]["out/parts"]["files"].append(
            table["products"]["out/parts"]["files"][0]
        ),
    ],
)
def test_a_malformed_entry_is_refused(tmp_path, kept, change):
    archive, fingerprint, _ = kept
    table = json.loads(entry(tmp_path).read_text())
    change(table)
    entry(tmp_path).write_text(json.dumps(table))
    with pytest.raises(ArchiveError, match=r"malformed|another version"):
        archive.version(fingerprint_id(fingerprint))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": 1, "version": 1}', "[" * 100_000])
def test_what_is_no_entry_is_refused(text):
    with pytest.raises(ArchiveError, match="malformed"):
        read_version(text, "there")


def test_a_key_that_stands_twice_in_an_entry_is_refused(tmp_path, kept):
    archive, fingerprint, _ = kept
    text = entry(tmp_path).read_text()
    entry(tmp_path).write_text(text.replace('"name":', '"name":"other","name":', 1))
    with pytest.raises(ArchiveError, match=r"stands there twice|malformed"):
        archive.version(fingerprint_id(fingerprint))


def test_an_entry_of_another_run_is_not_taken_for_the_baselines(tmp_path, kept):
    archive, fingerprint, version = kept
    other = replace(fingerprint, metrics={"out/metrics.json": {"accuracy": 0.95}})
    with pytest.raises(ArchiveError, match="not what the committed baseline says"):
        bring_back(archive, version, tmp_path / "back", accepted=other)


def test_the_archive_of_another_model_is_refused(tmp_path, kept):
    _, fingerprint, version = kept
    other = make_archive(tmp_path / "archive", "beer")
    for ask in (
        lambda: other.keep(tmp_path / "project", fingerprint),
        other.versions,
        lambda: other.version(version.fingerprint),
        lambda: other.remove(version.fingerprint),
    ):
        with pytest.raises(ArchiveError, match="another model, 'wine'"):
            ask()


def test_an_archive_whose_owner_is_gone_is_not_taken_over(tmp_path, kept):
    archive, fingerprint, _ = kept
    (tmp_path / "archive/archive.json").unlink()
    with pytest.raises(ArchiveError, match="does not say whose"):
        archive.keep(tmp_path / "project", fingerprint)


def test_a_folder_that_is_no_archive_is_said_to_be_none(tmp_path):
    with pytest.raises(ArchiveError, match="there is no archive here"):
        make_archive(tmp_path / "empty").versions()


@pytest.mark.parametrize("kind", ["versions", "objects", "archive.json"])
def test_no_link_in_an_archive_is_followed(tmp_path, kept, kind):
    archive, fingerprint, _ = kept
    place = tmp_path / "archive" / kind
    place.rename(tmp_path / "moved")
    place.symlink_to(tmp_path / "moved")
    with pytest.raises(ArchiveError, match="symbolic link"):
        archive.keep(tmp_path / "project", fingerprint)


def test_a_listing_that_names_other_things_lists_versions_alone(tmp_path, kept):
    archive, _, version = kept
    for name in ("notes.txt", "x.json", "..json", "A" * 64 + ".json"):
        (tmp_path / "archive/versions" / name).write_text("{}")
    assert archive.versions() == (version,)


def test_a_version_under_another_ones_name_is_refused(tmp_path, kept):
    archive, _, _ = kept
    (tmp_path / "archive/versions" / f"{'0' * 64}.json").write_text(entry(tmp_path).read_text())
    with pytest.raises(ArchiveError, match="that of another version"):
        archive.versions()
