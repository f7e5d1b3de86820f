"""Data held against its pins."""

import os

import pytest

from repro_action.config.model import Config, DataPin
from repro_action.data.check import check_pins
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.data.stat_cache import StatCache
from repro_action.digest import Digest
from repro_action.errors import PinError

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
WRONG = Digest("blake3", "0" * 64)


def config(project, **pins):
    data = tuple(DataPin(path=path, digest=digest) for path, digest in pins.items())
    return Config(root=project, path=project / "repro.toml", name="tiny", data=data)


def refusal(value, **options):
    with pytest.raises(PinError) as caught:
        check_pins(value, **options)
    return caught.value


class Steps:
    """A Progress that keeps what it hears."""

    def __init__(self):
        self.heard = []

    def stage(self, text):
        self.heard.append(text)

    def output(self, step, text):
        raise AssertionError(step, text)

    def advance(self, done, total, unit):
        self.heard.append((done, total, unit))


def test_data_that_is_what_was_pinned_gives_its_digests(write, project):
    write("a.csv", b"a")
    write("data/x", b"x")
    table = {
        "data": digest_folder(project / "data", "sha256"),
        "a.csv": digest_file(project / "a.csv", "blake3"),
    }
    progress = Steps()
    assert table == check_pins(config(project, **table), progress=progress)
    assert ["a.csv", "data"] == list(check_pins(config(project, **table)))
    assert ["checking pins", (0, 2, "pins"), (1, 2, "pins"), (2, 2, "pins")] == progress.heard


def test_md5_of_a_folder_means_what_dvc_means(write, project):
    write("data/x", b"x")
    found = digest_folder(project / "data", "md5")
    assert "md5-dvc" == found.algorithm
    for name in ("md5", "md5-dvc"):
        assert {"data": found} == check_pins(config(project, data=Digest(name, found.value)))


def test_a_mismatch_names_both_digests_and_both_remedies(write, project):
    found = digest_file(write("a.bin"), "blake3")
    error = refusal(config(project, **{"a.bin": WRONG}))
    assert "repro.toml: a.bin is not the data that was pinned" == str(error).splitlines()[0]
    assert f"pinned {WRONG}" in error.why
    assert f"found  {found}" in error.why
    assert "repro pin a.bin" in error.remedy
    assert "restore the pinned data" in error.remedy


def test_all_mismatches_stand_in_one_error(write, project):
    write("a")
    error = refusal(config(project, a=WRONG, b=WRONG, c=WRONG))
    assert "3 pins do not match their data" == error.what
    assert "- a is not the data that was pinned" in error.why
    assert all(f"- {name} does not exist" in error.why for name in "bc")


def test_twelve_mismatches_are_all_named(project):
    error = refusal(config(project, **{f"file{number}": WRONG for number in range(12)}))
    assert all(f"- file{number} does not exist" in error.why for number in range(12))


def test_a_missing_file_is_named(project):
    error = refusal(config(project, **{"data/a.csv": WRONG}))
    assert "data/a.csv does not exist" == error.what
    assert "in GitHub Actions, download it in a step before this one" in error.remedy


def test_a_broken_link_is_distinguished_from_a_missing_file(project):
    (project / "a").symlink_to("nowhere")
    assert "a is a broken link" == refusal(config(project, a=WRONG)).what


@pytest.mark.parametrize(("pointer", "path"), [("a.csv.dvc", "a.csv"), ("raw.dvc", "raw/deep/a.csv")])
def test_data_that_dvc_has_not_pulled_is_reported(write, project, pointer, path):
    write(pointer, b"outs: []")
    error = refusal(config(project, **{path: WRONG}))
    assert pointer in error.why
    assert error.remedy.startswith(f"Run `dvc pull {pointer}`; in GitHub Actions, do that in a step before")


@pytest.mark.parametrize("path", ["data/a.csv", "data/raw/deep/b.csv"])
def test_data_that_a_stage_of_dvc_writes_is_reported(write, project, path):
    lock = "stages:\n  get:\n    outs:\n    - path: data/a.csv\n      md5: x\n    - md5: y\n      path: data/raw\n"
    write("dvc.lock", lock.encode())
    error = refusal(config(project, **{path: WRONG}))
    assert "DVC tracks it (dvc.lock)" in error.why
    assert error.remedy.startswith(f"Run `dvc pull {'data/raw' if 'raw' in path else path}`;")
    assert "dvc" not in refusal(config(project, **{"data/other.csv": WRONG})).remedy


