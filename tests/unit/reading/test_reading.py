# SPDX-License-Identifier: Apache-2.0
"""Artifacts are read in a child process with hard limits, and as they are read in this one."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import signal
import zipfile
from pathlib import Path

import numpy as np
import pytest
from acting import MARK, does, text_of

from repro_action import reading
from repro_action.config.model import LimitsConfig
from repro_action.errors import ArtifactUnreadable, ExtensionError
from repro_action.readers import foreign, read_artifact
from repro_action.readers.arrays import number_leaf
from repro_action.readers.protocol import ReadContext
from repro_action.reading import ArtifactReader, ReadingLimits
from repro_action.reading.child import _Child
from repro_action.reading.messages import FrameKind, receive
from repro_action.runs.products import read_or_digest
from repro_action.tree import Leaf, Node, Tree, branch

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("acting")]


def _samples(folder: Path) -> dict[str, Path]:
    shared = [1, "ü", "\ud800"]
    values = {"big": 1 << 80, "nan": float("nan"), "x": np.arange(300.0), "twice": [shared, shared], "": ()}
    (folder / "a.pkl").write_bytes(pickle.dumps(values))
    (folder / "a.json").write_text(json.dumps({"a": [1, 2.5, None, True], "b\u2028": "c" * 2000}))
    (folder / "a.json.gz").write_bytes(gzip.compress((folder / "a.json").read_bytes()))
    np.save(folder / "a.npy", np.arange(50_000, dtype="<f4").reshape(5, -1))
    np.savez_compressed(folder / "a.npz", w=np.arange(9000), e=np.array([], "<f8"))
    (folder / "a.txt").write_text("one\ntwo\n")
    (folder / "a.bin").write_bytes(b"\x00\x01\x02")
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("b/c.txt", "x" * 5000)
    inner = folder / "folder"
    (inner / "sub").mkdir(parents=True)
    (inner / "sub" / "a.csv").write_text("a,b\n1,2\n3,4\n")
    (inner / "link").symlink_to("sub")
    return {path.name: path for path in sorted(folder.iterdir())}


def _contents(node: Node) -> list[bytes | None]:
    if isinstance(node, Leaf):
        return [None if node.payload is None else b"".join(map(bytes, node.payload.chunks(1 << 12)))]
    return [content for _, child in node.children for content in _contents(child)]


@pytest.mark.parametrize("fork", [True, False])
def test_a_child_reads_what_this_process_would_read(tmp_path, fork):
    reader = ArtifactReader(fork=fork)
    for path in _samples(tmp_path).values():
        here, there = read_artifact(path), reader.read(path)
        assert here == there
        assert _contents(here.root) == _contents(there.root)
    reader.close()


def test_shared_branches_stay_shared(tmp_path, reader):
    value: list[object] = [1, 2]
    for _ in range(100):
        value = [value, value]
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(value))
    root = reader.read(path).root
    assert read_artifact(path).root.digest == root.digest
    assert root.leaves > 1 << 100
    assert root.children[0][1] is root.children[1][1]


def test_one_process_reads_many_artifacts(tmp_path, reader):
    for path in _samples(tmp_path).values():
        reader.read(path)
    first = reader._process.pid
    reader.read(tmp_path / "a.txt")
    assert first == reader._process.pid


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("spin", "reading it takes more than 0.3 s (limits.reading_seconds)"),
        ("fill", "acting/1: its reader failed: MemoryError"),
        (f"kill {signal.SIGSEGV:d}", "its reader crashed (SIGSEGV)"),
        (f"kill {signal.SIGKILL:d}", "the system killed the process that was reading it"),
        ("leave", "the process that was reading it ended early"),
        ("lie", "the process that was reading it sent an invalid reply"),
    ],
)
def test_an_artifact_that_ends_its_reader_is_bytes_with_a_reason_and_the_next_is_read(
    tmp_path, reader, word, reason
):
    tree = reader.read(does(tmp_path, word))
    assert "bytes" == tree.format
    assert tree.reason.startswith(reason)
    assert MARK.decode() + word == text_of(tree)
    assert "nothing" == text_of(reader.read(does(tmp_path, "well")))


def test_an_artifact_that_waits_for_ever_is_given_up(tmp_path):
    class Impatient(ReadingLimits):
        longest_wait = 0.5

    reader = ArtifactReader(limits=Impatient(seconds=1.0))
    assert (
        "reading it takes more than 1 s (limits.reading_seconds)"
        == reader.read(does(tmp_path, "sleep")).reason
    )
    reader.close()


def test_a_configuration_bounds_the_reading_of_its_artifacts(tmp_path, acting):
    reading.close()  # a process that knows the reader of this test
    bounds = LimitsConfig(reading_memory=1 << 30, reading_seconds=0.2)
    tree = read_or_digest(does(tmp_path, "spin"), "blake3", limits=bounds)
    assert tree.reason == "reading it takes more than 0.2 s (limits.reading_seconds)"
    reading.close()


def test_a_limit_beyond_what_any_machine_has_is_as_none(tmp_path):
    (tmp_path / "a.json").write_text("[1]")
    bounds = LimitsConfig(reading_memory=1 << 90, reading_seconds=1e6)
    assert read_or_digest(tmp_path / "a.json", "blake3", limits=bounds).format == "json"


def test_a_file_that_ends_its_reader_fails_alone_in_its_folder(tmp_path, reader):
    folder = tmp_path / "out"
    folder.mkdir()
    for name, word in (("a", "well"), ("b", f"kill {signal.SIGKILL:d}"), ("c", "spin"), ("d", "well")):
        does(folder, word, f"{name}.does")
    tree = reader.read(folder)
    assert "folder" == tree.format
    reasons = {segment: getattr(child, "reason", "") for segment, child in tree.root.children}
    assert {"/a.does": "", "/d.does": ""} == {name: text for name, text in reasons.items() if not text}
    assert reasons["/c.does"].startswith("reading it takes more than 0.3 s")
    assert reasons["/b.does"].startswith("the system killed")


def test_a_folder_of_files_that_end_their_reader_is_unreadable_by_name(tmp_path, reader):
    folder = tmp_path / "out"
    folder.mkdir()
    for number in range(20):
        does(folder, "leave", f"{number}.does")
    with pytest.raises(ArtifactUnreadable, match="reading it ended early"):
        reader.read(folder)


def test_what_is_missing_or_is_no_file_is_refused(tmp_path, reader):
    os.mkfifo(tmp_path / "pipe")
    for name, words in (("none", "No such file"), ("pipe", "neither a file nor a folder")):
        with pytest.raises(ArtifactUnreadable, match=words):
            reader.read(tmp_path / name)


def test_the_fault_of_another_packages_reader_keeps_its_name(tmp_path, reader, monkeypatch):
    def missing() -> tuple[foreign.ForeignReader, ...]:
        raise ExtensionError("the reader x does not declare its version", remedy="Say it.")

    monkeypatch.setattr(foreign, "foreign_readers", missing)
    with pytest.raises(ExtensionError, match="does not declare its version") as caught:
        reader.read(does(tmp_path, "well"))
    assert "Say it." == caught.value.remedy


def test_contents_are_at_hand_after_their_process_ended(tmp_path, reader):
    path = _samples(tmp_path)["a.json.gz"]
    here, there = read_artifact(path), reader.read(path)
    reader.close()
    assert _contents(here.root) == _contents(there.root)


def test_contents_of_a_file_that_changed_are_none(tmp_path, reader):
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(json.dumps("x" * 1000).encode()))
    leaf = reader.read(path).root
    reader.close()
    path.write_bytes(gzip.compress(json.dumps("y" * 1000).encode()))
    with pytest.raises(ArtifactUnreadable, match="changed after it was read"):
        _contents(leaf)


def test_two_contents_are_walked_side_by_side(tmp_path, reader):
    paths = [tmp_path / f"{letter}.json.gz" for letter in "ab"]
    for path, letter in zip(paths, "ab", strict=True):
        path.write_bytes(gzip.compress(json.dumps(letter * 10_000).encode()))
    one, other = (reader.read(path).root.payload for path in paths)
    pairs = list(zip(one.chunks(4096), other.chunks(4096), strict=True))
    assert [4096, 4096, 1808] == [len(left) for left, _ in pairs]
    assert all(bytes(left).replace(b"a", b"b") == right for left, right in pairs)


def test_a_file_that_is_larger_than_the_limit_may_still_be_read(tmp_path):
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(np.zeros(32 << 20, "u1"), protocol=2))
    reader = ArtifactReader(limits=ReadingLimits(memory=16 << 20))
    assert "pickle" == reader.read(path).format
    assert "its reader failed: MemoryError" in reader.read(does(tmp_path, "fill")).reason
    reader.close()


def test_a_text_with_lone_surrogates_and_a_wide_branch_come_back(tmp_path):
    from repro_action.reading.wire import from_rows, to_rows

    context = ReadContext()
    children = [(f"['{number}\ud800']", number_leaf(number, context)) for number in range(1000)]
    tree = Tree(format="x", root=branch(children, type="a.\udfff", ordered=True), reason="\ud800")
    rows, leaves = to_rows(tree, "")
    assert tree == from_rows(rows, lambda *_: None)
    assert 1000 == len(leaves)


def test_a_content_that_is_no_longer_open_does_not_look_as_if_it_had_ended():
    replies, writes = os.pipe()
    try:
        _Child(0, writes).answer(FrameKind.NEXT, bytearray((7).to_bytes(8, "big")))
        kind, _ = receive(replies)
    finally:
        os.close(replies)
        os.close(writes)
    assert FrameKind.FAILED is kind
