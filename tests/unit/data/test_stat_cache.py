"""The stat cache: believed only where it is right, remade where it is damaged."""

import os
import sqlite3
import subprocess
import sys
import threading

import pytest

from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder, read_folder
from repro_action.data.signature import signature
from repro_action.data.stat_cache import StatCache

LIE = "f" * 64


@pytest.fixture
def file(tmp_path):
    return tmp_path / "cache" / "stat.sqlite"


def opened(file, root):
    return StatCache(file, root=root)


def test_an_unchanged_file_is_not_read_again(file, settled):
    folder = settled()
    with opened(file, folder) as cache:
        digest_file(folder / "a.csv", "blake3", cache)
        value, _ = cache.file(os.fsencode(folder / "a.csv"), "blake3")
        cache.keep_file(os.fsencode(folder / "a.csv"), "blake3", value, LIE)
    with opened(file, folder) as cache:
        assert LIE == digest_file(folder / "a.csv", "blake3", cache).value


def test_algorithms_do_not_share_entries(file, settled):
    folder = settled()
    with opened(file, folder) as cache:
        digest_file(folder / "a.csv", "blake3", cache)
        assert digest_file(folder / "a.csv", "sha256") == digest_file(folder / "a.csv", "sha256", cache)


def test_a_file_that_just_changed_is_not_remembered(file, write, project):
    path = write("fresh")
    with opened(file, project) as cache:
        digest_file(path, "blake3", cache)
        assert cache.file(os.fsencode(path), "blake3") is None


@pytest.mark.parametrize("restore", [False, True])
def test_an_edit_of_the_same_size_is_seen_even_if_the_time_is_put_back(file, settled, restore):
    folder = settled()
    path = folder / "a.csv"
    with opened(file, folder) as cache:
        before = digest_file(path, "blake3", cache)
        whole = digest_folder(folder, "blake3", cache)
        status = path.stat()
        path.write_bytes(b"x,y\n1,3\n")
        if restore:
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert before != digest_file(path, "blake3", cache)
        assert whole != digest_folder(folder, "blake3", cache)
        assert digest_folder(folder, "blake3") == digest_folder(folder, "blake3", cache)


def test_no_signature_of_a_fresh_folder_is_remembered(file, write, project):
    write("data/x")
    with opened(file, project) as cache:
        found = digest_folder(project / "data", "blake3", cache)
        assert (b"", found.value) == cache.folder(os.fsencode(project / "data"), "tree1-blake3")
        assert [b""] == [
            value for value, _ in cache.files(os.fsencode(project / "data"), "tree1-blake3").values()
        ]


def test_an_edit_within_the_same_tick_is_seen(file, write, project):
    """The racily clean file: written, digested and written again faster than the clock ticks."""
    with opened(file, project) as cache:
        for number in range(200):
            path = write("data/racy", f"{number:04}")
            assert digest_file(path, "blake3") == digest_file(path, "blake3", cache)
            assert digest_folder(project / "data", "blake3") == digest_folder(
                project / "data", "blake3", cache
            )


def test_an_unchanged_folder_is_not_read_again(file, settled):
    folder = settled()
    with opened(file, folder) as cache:
        digest_folder(folder, "blake3", cache)
        value, _ = cache.folder(os.fsencode(folder), "tree1-blake3")
        files = cache.files(os.fsencode(folder), "tree1-blake3")
        assert [b"a.csv", b"c", b"link", b"sub/b.bin"] == sorted(files)
        cache.keep_folder(os.fsencode(folder), "tree1-blake3", value, LIE, files)
    with opened(file, folder) as cache:
        assert LIE == digest_folder(folder, "blake3", cache).value


