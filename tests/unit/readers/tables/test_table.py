# SPDX-License-Identifier: Apache-2.0
"""CSV and TSV."""

from __future__ import annotations

import numpy as np
import pytest
from work import counted

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import flatten
from repro_action.readers import read_source, reader_for
from repro_action.readers.arrays import array_leaf, text_array_leaf
from repro_action.readers.protocol import BytesSource, ReadContext
from repro_action.readers.tables import arrow_file

CONTEXT = ReadContext()


def read(text, name="t.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    return read_source(BytesSource(name, data), ReadContext(nest=read_source))


def columns(text, name="t.csv"):
    """Return the leaves of the columns, without the line that holds their order."""
    leaves = flatten(read(text, name).root)
    assert leaves.pop("").dtype == "table"
    return leaves


def dtypes(text, name="t.csv"):
    return {path: leaf.dtype for path, leaf in columns(text, name).items()}


def test_it_is_recognized_by_its_suffix():
    assert ["table", "table", "text"] == [
        reader_for(BytesSource(name, b"a,b"), b"a,b").name for name in ("a.CSV", "a.tsv", "a.txt")
    ]


def test_each_column_is_a_leaf_of_its_type():
    leaves = columns("age,score,name\n1,0.5,x\n2,3,y\n")
    assert {
        "age": array_leaf(np.array([1, 2]), CONTEXT),
        "score": array_leaf(np.array([0.5, 3.0]), CONTEXT),
        "name": text_array_leaf(["x", "y"], CONTEXT),
    } == leaves


def test_a_separator_that_the_suffix_does_not_name_is_another_format():
    assert ["table", "table", "table separated by ';'"] == [
        read(text, name).format
        for text, name in (("a,b\n", "t.csv"), ("a\tb\n", "t.tsv"), ("a;b\n", "t.csv"))
    ]


def test_quotes_line_ends_and_a_byte_order_mark_do_not_count():
    assert read("a,b\n1,x\n2,y").root == read(b'\xef\xbb\xbf"a",b\r\n1,"x"\r\n"2",y\r\n').root


def test_quoted_cells_hold_separators_quotes_and_line_feeds():
    leaves = flatten(read('a,b\n"x,""y""\nz",1\n').root)
    assert text_array_leaf(['x,"y"\nz'], CONTEXT) == leaves["a"]


def test_order_of_rows_and_of_columns_is_content():
    base = read("a,b\n1,2\n3,4\n").root.digest
    assert base not in {read("b,a\n2,1\n4,3\n").root.digest, read("a,b\n3,4\n1,2\n").root.digest}


def test_another_order_of_columns_is_a_difference_of_one_leaf():
    before, after = (flatten(read(text).root) for text in ("a,b\n1,2\n", "b,a\n2,1\n"))
    assert [""] == [path for path in before if before[path] != after[path]]


def test_one_changed_cell_changes_one_leaf():
    before, after = (flatten(read(f"a,b\n1,x\n2,{cell}\n").root) for cell in "yz")
    assert ["b"] == [path for path in before if before[path] != after[path]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,2\n3,4\n", {"[0]": "<i8", "[1]": "<i8"}),
        ("a,a\nx,y\n", {"[0]": "text", "[1]": "text"}),
        (",a\n0,1\n", {"(unnamed)": "<i8", "a": "<i8"}),
        (",(unnamed)\n0,1\n", {"(unnamed)": "<i8", "['(unnamed)']": "<i8"}),
        ("a,b\n", {"a": "<i8", "b": "<i8"}),
        ("a;b\n1;2\n", {"a": "<i8", "b": "<i8"}),
    ],
    ids=[
        "numbers in the first row",
        "names twice",
        "index of pandas",
        "such a name",
        "header only",
        "semicolons",
    ],
)
def test_the_header_follows_a_simple_rule(text, expected):
    assert expected == dtypes(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.5 1\n1.5 2\n", {"[0]": "<f8", "[1]": "<i8"}),
        ("x y\n0.5 1\n1.5 2\n", {"x": "<f8", "y": "<i8"}),
        ("x\ty\n1\t2\n", {"x": "<i8", "y": "<i8"}),
        ("x|y\n1|a b\n", {"x": "<i8", "y": "text"}),
        ("name x\nann 1\nbob 2\n", {"name": "text", "x": "<i8"}),
        ("note\nhello world\ngood bye\n", {"note": "text"}),
        ("my note\nhello world\ngood bye\n", {"my note": "text"}),
        ("my note\nhello 2\ngood bye now\n", {"my note": "text"}),
        ("x  y\n1  2\n", {"x  y": "text"}),
        ("a b,c\n1 2,3\n", {"a b": "text", "c": "<i8"}),
    ],
)
def test_another_separator_is_read_as_what_it_is(text, expected):
    assert expected == dtypes(text)


