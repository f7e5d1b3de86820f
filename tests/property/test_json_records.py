# SPDX-License-Identifier: Apache-2.0
"""JSON read as tables tells apart exactly what JSON read record by record tells apart."""

from __future__ import annotations

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from repro_action.readers import read_source
from repro_action.readers.json import records as json_records
from repro_action.readers.protocol import BytesSource, ReadContext

scalars = st.sampled_from(
    [
        0,
        1,
        -1,
        1.0,
        0.0,
        -0.0,
        0.5,
        True,
        False,
        None,
        "",
        "1",
        "a",
        "null",
        2**53,
        2**53 + 1,
        2**63,
        float("nan"),
        float("inf"),
    ]
)
cells = st.one_of(
    scalars,
    st.lists(st.sampled_from([1, 2.0, "a", None]), max_size=2),
    st.dictionaries(st.sampled_from("ab"), scalars, max_size=2),
)


def record(column):
    return st.dictionaries(st.sampled_from("abc"), column, max_size=3)


def read(value, *, tables):
    source = BytesSource("m.json", json.dumps(value).encode())
    return read_source(source, ReadContext(nest=read_source, tables=tables)).root


many = st.builds(
    lambda first, rest: [*([first] * json_records.RECORDS), *rest],
    record(cells),
    st.lists(record(cells), max_size=3),
)


@settings(max_examples=80)
@given(many, many, st.integers(min_value=0, max_value=19), record(cells))
@example([{"a": 1}] * 20, [{"a": 1}] * 20, 3, {"a": 1.0})
@example([{"a": 1, "b": 2}] * 20, [{"a": 1, "b": 2}] * 20, 3, {"a": 1})
@example([{"a": 1}] * 20, [{"a": 1}] * 20, 3, {"a": None})
@example([{"a": {"b": 0.0}}] * 20, [{"a": {"b": 0.0}}] * 20, 3, {"a": {"b": -0.0}})
@example([{"a": "1"}] * 20, [{"a": "1"}] * 20, 3, {"a": 1})
def test_two_lists_of_records_are_the_same_table_only_where_they_are_the_same_records(one, other, place, new):
    changed = [*one]
    changed[place % len(one)] = new
    for left, right in ((one, other), (one, changed)):
        records = read(left, tables=False).digest == read(right, tables=False).digest
        assert records == (read(left, tables=True).digest == read(right, tables=True).digest)


@settings(max_examples=10, deadline=None)
@given(
    st.dictionaries(st.text(max_size=3), scalars, min_size=1, max_size=5),
    st.dictionaries(st.text(max_size=3), scalars, min_size=1, max_size=5),
)
def test_two_objects_of_many_entries_are_the_same_table_only_where_they_are_the_same(one, other):
    filler = {f"entry {number}": number for number in range(json_records.ENTRIES)}
    left, right = ({**filler, **value} for value in (one, other))
    same = read(left, tables=False).digest == read(right, tables=False).digest
    assert same == (read(left, tables=True).digest == read(right, tables=True).digest)