def test_only_changed_files_of_a_folder_are_read_again(file, settled):
    folder = settled()
    with opened(file, folder) as cache:
        digest_folder(folder, "blake3", cache)
        files = cache.files(os.fsencode(folder), "tree1-blake3")
        files[b"c"] = (files[b"c"][0], LIE)
        cache.keep_folder(os.fsencode(folder), "tree1-blake3", b"", "", files)
        (folder / "a.csv").write_bytes(b"other")
        read = read_folder(folder, "blake3", cache).files
        assert LIE == read[b"c"][1]
        assert digest_file(folder / "a.csv", "blake3").value == read[b"a.csv"][1]


@pytest.mark.parametrize("change", ["added", "removed", "renamed", "link moved"])
def test_a_folder_is_digested_anew_when_a_file_is(file, settled, change):
    folder = settled()
    with opened(file, folder) as cache:
        digest_folder(folder, "blake3", cache)
        match change:
            case "added":
                (folder / "new").touch()
            case "removed":
                (folder / "c").unlink()
                (folder / "link").unlink()
            case "renamed":
                (folder / "a.csv").rename(folder / "z.csv")
            case "link moved":
                (folder / "link").unlink()
                (folder / "link").symlink_to("a.csv")
        assert digest_folder(folder, "blake3") == digest_folder(folder, "blake3", cache)


def test_entries_survive_the_move_of_the_project(tmp_path, settled):
    folder = settled()
    with opened(folder / ".cache" / "s", folder) as cache:
        digest_file(folder / "a.csv", "blake3", cache)
    moved = folder.rename(tmp_path / "moved")
    with opened(moved / ".cache" / "s", moved) as cache:
        assert signature((moved / "a.csv").stat()) == cache.file(os.fsencode(moved / "a.csv"), "blake3")[0]


def test_names_with_newlines_and_bytes_come_back(file, write, project):
    table = {b"a\nb": (b"1 2 3 4", LIE), b"\xff": (b"", LIE)}
    with opened(file, project) as cache:
        cache.keep_folder(b"/data", "tree1-blake3", b"s", LIE, table)
    with opened(file, project) as cache:
        assert table == cache.files(b"/data", "tree1-blake3")


def test_an_empty_folder_comes_back(file, project):
    with opened(file, project) as cache:
        cache.keep_folder(b"/data", "tree1-blake3", b"s", LIE, {})
        assert {} == cache.files(b"/data", "tree1-blake3")
        assert (b"s", LIE) == cache.folder(b"/data", "tree1-blake3")


def filled(file, root):
    with opened(file, root) as cache:
        cache.keep_folder(
            b"/data", "tree1-blake3", b"s", LIE, {b"%d" % n: (b"1 2 3 4", LIE) for n in range(500)}
        )
    return file


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"no database at all, but long enough to be read as one" * 100,
        b"SQLite format 3\0" + b"\xff" * 4000,
    ],
)
def test_a_damaged_file_is_made_anew(file, project, damage):
    filled(file, project).write_bytes(damage)
    with opened(file, project) as cache:
        assert cache.folder(b"/data", "tree1-blake3") is None
        cache.keep_file(b"/x", "blake3", b"s", LIE)
    with opened(file, project) as cache:
        assert (b"s", LIE) == cache.file(b"/x", "blake3")


def test_damage_anywhere_never_changes_an_answer(file, project):
    whole = filled(file, project).read_bytes()
    expected = {b"%d" % n: (b"1 2 3 4", LIE) for n in range(500)}
    for place in range(0, len(whole), 997):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        with opened(file, project) as cache:
            assert cache.folder(b"/data", "tree1-blake3") in {None, (b"s", LIE)}
            assert cache.files(b"/data", "tree1-blake3") in ({}, expected)


def test_a_truncated_file_never_changes_an_answer(file, project):
    whole = filled(file, project).read_bytes()
    for length in range(0, len(whole), 4096):
        file.write_bytes(whole[:length])
        with opened(file, project) as cache:
            assert cache.folder(b"/data", "tree1-blake3") in {None, (b"s", LIE)}
            assert len(cache.files(b"/data", "tree1-blake3")) in {0, 500}