def test_tabs_separate_tsv():
    assert {"a": "<i8", "b,c": "text"} == dtypes("a\tb,c\n1\tx\n", "t.tsv")


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        (["1", "-2", "0"], "<i8"),
        (["007", "12"], "text"),
        (["1", "2.5", "1e-3", "-.5", "nan", "inf", ""], "<f8"),
        (["1", ""], "<f8"),
        (["1234567890123456789", "1"], "text"),
        (["1_000", "2"], "text"),
        (["１", "2"], "text"),  # noqa: RUF001  # a full-width digit, which float() would take
        ([" 1", "2"], "text"),
        (["True", "False"], "text"),
    ],
)
def test_a_column_is_numeric_only_where_no_digit_is_lost(cells, dtype):
    rows = "".join(f'"{cell}",x\n' for cell in cells)
    assert dtype == dtypes(f"a,b\n{rows}")["a"]


def test_an_empty_cell_is_not_a_nan():
    empty, nan = (flatten(read(f"a,b\n1.5,x\n{cell},y\n").root)["a"] for cell in ("", "nan"))
    assert empty.digest != nan.digest
    assert (1, 1) == (empty.stats.nan, nan.stats.nan)


def test_a_column_that_turns_into_text_late_is_text_from_the_start():
    rows = [str(index) for index in range(100_000)]
    leaf = flatten(read("\n".join(["a", *rows, "end"]) + "\n").root)["a"]
    assert text_array_leaf([*rows, "end"], CONTEXT) == leaf


@pytest.mark.parametrize("size", [8, 1000, 1 << 20])
def test_content_of_a_column_is_read_again_from_the_file(size):
    leaf = flatten(read("a,b\n" + "".join(f"{index},x{index}\n" for index in range(50_000))).root)["a"]
    chunks = [bytes(chunk) for chunk in leaf.payload.chunks(size)]
    assert np.arange(50_000).astype("<i8").tobytes() == b"".join(chunks)
    assert {size} >= {len(chunk) for chunk in chunks[:-1]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a,b\n1\n", "1 cells"),
        ('a,b\n"x"y,1\n', "expected"),
        ("a,b\n" + "x" * (2 << 20), "longer than"),
        ("", ""),
    ],
    ids=["ragged", "quotes", "long", "empty"],
)
def test_what_is_no_table_is_text_with_a_reason(text, reason):
    tree = read(text)
    assert "text" == tree.format
    assert reason in tree.reason


def test_a_field_of_a_hundred_megabytes_ends_soon(tmp_path):
    with counted() as work:
        tree = read(b'a,b\n"' + b"x\n" * (50 << 20) + b'",1\n')
    assert "field larger" in tree.reason
    assert work.calls < 50_000
    assert work.cpu < 5  # 0.4 as measured


def test_bytes_that_are_no_text_fall_back_with_a_reason():
    tree = read(b"a,b\n1,\xff\xff\n")
    assert ("bytes", True) == (tree.format, "UTF-8" in tree.reason)


@pytest.mark.parametrize("names", [["a", "a"], ["a", "b", "a"], [str(n) for n in range(200_000)]])
def test_columns_of_one_name_and_very_many_are_not_read(names):
    with pytest.raises(ArtifactUnreadable, match="too many columns, or two with the same name"):
        arrow_file._checked_names(names)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_columns_of_numbers_have_their_own_contents_whichever_is_read_first(order):
    leaves = [node for _, node in read("id,label,score\n892,0,5\n893,1,6\n").root.children]
    found = {
        index: np.frombuffer(b"".join(map(bytes, leaves[index].payload.chunks(64))), "<i8").tolist()
        for index in order
    }
    assert {0: [892, 893], 1: [0, 1], 2: [5, 6]} == found
