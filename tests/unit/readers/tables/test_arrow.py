# SPDX-License-Identifier: Apache-2.0
"""Columns of tables that pyarrow reads, by their names."""

from __future__ import annotations

import importlib
import importlib.util
import io

import pytest
from required import absent

from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, ReadContext


def written(form, names):
    if importlib.util.find_spec("pyarrow") is None:
        absent("pyarrow", "needs pyarrow")
    arrow = importlib.import_module("pyarrow")
    table = arrow.table([arrow.array([number]) for number, _ in enumerate(names)], names=names)
    file = io.BytesIO()
    if form == "parquet":
        importlib.import_module("pyarrow.parquet").write_table(table, file)
    else:
        with importlib.import_module("pyarrow.ipc").new_file(file, table.schema) as writer:
            writer.write_table(table)
    return file.getvalue()


def read(form, names):
    return read_source(BytesSource(f"a.{form}", written(form, names)), ReadContext(nest=read_source))


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
