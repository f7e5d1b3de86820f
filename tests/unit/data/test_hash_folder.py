"""Digests of folders."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest
from blake3 import blake3

from repro_action.data.hash_folder import digest_folder, read_folder, tree_digest
from repro_action.digest import Digest
from repro_action.errors import PinError

FILES = {"b.csv": b"1,2\n", "a/x.bin": b"\0\1", "a.csv": b"", "a/y/z.txt": b"deep"}


@pytest.fixture
def folder(write, project):
    for name, content in FILES.items():
        write(f"data/{name}", content)
    return project / "data"


def digits(folder, algorithm):
    return {name: digest for name, (_, digest) in read_folder(folder, algorithm).files.items()}


def test_the_digest_is_what_the_documentation_says(folder):
    lines = b"".join(
        name.encode() + b"\0" + blake3(FILES[name]).hexdigest().encode() + b"\n" for name in sorted(FILES)
    )
    assert Digest("tree1-blake3", blake3(b"tree1\n" + lines).hexdigest()) == digest_folder(folder, "blake3")


def test_the_digest_of_a_known_folder_never_changes(folder):
    expected = "tree1-blake3:115c8e7a4826b56d4959aa57dc1bdf181cbd9625088d212ae88498caeb1f5946"
    assert expected == str(digest_folder(folder, "blake3"))
    assert "tree1-sha256:684c9f6ae6e28bca01ab61f1e587360db579f24c7b41ecac31af70445c98ce39" == str(
        digest_folder(folder, "sha256")
    )


def test_digest_is_unchanged_when_the_folder_moves(folder, project):
    before = digest_folder(folder, "blake3")
    moved = shutil.move(folder, project / "elsewhere")
    assert before == digest_folder(moved, "blake3")


def test_digest_is_unchanged_by_times_and_modes(folder):
    before = digest_folder(folder, "blake3")
    os.utime(folder / "b.csv", (1, 1))
    (folder / "b.csv").chmod(0o755)
    assert before == digest_folder(folder, "blake3")


def test_digest_is_unchanged_by_the_order_in_which_files_were_made(write, project, folder):
    for name in sorted(FILES, reverse=True):
        write(f"other/{name}", FILES[name])
    assert digest_folder(folder, "blake3") == digest_folder(project / "other", "blake3")


def test_empty_folders_do_not_count(folder):
    before = digest_folder(folder, "blake3")
    (folder / "void" / "deep").mkdir(parents=True)
    assert before == digest_folder(folder, "blake3")


@pytest.mark.parametrize("change", ["content", "name", "added", "removed", "moved", "empty file"])
def test_digest_changes_with(folder, change):
    before = digest_folder(folder, "blake3")
    match change:
        case "content":
            (folder / "b.csv").write_bytes(b"1,3\n")
        case "name":
            (folder / "b.csv").rename(folder / "c.csv")
        case "added":
            (folder / "c.csv").write_bytes(b"x")
        case "removed":
            (folder / "b.csv").unlink()
        case "moved":
            (folder / "a" / "x.bin").rename(folder / "x.bin")
        case "empty file":
            (folder / "a" / "nothing").touch()
    assert before != digest_folder(folder, "blake3")


def test_a_name_cannot_pretend_to_be_two_files():
    value = blake3(b"").hexdigest()
    one = tree_digest("tree1-blake3", {b"a\n" + b"b": value})
    two = tree_digest("tree1-blake3", {b"a": value, b"b": value})
    assert one != two


def test_a_link_to_a_file_inside_or_outside_counts_as_the_file(folder, write, project):
    outside = write("outside.bin", b"linked")
    (folder / "link").symlink_to(outside)
    linked = digest_folder(folder, "blake3")
    (folder / "link").unlink()
    (folder / "link").write_bytes(b"linked")
    assert linked == digest_folder(folder, "blake3")


def test_a_pinned_folder_may_itself_be_a_link(folder, project):
    (project / "alias").symlink_to("data")
    assert digest_folder(folder, "blake3") == digest_folder(project / "alias", "blake3")


def test_a_linked_folder_inside_is_refused_with_its_path(folder, project):
    (folder / "up").symlink_to(project)
    with pytest.raises(PinError, match="data/up is a link to a folder"):
        digest_folder(folder, "blake3")


def test_a_broken_link_inside_is_refused_with_its_path(folder):
    (folder / "gone").symlink_to("nowhere")
    with pytest.raises(PinError, match="data/gone cannot be read"):
        digest_folder(folder, "blake3")


def test_a_pipe_inside_is_refused_with_its_path(folder):
    os.mkfifo(folder / "pipe")
    with pytest.raises(PinError, match="data/pipe is a named pipe"):
        digest_folder(folder, "blake3")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_inside_is_refused_with_its_path(folder):
    (folder / "a").chmod(0)
    try:
        with pytest.raises(PinError, match="data/a cannot be read"):
            digest_folder(folder, "blake3")
    finally:
        (folder / "a").chmod(0o755)


def test_names_that_are_no_utf8_count_as_their_bytes(write, project):
    write(b"data/\xff\xfe.bin", b"x")
    value = blake3(b"x").hexdigest()
    assert tree_digest("tree1-blake3", {b"\xff\xfe.bin": value}) == digest_folder(project / "data", "blake3")
    assert {b"\xff\xfe.bin": value} == digits(project / "data", "blake3")


def test_every_file_has_its_digest(folder):
    known = digits(folder, "sha256")
    assert sorted(FILES) == sorted(map(os.fsdecode, known))
    assert hashlib.sha256(b"deep").hexdigest() == known[b"a/y/z.txt"]


@pytest.mark.parametrize("algorithm", ["blake3", "sha256", "md5", "tree1-md5"])
def test_large_files_have_the_digest_that_they_have_alone(write, project, algorithm):
    for number in range(3):
        write(f"data/{number}", bytes([number]) * (2 << 20))
    write("data/small", b"s")
    content = algorithm.removeprefix("tree1-")
    new = blake3 if content == "blake3" else getattr(hashlib, content)
    known = digits(project / "data", algorithm)
    assert [new(bytes([number]) * (2 << 20)).hexdigest() for number in range(3)] == [
        known[b"%d" % number] for number in range(3)
    ]


def test_a_deep_tree_is_walked_without_recursion(project, monkeypatch):
    depth = 1010
    (project / "data").mkdir()
    monkeypatch.chdir(project / "data")
    for _ in range(depth):
        Path("d").mkdir()
        os.chdir("d")
    Path("x").write_bytes(b"deep")
    os.chdir(project)
    assert [b"d/" * depth + b"x"] == list(digits("data", "blake3"))
    # The clean-up of temporary folders is recursive.
    Path("data/" + "d/" * depth + "x").unlink()
    for level in range(depth, 0, -1):
        Path("data/" + "d/" * level).rmdir()