def test_a_row_that_was_edited_is_not_believed(file, project):
    filled(file, project)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE digests SET value = ?", ("0" * 64,))
    database.close()
    with opened(file, project) as cache:
        assert cache.folder(b"/data", "tree1-blake3") is None


def test_a_foreign_database_is_made_anew(file, project):
    file.parent.mkdir()
    with sqlite3.connect(file) as database:
        database.execute(
            "CREATE TABLE digests(path, algorithm, role, signature, value, filescheck, rowcheck, files)"
        )
        database.execute("PRAGMA user_version=2")
        database.execute("CREATE TRIGGER t AFTER INSERT ON digests BEGIN DELETE FROM digests; END")
    database.close()
    with opened(file, project) as cache:
        cache.keep_file(b"/x", "blake3", b"s", LIE)
    with opened(file, project) as cache:
        assert (b"s", LIE) == cache.file(b"/x", "blake3")


def test_a_link_in_its_place_is_replaced_and_its_target_stays(file, project, write):
    target = write("precious", b"")
    file.parent.mkdir()
    file.symlink_to(target)
    with opened(file, project) as cache:
        cache.keep_file(b"/x", "blake3", b"s", LIE)
    assert b"" == target.read_bytes()
    assert not file.is_symlink()


def test_a_place_that_cannot_be_written_costs_only_time(project, write):
    path = write("a")
    blocked = write("blocked", b"a file where a folder should be")
    with opened(blocked / "cache" / "s", project) as cache:
        assert digest_file(path, "blake3") == digest_file(path, "blake3", cache)
        assert digest_folder(project, "blake3") == digest_folder(project, "blake3", cache)


@pytest.mark.processes
def test_a_killed_writer_leaves_a_cache_that_can_be_used(file, project):
    code = (
        "import sys, os; from pathlib import Path; from repro_action.data.stat_cache import StatCache\n"
        "cache = StatCache(Path(sys.argv[1]), root=Path('/'))\n"
        "files = {b'%d' % n: (b'1 2 3 4', 'f' * 64) for n in range(20000)}\n"
        "print('ready', flush=True)\n"
        "while True: cache.keep_folder(b'/data', 'tree1-blake3', b's', 'f' * 64, files)\n"
    )
    for delay in (0.01, 0.05, 0.1):
        process = subprocess.Popen([sys.executable, "-c", code, file], stdout=subprocess.PIPE)
        with process:
            process.stdout.readline()
            threading.Event().wait(delay)
            process.kill()
        with opened(file, project) as cache:
            assert cache.folder(b"/data", "tree1-blake3") in {None, (b"s", LIE)}
            assert len(cache.files(b"/data", "tree1-blake3")) in {0, 20000}
            cache.keep_file(b"/x", "blake3", b"s", LIE)
        with opened(file, project) as cache:
            assert (b"s", LIE) == cache.file(b"/x", "blake3")


@pytest.mark.processes
def test_several_processes_may_write_at_once(file, project):
    code = (
        "import sys; from pathlib import Path; from repro_action.data.stat_cache import StatCache\n"
        "for n in range(20):\n"
        "    with StatCache(Path(sys.argv[1]), root=Path('/')) as cache:\n"
        "        cache.keep_file(b'/%s %d' % (sys.argv[2].encode(), n), 'blake3', b's', 'f' * 64)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, file, name]) for name in "abc"]
    assert [0, 0, 0] == [process.wait() for process in running]
    with opened(file, "/") as cache:
        items = [cache.file(b"/%c %d" % (name, n), "blake3") for name in b"abc" for n in range(20)]
    assert [(b"s", LIE)] * 60 == items


def test_many_files_are_written_in_few_transactions(file, project):
    with opened(file, project) as cache:
        for number in range(2500):
            cache.keep_file(b"/%d" % number, "blake3", b"s", LIE)
    with opened(file, project) as cache:
        assert all(cache.file(b"/%d" % number, "blake3") == (b"s", LIE) for number in range(2500))
