# SPDX-License-Identifier: Apache-2.0
"""Columns of tables that pyarrow reads, by their names."""

from __future__ import annotations

import importlib
import importlib.util
import io
import json

import pytest
from required import absent

from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, ReadContext


def arrow():
    if importlib.util.find_spec("pyarrow") is None:
        absent("pyarrow", "needs pyarrow")
    return importlib.import_module("pyarrow")


def named(names):
    return arrow().table([arrow().array([number]) for number, _ in enumerate(names)], names=names)


def written(form, table):
    file = io.BytesIO()
    if form == "parquet":
        importlib.import_module("pyarrow.parquet").write_table(table, file)
    else:
        with importlib.import_module("pyarrow.ipc").new_file(file, table.schema) as writer:
            writer.write_table(table)
    return file.getvalue()


def read(form, names):
    return read_table(form, named(names))


def read_table(form, table):
    return read_source(BytesSource(f"a.{form}", written(form, table)), ReadContext(nest=read_source))


@pytest.mark.parametrize("form", ["parquet", "arrow"])
@pytest.mark.parametrize("more", [(), ("a.b",)], ids=["one at a time", "all at once"])
def test_a_column_called_what_one_without_a_name_is_shown_as_is_another(form, more):
    nameless, called, both = (
        read(form, [*names, *more]) for names in ([""], ["(unnamed)"], ["", "(unnamed)"])
    )
    assert ["arrow"] * 3 == [one.format for one in (nameless, called, both)]
    assert nameless.root != called.root
    assert both.root != read(form, ["(unnamed)", "", *more]).root


def test_two_columns_with_one_name_are_not_guessed_apart():
    assert "arrow: it has too many columns, or two with the same name" == read("arrow", ["a", "a"]).reason


RANGE = {"kind": "range", "name": None, "start": 0, "stop": 1, "step": 1}
PLAIN = {
    "index_columns": [RANGE],
    "column_indexes": [{"name": None, "pandas_type": "unicode", "numpy_type": "object"}],
    "columns": [{"name": "a", "field_name": "a", "pandas_type": "int64", "numpy_type": "int64"}],
    "pandas_version": "2.3.3",
}


@pytest.mark.parametrize("form", ["parquet", "arrow"])
@pytest.mark.parametrize(
    "change",
    [
        {"index_columns": [{**RANGE, "start": 5}]},
        {"index_columns": ["a"]},
        {"column_indexes": [{"name": "n", "pandas_type": "unicode"}]},
        {"column_indexes": [{"name": None, "pandas_type": "int64"}]},
        {"columns": [{"name": "a", "field_name": "a", "numpy_type": "Int64"}]},
    ],
    ids=["where the index starts", "a column", "name of columns", "numbers for names", "nullable"],
)
def test_what_pandas_loads_another_frame_by_is_content(form, change):
    def noted(notes):
        return read_table(form, named(["a"]).replace_schema_metadata({"pandas": json.dumps(notes)}))

    assert noted(PLAIN).root == read(form, ["a"]).root
    assert noted({**PLAIN, "pandas_version": "3.0.0"}).root == noted(PLAIN).root
    assert noted({**PLAIN, **change}).root != noted(PLAIN).root


def test_notes_for_pandas_that_are_malformed_leave_the_table_unread():
    for notes in (b"[", b"[1]", b'{"index_columns": 3}'):
        table = named(["a"]).replace_schema_metadata({"pandas": notes})
        assert "its notes for pandas" in read_table("parquet", table).reason


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_categories_and_their_order_are_content(form):
    def of(codes, values, ordered=False):
        column = arrow().DictionaryArray.from_arrays(codes, values, ordered=ordered)
        return read_table(form, arrow().table({"a": column}))

    one = of([0, 1], ["x", "y"])
    others = [of([1, 0], ["y", "x"]), of([0, 1], ["x", "y"], ordered=True), of([0, 0], ["x", "y"])]
    plain = read_table(form, arrow().table({"a": ["x", "y"]}))
    assert 5 == len({str(tree.root.digest) for tree in (one, plain, *others)})
    assert one.root == of([0, 1], ["x", "y"]).root
