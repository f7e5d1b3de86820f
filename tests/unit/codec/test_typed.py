# SPDX-License-Identifier: Apache-2.0
"""Laws of the typed reader and writer, whatever the document."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from golden.report.cases import CASES

from repro_action.codec.typed.document import DocumentMismatch, read, write
from repro_action.codec.typed.layout import DocumentLayout
from repro_action.codec.typed.shorten import shortened
from repro_action.report.json import report as json_report
from repro_action.report.json.layout import LARGEST
from repro_action.report.model import MetricRow, State
from repro_action.tree import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    key: str
    sizes: tuple[int, ...] = ()
    ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    name: str
    values: Mapping[str, Scalar] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    note: str = ""


PLAIN = DocumentLayout(keyed={Part: "key"})
BOUNDED = DocumentLayout(
    longest=lambda _: 5,
    most=lambda _: 2,
    members=2,
    largest=9,
    keyed={Part: "key"},
    nonempty=frozenset({"Whole.name"}),
)
VALUE = Whole(name="x", values={"a": 1, "b": -math.inf}, parts={"p": Part(key="p", sizes=(3, 2**100))})


def test_read_undoes_write():
    document = write(VALUE, PLAIN)
    assert {"float": "-inf"} == document["values"]["b"]
    assert "key" not in document["parts"]["p"]
    assert VALUE == read(document, Whole, PLAIN)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "longer"},
        {"name": ""},
        {"name": None},
        {"values": {"a": 1, "b": 2, "c": 3}},
        {"values": {"longer": 1}},
        {"values": {"a": "longer"}},
        {"values": {"a": [1]}},
        {"values": {"a": {"float": "huge"}}},
        {"parts": {"p": {"sizes": [1, 2, 3], "ratio": None}}},
        {"parts": {"p": {"sizes": [10], "ratio": None}}},
        {"parts": {"p": {"sizes": [True], "ratio": None}}},
        {"parts": {"p": {"sizes": [], "ratio": 10**400}}},
        {"parts": {"p": {"sizes": [], "ratio": None, "key": "q"}}},
        {"more": 1},
        {"m\ud800": 1},
    ],
    ids=repr,
)
def test_what_exceeds_a_bound_or_has_another_shape_is_refused(change):
    good: dict[str, Any] = {"name": "x", "values": {}, "parts": {}, "note": ""}
    assert Whole(name="x") == read(good, Whole, BOUNDED)
    with pytest.raises(DocumentMismatch):
        read({**good, **change}, Whole, BOUNDED)


def test_keys_that_may_be_lacking_are_left_out_where_they_say_nothing():
    brief = replace_layout(optional=frozenset({"Whole.note", "Whole.values"}))
    assert {"name": "x", "parts": {}} == write(Whole(name="x"), brief)
    assert {"name": "x", "parts": {}, "note": "n"} == write(Whole(name="x", note="n"), brief)


def test_keys_that_came_later_may_be_lacking_and_are_always_written():
    later = replace_layout(added=frozenset({"Whole.note"}), renamed={"note": "remark"})
    assert "" == write(Whole(name="x"), later)["remark"]
    assert Whole(name="x") == read({"name": "x", "values": {}, "parts": {}}, Whole, later)


def replace_layout(**changes):
    return replace(PLAIN, **changes)


def test_what_is_inside_its_bounds_is_not_touched():
    report = CASES["changed_params"]
    assert (report, ()) == shortened(report, DocumentLayout())


def test_a_count_beyond_its_bound_is_cut_and_a_metric_is_not():
    report = CASES["changed_params"]
    row = MetricRow(file="m.json", name="n", state=State.DIFFERS, before=2**70, after=1, ulp=2**70)
    claim = replace(report.claim, metrics=(row,))
    kept = json_report.load(json_report.dump(replace(report, claim=claim)))
    assert (2**70, LARGEST) == (kept.claim.metrics[0].before, kept.claim.metrics[0].ulp)
    assert "parts of it were cut: ulp" in kept.warnings[-1].what
