# SPDX-License-Identifier: Apache-2.0
"""What is kept comes back as it was; what the archive has instead of it is refused by its reason."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from archived import FILES, fingerprint_of, make_archive, make_project

from repro_action.archive.archive import Kept
from repro_action.archive.bring_back import bring_back, kept_product
from repro_action.archive.store import ArchiveError
from repro_action.archive.version import read_version
from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, fingerprint_id, load
from repro_action.config.model import Config
from repro_action.config.services import ArchiveConfig
from repro_action.flows.doctor_archive import archived


@pytest.fixture
def kept(tmp_path):
    """Return an archive with one version, the fingerprint, and its entry."""
    fingerprint = make_project(tmp_path / "project")
    archive = make_archive(tmp_path / "archive")
    archive.keep(tmp_path / "project", fingerprint)
    return archive, fingerprint, archive.version(fingerprint_id(fingerprint))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def entry(tmp_path: Path) -> Path:
    (found,) = (tmp_path / "archive/versions").iterdir()
    return found


def largest(tmp_path: Path) -> Path:
    return max(
        (tmp_path / "archive/objects").rglob("*"),
        key=lambda path: path.stat().st_size if path.is_file() else 0,
    )


def test_what_was_kept_comes_back_as_it_was(tmp_path, kept):
    archive, fingerprint, version = kept
    done = bring_back(archive, version, tmp_path / "back", accepted=fingerprint)
    assert contents(tmp_path / "back") == FILES
    assert done.unproven == ()
    assert done.products == ("out/c.txt", "out/model.bin", "out/parts")


def test_a_committed_baseline_names_the_version_that_its_run_was_kept_under(kept):
    archive, fingerprint, version = kept
    committed = load(dump(Baseline(name="wine").accept(fingerprint))).platforms[fingerprint.platform]
    assert archive.version(fingerprint_id(committed)) == version


def test_equal_bytes_are_stored_once_and_checked_when_they_are_kept_again(tmp_path, kept):
    archive, fingerprint, version = kept
    again = archive.keep(tmp_path / "project", fingerprint)
    assert again == Kept(fingerprint=version.fingerprint, added=0, present=3, size=0)
    largest(tmp_path).write_bytes(b"n" * 3_000_000)
    with pytest.raises(ArchiveError, match="other bytes"):
        archive.keep(tmp_path / "project", fingerprint)


def test_an_archive_of_the_same_run_is_the_same_bytes(tmp_path, kept):
    _, fingerprint, _ = kept
    make_archive(tmp_path / "other").keep(tmp_path / "project", fingerprint)
    assert contents(tmp_path / "archive") == contents(tmp_path / "other")


def test_a_product_that_changed_since_the_run_is_not_kept(tmp_path, kept):
    archive, fingerprint, _ = kept
    (tmp_path / "project/out/c.txt").write_bytes(b"b")
    with pytest.raises(ArchiveError, match="is not what the baseline says"):
        archive.keep(tmp_path / "project", fingerprint)


@pytest.mark.parametrize("kind", ["file", "folder", "inside"])
def test_links_are_not_kept(tmp_path, kept, kind):
    archive, fingerprint, _ = kept
    root = tmp_path / "project/out"
    if kind == "inside":
        (root / "parts/link").symlink_to(root / "parts/deep")
    else:
        place = root / {"file": "c.txt", "folder": "parts"}[kind]
        place.rename(tmp_path / "elsewhere")
        place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArchiveError, match=r"link|no longer there"):
        archive.keep(tmp_path / "project", fingerprint)


@pytest.mark.parametrize(
    ("paths", "came"),
    [
        (("out/c.txt",), {"out/c.txt"}),
        (("out/parts/",), {"out/parts/a.txt", "out/parts/deep/b.txt"}),
        (("./out/parts/a.txt",), {"out/parts/a.txt", "out/parts/deep/b.txt"}),
        (("out",), set(FILES)),
    ],
)
def test_chosen_products_come_back_whole(tmp_path, kept, paths, came):
    archive, fingerprint, version = kept
    bring_back(archive, version, tmp_path / "back", accepted=fingerprint, paths=paths)
    assert set(contents(tmp_path / "back")) == came


def test_a_product_that_the_version_has_not_is_named_with_those_that_it_has(tmp_path, kept):
    archive, fingerprint, version = kept
    with pytest.raises(ArchiveError, match="no product out/other") as caught:
        bring_back(archive, version, tmp_path / "back", accepted=fingerprint, paths=("out/other",))
    assert "out/c.txt, out/model.bin, out/parts" in caught.value.remedy


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31m", ".git/config", "a\\b"])
def test_names_that_could_not_come_back_are_refused_before_anything_is_stored(tmp_path, name):
    make_project(tmp_path / "project", **{f"out/parts/{name}": b"x"})
    with pytest.raises(ArchiveError, match="cannot be archived"):
        make_archive(tmp_path / "archive").keep(tmp_path / "project", fingerprint_of(tmp_path / "project"))
    assert not (tmp_path / "archive/objects").exists()


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


def test_only_what_no_other_version_has_goes_with_a_version(tmp_path, kept):
    archive, first, version = kept
    second = make_project(tmp_path / "project", **{"out/model.bin": b"other"})
    archive.keep(tmp_path / "project", second)
    assert archive.remove(version.fingerprint) == 1
    assert archive.version(version.fingerprint) is None
    bring_back(archive, archive.version(fingerprint_id(second)), tmp_path / "back", accepted=second)
    assert archive.remove(fingerprint_id(second)) == 3
    assert set(contents(tmp_path / "archive")) == {"archive.json"}
    with pytest.raises(ArchiveError, match="has no version"):
        archive.remove(fingerprint_id(first))


def test_a_keep_that_fails_lists_nothing(tmp_path):
    fingerprint = make_project(tmp_path / "project")
    archive = make_archive(tmp_path / "archive")
    archive = replace(archive, store=Failing(archive.store))
    with pytest.raises(ArchiveError, match="the disk is full"):
        archive.keep(tmp_path / "project", fingerprint)
    assert not (tmp_path / "archive/versions").exists()
    assert not list((tmp_path / "archive").glob(".incoming-*"))


class Failing:
    """A store that takes the first object and no more."""

    def __init__(self, store):
        self.store, self.taken = store, 0

    def __getattr__(self, name):
        return getattr(self.store, name)

    def put(self, key, chunks):
        self.taken += key.startswith("objects")
        if self.taken > 1:
            raise ArchiveError("the disk is full")
        self.store.put(key, chunks)


def test_nothing_that_is_there_is_overwritten(tmp_path, kept):
    archive, fingerprint, version = kept
    back = tmp_path / "back"
    bring_back(archive, version, back, accepted=fingerprint)
    bring_back(archive, version, back, accepted=fingerprint)  # all is there already
    (back / "out/c.txt").write_bytes(b"mine")
    with pytest.raises(ArchiveError, match=r"out/c\.txt is there, and is something else"):
        bring_back(archive, version, back, accepted=fingerprint)
    assert (back / "out/c.txt").read_bytes() == b"mine"


@pytest.mark.parametrize("place", ["out", "out/c.txt", "out/parts"])
def test_no_link_leads_out_of_the_folder(tmp_path, kept, place):
    archive, fingerprint, version = kept
    outside, back = tmp_path / "outside", tmp_path / "back"
    outside.mkdir()
    (back / place).parent.mkdir(parents=True)
    (back / place).symlink_to(outside)
    with pytest.raises(ArchiveError, match=r"leads out|something else"):
        bring_back(archive, version, back, accepted=fingerprint)
    assert list(outside.iterdir()) == []


def test_what_no_baseline_vouches_for_is_said(tmp_path, kept):
    archive, _, version = kept
    done = bring_back(archive, version, tmp_path / "back", accepted=None)
    assert done.unproven == done.products


def test_one_product_comes_back_to_compare_elements_with(tmp_path, kept):
    archive, fingerprint, _ = kept
    place = kept_product(archive, fingerprint, "out/c.txt", tmp_path / "back")
    assert place.read_bytes() == b"a"
    assert kept_product(archive, fingerprint, "out/none", tmp_path / "back") is None
    other = replace(fingerprint, steps=("other",))
    assert kept_product(archive, other, "out/c.txt", tmp_path / "back") is None


def test_entries_hold_no_time_host_or_path(tmp_path, kept):
    text = entry(tmp_path).read_text()
    assert str(tmp_path) not in text
    assert set(json.loads(text)) == {"version", "name", "platform", "fingerprint", "products"}


def state(root: Path, url: str) -> list[tuple[str, str]]:
    archive = ArchiveConfig(url=url)
    config = Config(root=root, path=root / "repro.toml", name="wine", archive=archive)
    return [(check.health.value, check.found.removeprefix(str(root))) for check in archived(config)]


def test_doctor_says_whether_products_can_be_archived(tmp_path, kept):
    make_archive(tmp_path / "beer", "beer").keep(tmp_path / "project", kept[1])
    assert state(tmp_path, "") == []
    assert state(tmp_path, "archive") == [("ok", "/archive is there, and this model's")]
    assert state(tmp_path, "new") == [("ok", "/new: `repro accept` makes it")]
    ((health, found),) = state(tmp_path, "beer")
    assert (health, "another model, 'beer'" in found) == ("bad", True)
    assert state(tmp_path, "ftp://host/x")[0][0] == "bad"
