# SPDX-License-Identifier: Apache-2.0
"""What is kept comes back as it was; what the archive has instead of it is refused by its reason."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from archived import FILES, contents, entry, fingerprint_of, largest, make_archive, make_project

from repro_action.archive.archive import Kept
from repro_action.archive.bring_back import bring_back, kept_product
from repro_action.archive.store import ArchiveError
from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, fingerprint_id, load
from repro_action.config.model import Config
from repro_action.config.services import ArchiveConfig
from repro_action.flows.doctor_archive import archived


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