def test_data_that_dvc_tracks_and_is_another_is_checked_out(write, project):
    write("a.csv.dvc", b"outs: []")
    write("a.csv")
    assert "dvc checkout a.csv.dvc" in refusal(config(project, **{"a.csv": WRONG})).remedy


def test_a_git_lfs_pointer_is_reported(write, project):
    write("a.bin", LFS)
    error = refusal(config(project, **{"a.bin": WRONG}))
    assert "Git LFS pointer" in error.what
    assert "git lfs pull" in error.remedy


def test_git_lfs_pointers_in_a_folder_are_reported(write, project):
    write("data/a.bin", LFS)
    error = refusal(config(project, data=Digest("tree1-blake3", "0" * 64)))
    assert "Git LFS pointer" in error.what


def test_a_folder_where_a_file_was_pinned_is_reported(write, project):
    write("data/x")
    assert "data is a folder where a file was pinned" == refusal(config(project, data=WRONG)).what


@pytest.mark.parametrize("algorithm", ["tree1-blake3", "md5-dvc"])
def test_a_file_where_a_folder_was_pinned_is_reported(write, project, algorithm):
    write("data")
    error = refusal(config(project, data=Digest(algorithm, "0" * 64)))
    assert "data is a file where a folder was pinned" == error.what


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../secret", "a/../../secret", "~/x", ".git/config", "", "a\nb"]
)
def test_a_path_that_leaves_the_project_is_refused(project, path):
    error = refusal(config(project, **{path: WRONG}))
    assert "cannot be pinned" in error.what
    assert "\n" not in error.what


def test_a_linked_folder_inside_a_pinned_folder_is_reported_among_the_mismatches(write, project):
    write("data/x")
    (project / "data/up").symlink_to(project)
    error = refusal(config(project, data=Digest("tree1-blake3", "0" * 64)))
    assert "data/up is a link to a folder" in error.what


def table(write, project, old, new, path="a.csv", versions=None):
    pinned = digest_file(write(path, old), "blake3")
    write(path, new)
    configuration = config(project, **{path: pinned})
    return refusal(configuration, previous=lambda name: versions if versions is not None else [old])


def test_changed_rows_are_counted_and_the_first_is_shown(write, project):
    error = table(write, project, b"x,y\n1,2\n3,4\n", b"x,y\n1,2\n3,5\n6,7\n")
    assert "2 rows added, 1 row removed (2 → 3)." in error.why
    assert "The first line that differs is 3:\n  pinned: 3,4\n  found:  3,5" in error.why


def test_the_version_that_was_pinned_is_found_among_several(write, project):
    error = table(write, project, b"x\n1\n", b"x\n2\n", versions=[b"x\n2\n", b"x\n1\n"])
    assert "1 row added, 1 row removed" in error.why


def test_a_version_that_was_not_pinned_tells_nothing(write, project):
    error = table(write, project, b"x\n1\n", b"x\n2\n", versions=[b"x\n9\n"])
    assert "row" not in error.why


def test_what_is_no_table_is_not_reported_line_by_line(write, project):
    assert "row" not in table(write, project, b"x\n1\n", b"x\n2\n", path="a.bin").why


def test_an_escape_in_a_table_is_never_printed_raw(write, project):
    error = table(write, project, b"x\n1\n", b"x\n\x1b[2J" + b"y" * 500 + b"\n")
    assert "\x1b" not in str(error)
    assert max(map(len, error.why.splitlines())) < 140


def test_a_changed_folder_names_the_files_once_it_has_matched(project, settled):
    folder = settled()
    root = folder.parent
    configuration = config(root, **{folder.name: digest_folder(folder, "blake3")})
    with StatCache(project / "stat.sqlite", root=root) as cache:
        check_pins(configuration, cache)
        (folder / "a.csv").write_bytes(b"changed")
        (folder / "c").rename(folder / "new\x1b")
        (folder / "link").unlink()
        for _ in range(2):
            error = refusal(configuration, cache=cache)
            assert ["changed: a.csv", "removed: c", "removed: link", r"added: new\x1b"] == [
                line.strip() for line in error.why.splitlines()[2:]
            ]


def test_a_name_that_is_no_utf8_can_be_reported(write, project):
    write(b"data/\xff")
    os.mkfifo(os.fsencode(project) + b"/data/\xfe")
    error = refusal(config(project, data=Digest("tree1-blake3", "0" * 64)))
    assert r"data/\udcfe is a named pipe" in str(error)
    str(error).encode("utf-8")
