# SPDX-License-Identifier: Apache-2.0
"""Laws of reading observations from a file that a hostile step can write, and of telling them."""

from __future__ import annotations

import json

import pytest

from repro_action.determinism.observations import MAX_OBSERVATIONS, merge, parse
from repro_action.determinism.read import merge as merge_reports
from repro_action.determinism.read import read_reports
from repro_action.findings.observed import Agreement, seeded, suspicious, unseeded
from repro_action.observation import Observation, ObservationKind

GOOD = {
    "kind": "generator",
    "what": "numpy.random.default_rng()",
    "file": "lib/train.py",
    "line": 12,
    "detail": "",
    "count": 3,
    "seeded": False,
    "missing": False,
}


def read(value):
    refused: list[str] = []
    return parse(value, refused.append), refused


def seen(kind, what="f()", **extra):
    return Observation(kind=ObservationKind(kind), what=what, **{"file": "train.py", "line": 1, **extra})


def test_a_good_observation_is_read_whole():
    expected = Observation(
        kind=ObservationKind.GENERATOR,
        what="numpy.random.default_rng()",
        file="lib/train.py",
        line=12,
        count=3,
    )
    assert ((expected,), []) == read([GOOD])


def test_a_report_of_an_older_hook_has_none():
    assert ((), []) == read(None)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "guess"},
        {"kind": ["read"]},
        {"what": 7},
        {"file": "/etc/passwd"},
        {"file": "../train.py"},
        {"file": "a//b.py"},
        {"file": "a\nb.py"},
        {"line": -1},
        {"line": True},
        {"line": 2**40},
        {"line": "12"},
        {"count": 0},
        {"count": 1.5},
        {"seeded": 1},
        {"missing": None},
        {"detail": {}},
    ],
)
def test_what_has_another_form_is_refused_and_said_so(change):
    found, refused = read([{**GOOD, **change}, GOOD])
    assert 1 == len(found)
    assert ["1 entries do not have the expected form"] == refused


@pytest.mark.parametrize("value", [{}, "x", 7, [GOOD] * (MAX_OBSERVATIONS + 1)])
def test_what_is_no_bounded_list_is_refused_whole(value):
    found, refused = read(value)
    assert () == found
    assert refused


def test_texts_are_cut_and_cannot_steer_a_terminal():
    (found,), _ = read([{**GOOD, "what": "\x1b[31m\u202e" + "x" * 10_000, "detail": "\ud800"}])
    assert "\x1b" not in found.what
    assert "\u202e" not in found.what
    assert len(found.what) <= 4096
    assert "\N{REPLACEMENT CHARACTER}" == found.detail


def test_the_same_line_of_several_processes_is_one_observation():
    assert ((seen("clock", count=7),), 0) == merge([(seen("clock", count=2),), (seen("clock", count=5),)])


def test_what_is_too_much_loses_reads_first_and_is_counted():
    reads = tuple(seen("read", detail=str(number)) for number in range(MAX_OBSERVATIONS))
    kept, left = merge([reads, (seen("generator"),)])
    assert (MAX_OBSERVATIONS, 1) == (len(kept), left)
    assert seen("generator") in kept


def test_observations_of_a_report_reach_the_merged_one_and_refusals_its_errors(tmp_path):
    for name, value in (("1-1.json", [GOOD, {"kind": 1}]), ("2-1.json", [GOOD])):
        table = {"version": 1, "python": "3.11.7", "observations": value}
        (tmp_path / name).write_text(json.dumps(table))
    merged = merge_reports(read_reports(tmp_path))
    assert [6] == [item.count for item in merged.observations]
    assert ("1-1.json: observations refused: 1 entries do not have the expected form",) == merged.errors


def test_where_two_runs_disagree_generators_come_first_and_listings_do_not_come():
    items = [seen("clock"), seen("listing"), seen("generator"), seen("read"), seen("entropy")]
    items = [found.what for found in suspicious(items, Agreement.DISAGREE)]
    assert [
        "f() without a seed",
        "f() draws from the system",
        "f() reads the clock",
    ] == items


def test_where_two_runs_agree_only_what_another_machine_answers_is_suspected():
    items = [
        seen("clock"),
        seen("listing", detail="parts"),
        seen("generator"),
        seen("host"),
        seen("host", "os.getpid()"),
    ]
    items = [found.what for found in suspicious(items, Agreement.AGREE)]
    assert [
        "f() asks the machine about itself",
        "f() lists parts in the order of the file system",
    ] == items


def test_what_a_library_lists_in_a_temporary_folder_of_its_own_is_not_suspected():
    own = seen("listing", "keras.Model.save()", detail="/tmp/tmp3lf9oab0/assets")
    by_the_project = seen("listing", "os.listdir()", detail="/tmp/tmp3lf9oab0/assets")
    of_the_project = seen("listing", "datasets.load_dataset()", detail="parts")
    found = suspicious([own, by_the_project, of_the_project], Agreement.AGREE)
    assert [
        "datasets.load_dataset() lists parts in the order of the file system",
        "os.listdir() lists /tmp/tmp3lf9oab0/assets in the order of the file system",
    ] == [one.what for one in found]


def test_what_the_policy_seeded_is_reported_as_such_and_suspected_no_more():
    items = [seen("generator", seeded=True, line=7)]
    assert ((), ()) == (suspicious(items, Agreement.UNKNOWN), unseeded(items))
    assert ("train.py:7 f()",) == seeded(items)


def test_a_finding_has_its_step_line_count_and_remedy():
    (found,) = unseeded([seen("generator", "numpy.random.default_rng()", line=12, count=2, step="train")])
    assert ("train", "train.py:12", "seen") == (found.step, found.location, found.evidence)
    expected = ("numpy.random.default_rng() without a seed, 2 times", "pass the seed")
    assert expected == (found.what, found.remedy)
