# SPDX-License-Identifier: Apache-2.0
"""JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from work import counted

from repro_action.compare.difference import DifferingLeaf
from repro_action.compare.elements import compare_elements
from repro_action.listing import flatten
from repro_action.readers import HEAD, read_source, reader_for
from repro_action.readers.arrays import array_leaf
from repro_action.readers.protocol import BytesSource, Limits, ReadContext
from repro_action.report.build.artifacts import leaf_difference
from repro_action.tree import Kind


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    return read_source(BytesSource("m.json", data), ReadContext(nest=read_source))


def test_it_is_recognized_by_its_suffix():
    assert "json" == reader_for(BytesSource("a.JSON", b"{}"), b"{}").name
    assert "text" == reader_for(BytesSource("a.txt", b"{}"), b"{}"[:HEAD]).name


def test_order_of_keys_and_white_space_do_not_count():
    assert read('{"a": 1, "b": [1.5, true]}').root == read('{ "b":[1.5,true],\n"a":1 }').root


def test_one_changed_value_changes_one_leaf():
    before, after = (flatten(read(f'{{"a": 1, "b": {{"c": {value}, "d": 3}}}}').root) for value in (1, 2))
    assert ["['b']['c']"] == [path for path in before if before[path] != after[path]]


@pytest.mark.parametrize(
    ("value", "array"),
    [
        ([1, 2, 3], np.array([1, 2, 3], "<i8")),
        ([1.0, 2.5], np.array([1, 2.5], "<f8")),
        ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]], "<i8")),
        ([True, False], np.array([True, False])),
        ([float("nan"), float("inf")], np.array([np.nan, np.inf])),
    ],
)
def test_lists_of_numbers_are_one_array(value, array):
    assert array_leaf(array, ReadContext()) == read(json.dumps(value)).root


def test_a_hundred_thousand_predictions_are_one_leaf():
    values = np.random.default_rng(0).random(100_000)
    assert array_leaf(values, ReadContext()) == read(json.dumps({"p": values.tolist()})).root.children[0][1]


@pytest.mark.parametrize(
    "text",
    [
        "[1, true]",
        "[1, null]",
        '[1, "a"]',
        "[[1], [1, 2]]",
        "[9223372036854775808]",
        "[9007199254740993, 0.5]",
    ],
)
def test_mixed_lists_keep_each_element(text):
    assert (
        "[0]" in flatten(read(text).root)
        or "[0][0]" in flatten(read(text).root)
        or "[1]" in flatten(read(text).root)
    )


def test_lists_of_texts_are_one_array_of_texts():
    leaf = read('["a", "b\\nc"]').root
    assert ("text", (2,)) == (leaf.dtype, leaf.shape)


def test_empty_list_empty_object_and_null_differ():
    assert 4 == len({read(text).root.digest for text in ("[]", "{}", "null", '""')})


def test_big_numbers_are_kept_as_text():
    leaf = read("123456789012345678901234567890").root
    assert (Kind.NUMBER, "123456789012345678901234567890") == (leaf.kind, leaf.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1, "a": 2}', "twice"),
        ("{", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        ("[" * 100_000, "nested more than"),
        ("[" * 500 + "]" * 500, "nested more than"),
        ('{"a":' * 300 + "1" + "}" * 300, "nested more than"),
        ("1" * 5000, "not valid JSON"),
        ("[" + "[]," * 3_000_000 + "[]]", "too large to be read as leaves: its values need"),
    ],
    ids=["duplicate", "cut", "no text", "deep", "deeper than allowed", "deep objects", "digits", "many"],
)
def test_what_is_hostile_or_malformed_falls_back_with_a_reason(text, reason):
    with counted() as work:
        tree = read(text)
    assert "bytes" == tree.format
    assert reason in tree.reason
    assert work.calls < 100_000
    assert work.cpu < 2  # 0.05 as measured


def test_a_long_list_of_records_is_a_table_and_a_short_one_is_not():
    lists = [read(json.dumps([{"a": n, "b": "x"} for n in range(count)])).root for count in (16, 17)]
    assert ["", "records"] == [root.type for root in lists]
    assert {"", "[*]['a']", "[*]['b']"} == set(flatten(lists[1]))


def test_a_difference_in_a_table_of_records_names_row_and_key():
    before, after = (
        flatten(
            read(json.dumps({"records": [{"id": n, "loss": n + (n == 5) * more} for n in range(30)]})).root
        )
        for more in (0.0, 0.5)
    )
    path = "['records'][*]['loss']"
    assert [path] == [found for found in before if before[found] != after[found]]
    line = leaf_difference(
        DifferingLeaf(
            path=path,
            before=before[path],
            after=after[path],
            elements=compare_elements(before[path], after[path]),
        )
    )
    assert ("['records'][5]['loss']", 1, 0.5) == (
        line.magnitude.first,
        line.magnitude.differing,
        line.magnitude.max_abs,
    )


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        ([1, None, 3], "<f8"),
        ([1.5, None, 3], "<f8"),
        ([1, "a", None], "json"),
        (["a", "b", None], "json"),
        ([{"x": 1}, {"x": 2}, {"x": 3}], "<i8"),
        ([[1, 2], [3, 4], [5, 6]], "<i8"),
        ([2**63, 1, 2], "json"),
    ],
)
def test_a_column_is_an_array_of_what_its_cells_are(cells, dtype):
    root = read(json.dumps([{"a": cell} for cell in cells * 6])).root
    assert [dtype] == [leaf.dtype for path, leaf in flatten(root).items() if path]


def test_lists_of_unlike_form_stay_records_until_there_are_very_many():
    few, many = (read(json.dumps([{"a": [1] * (n % 3)} for n in range(count)])).root for count in (100, 3000))
    assert ["", "records"] == [few.type, many.type]


def test_a_large_object_of_numbers_is_a_table_of_keys_and_values():
    root = read(json.dumps({"p": {str(n): n / 3 for n in range(20_000)}})).root
    assert {"['p']", "['p'][keys]", "['p'][*]"} == set(flatten(root))


def test_fifty_megabytes_of_records_are_within_the_bounds():
    limits = replace(Limits(), memory=1 << 20)
    text = json.dumps([{"id": n, "loss": n / 7, "name": f"run {n}"} for n in range(8_000)])
    tree = read_source(BytesSource("m.json", text.encode()), ReadContext(limits=limits))
    assert ("json", "records") == (tree.format, tree.root.type)
