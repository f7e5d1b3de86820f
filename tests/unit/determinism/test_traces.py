# SPDX-License-Identifier: Apache-2.0
"""Laws of reading traces from a folder that a hostile step can write to."""

from __future__ import annotations

import json
import os

import pytest

from repro_action.determinism.traces import MAX_BYTES, MAX_FILES, MAX_MARKS, read_trace, read_traces
from repro_action.observation import LeafMark, TracedCall


def header(pid=7, parent=1, lineage=""):
    return {"version": 1, "pid": pid, "parent": parent, "lineage": lineage, "python": "3.11.7"}


def call(function="train.split", thread="", **more):
    marks = [["[0]", "0f" * 8, "float64 (2,) 1.0, 2.0"]]
    entry = {"f": function, "p": "train.py", "l": 3, "c": "train.py:9", "t": thread, "m": marks}
    return {**entry, **more}


END = {"end": True, "left_out": 0}


def write(folder, *lines, name="7-1.trace"):
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / name).write_text("".join(text + "\n" for text in texts))


def names(folder):
    return [read_trace.function for read_trace in read_traces(folder)]


def test_a_good_trace_is_read_whole(tmp_path):
    write(tmp_path, header(), call(), END)
    trace = read_trace(tmp_path)
    mark = LeafMark(path="[0]", digest="0f" * 8, text="float64 (2,) 1.0, 2.0")
    expected = TracedCall(function="train.split", file="train.py", line=3, marks=(mark,), caller="train.py:9")
    assert ((expected,), ()) == (trace.calls, trace.notes)


def test_a_folder_that_is_missing_or_empty_holds_no_call(tmp_path):
    assert () == read_traces(tmp_path)
    assert () == read_traces(tmp_path / "missing")


@pytest.mark.parametrize("name", [".7-1.trace", "7-1.json", "7-1.trace.tmp", "-1.trace"])
def test_files_with_other_names_are_no_traces(tmp_path, name):
    write(tmp_path, header(), call(), name=name)
    assert () == read_traces(tmp_path)


def test_what_a_process_wrote_before_it_was_killed_is_kept(tmp_path):
    write(tmp_path, header(), call(), json.dumps(call())[:40])
    trace = read_trace(tmp_path)
    assert 1 == len(trace.calls)
    assert ("7-1.trace: 1 lines are not calls", "7-1.trace: the process ended without notice") == trace.notes


def test_what_the_hook_left_out_is_reported(tmp_path):
    write(tmp_path, header(), {"end": True, "left_out": 12})
    assert ("7-1.trace: 12 calls were left out",) == read_trace(tmp_path).notes


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "[" * 100_000, '{"version": 2}', "\x00", '{"version": 1, "pid": -1}']
)
def test_what_is_no_trace_is_refused_with_a_reason(tmp_path, text):
    (tmp_path / "7-1.trace").write_text(text)
    trace = read_trace(tmp_path)
    assert () == trace.calls
    assert 1 == len(trace.notes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"p": "/etc/passwd"},
        {"p": "../outside.py"},
        {"p": ""},
        {"l": -1},
        {"l": True},
        {"l": "3"},
        {"f": 7},
        {"m": {}},
        {"m": [["a", "b"]]},
        {"m": [["a", "not hexadecimal", "c"]]},
        {"m": [["a", "0f", 3]]},
        {"m": [["", "0f", ""]] * (MAX_MARKS + 1)},
    ],
)
def test_an_entry_that_is_wrong_is_refused_and_the_others_stay(tmp_path, wrong):
    write(tmp_path, header(), call("first"), call(**wrong), call("last"), END)
    trace = read_trace(tmp_path)
    assert ["first", "last"] == [item.function for item in trace.calls]
    assert ("7-1.trace: 1 lines are not calls",) == trace.notes


def test_control_characters_never_come_through_and_texts_are_bounded(tmp_path):
    write(tmp_path, header(), call("\x1b[31mred\u202e" + "x" * 9000, m=[["\x07", "", "\n" * 9000]]), END)
    (value,) = read_traces(tmp_path)
    assert value.function.startswith("\ufffd[31mred\ufffd")
    assert 500 == len(value.function)
    assert ("\ufffd", "\ufffd" * 200) == (value.marks[0].path, value.marks[0].text)


def test_a_pipe_a_link_and_a_huge_file_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "1-1.trace")
    write(tmp_path, header(), call(), name="elsewhere")
    (tmp_path / "2-1.trace").symlink_to(tmp_path / "elsewhere")
    with (tmp_path / "3-1.trace").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    trace = read_trace(tmp_path)
    assert () == trace.calls
    assert 3 == len(trace.notes)


def test_too_many_files_are_counted(tmp_path):
    for number in range(MAX_FILES + 3):
        write(tmp_path, header(pid=number), END, name=f"{number}-1.trace")
    assert (f"3 of {MAX_FILES + 3} traces were not read",) == read_trace(tmp_path).notes


def test_the_main_thread_comes_first_and_the_others_by_name(tmp_path):
    write(tmp_path, header(), call("b", "two"), call("a", "one"), call("main"), call("c", "two"), END)
    assert ["main", "a", "b", "c"] == names(tmp_path)


@pytest.mark.parametrize("pids", [(5, 6, 7), (7, 5, 6), (6, 7, 5)])
def test_processes_are_ordered_by_how_they_were_made_and_never_by_their_numbers(tmp_path, pids):
    main, first, second = pids
    write(tmp_path, header(main), call("main"), END, name=f"{main}-30.trace")
    write(tmp_path, header(second, main, "/2"), call("second"), END, name=f"{second}-10.trace")
    write(tmp_path, header(first, main, "/1"), call("first"), END, name=f"{first}-20.trace")
    assert ["main", "first", "second"] == names(tmp_path)


def test_programs_that_follow_each_other_are_ordered_by_time(tmp_path):
    write(tmp_path, header(9), call("early"), END, name="9-1000.trace")
    write(tmp_path, header(3), call("late"), END, name="3-20000.trace")
    assert ["early", "late"] == names(tmp_path)


def test_processes_that_claim_to_be_each_others_parents_are_read_all_the_same(tmp_path):
    write(tmp_path, header(5, 6), call("a"), END, name="5-1.trace")
    write(tmp_path, header(6, 5), call("b"), END, name="6-1.trace")
    assert {"a", "b"} == set(names(tmp_path))
