# SPDX-License-Identifier: Apache-2.0
"""Files are read before anybody waits for them, and are nevertheless read as they are when they are wanted."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from acting import does, text_of

from repro_action.readers import read_artifact
from repro_action.readers.protocol import ReadOptions
from repro_action.reading import ArtifactReader, ReadingLimits

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("acting")]


def _file(folder: Path, name: str = "a.json", value: object = (1, 2)) -> Path:
    path = folder / name
    path.write_text(json.dumps(value))
    return path


def _requests(reader: ArtifactReader) -> int:
    """Return how many requests were made so far."""
    return next(reader._numbers)


def test_a_file_that_was_asked_for_is_not_read_again(tmp_path, reader):
    path = _file(tmp_path)
    reader.ask(path)
    assert read_artifact(path) == reader.read(path)
    assert 1 == _requests(reader)


def test_a_started_process_is_the_one_that_reads(tmp_path, reader):
    reader.start()
    first = reader._process.pid
    reader.start()
    reader.read(_file(tmp_path))
    assert first == reader._process.pid


def test_a_file_that_was_overwritten_since_is_read_as_it_is_now(tmp_path, reader):
    path = _file(tmp_path, value=[1, 2])
    before = path.stat()
    reader.ask(path)
    reader.read(_file(tmp_path, "other.json"))  # by now it has been read
    time.sleep(0.02)  # a tick of the file system's clock
    path.write_text("[7, 8]")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    tree = reader.read(path)
    assert read_artifact(path) == tree
    assert 1 + 2 == _requests(reader)


def test_a_file_in_the_place_of_the_one_that_was_asked_for_is_read(tmp_path, reader):
    path = _file(tmp_path, value=[1, 2])
    reader.ask(path)
    other = _file(tmp_path, "other.json", [7, 8])
    other.replace(path)
    assert read_artifact(path) == reader.read(path)


def test_a_file_that_became_a_link_is_read_by_the_link(tmp_path, reader):
    path = _file(tmp_path, value=[1, 2])
    reader.ask(path)
    path.rename(tmp_path / "moved.json")
    path.symlink_to("moved.json")
    reader.read(path)
    assert 2 == _requests(reader)


@pytest.mark.parametrize("asked", [{"options": ReadOptions(statistics=False)}, {"limits": ReadingLimits()}])
def test_what_is_asked_for_otherwise_is_read_again(tmp_path, reader, asked):
    path = _file(tmp_path)
    reader.ask(path, **asked)
    assert read_artifact(path) == reader.read(path)
    assert 2 == _requests(reader)


@pytest.mark.parametrize("word", ["fill", "leave", "lie", f"kill {signal.SIGSEGV:d}"])
def test_a_file_that_ends_its_reader_ahead_is_read_again_and_so_is_what_waited_behind_it(
    tmp_path, reader, word
):
    bad = does(tmp_path, word)
    folder = tmp_path / "more"
    folder.mkdir()
    good = does(folder, "well")
    expected = reader.read(bad)
    reader.ask(bad)
    reader.ask(good)
    assert expected == reader.read(bad)
    assert expected.reason
    assert "nothing" == text_of(reader.read(good))


def test_a_process_that_is_killed_while_nothing_is_asked_of_it_does_no_harm(tmp_path, reader):
    path = _file(tmp_path)
    reader.ask(path)
    reader.read(_file(tmp_path, "other.json"))
    os.kill(reader._process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, reader._process.pid, os.WEXITED | os.WNOWAIT)
    assert read_artifact(path) == reader.read(path)


def test_more_than_pipes_hold_can_be_asked_for(tmp_path, reader):
    files = [
        _file(tmp_path, f"{number}.json", {f"{key} {number}": key for key in range(20_000)})
        for number in range(12)
    ]
    for path in files:
        reader.ask(path)
    assert all(read_artifact(path) == reader.read(path) for path in files)


def test_folders_and_what_is_missing_are_left_until_they_are_wanted(tmp_path, reader):
    reader.ask(tmp_path)
    reader.ask(tmp_path / "missing")
    assert reader._process is None


def test_contents_of_what_was_read_ahead_are_at_hand(tmp_path, reader):
    path = _file(tmp_path, value="x" * 5000)
    reader.ask(path)
    chunks = reader.read(path).root.payload.chunks(1 << 12)
    assert b"x" in b"".join(map(bytes, chunks))
