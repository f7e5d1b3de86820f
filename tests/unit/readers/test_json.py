# SPDX-License-Identifier: Apache-2.0
"""JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from work import counted

from repro_action.listing import flatten
from repro_action.readers import HEAD, read_source, reader_for
from repro_action.readers.arrays import array_leaf
from repro_action.readers.protocol import BytesSource, ReadContext
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
        ("[" + "[]," * 3_000_000 + "[]]", "values need more than"),
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
