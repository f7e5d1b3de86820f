# SPDX-License-Identifier: Apache-2.0
"""Tables read by NumPy are what `csv` and `float` make of them, cell by cell."""

from __future__ import annotations

import csv
import io
import re
import struct

import numpy as np
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from repro_action.listing import flatten
from repro_action.readers import read_source
from repro_action.readers.arrays import array_leaf, text_array_leaf
from repro_action.readers.protocol import BytesSource, ReadContext
from repro_action.readers.tables.cells import IrregularTable, grids
from repro_action.readers.tables.decimals import AHEAD, quotients, read_decimals
from repro_action.readers.tables.text_values import MISSING, TextColumn

CONTEXT = ReadContext()

numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(min_value=-1000, max_value=1000).map(repr),
    st.integers(min_value=-(10**19), max_value=10**19).map(str),
    st.integers(min_value=0, max_value=99).map(str),
    st.from_regex(r"-?[0-9]{0,12}\.?[0-9]{0,22}", fullmatch=True),
    st.sampled_from(
        ["", "nan", "-inf", "007", "1e5", "-0", "-0.0", "+1.5", ".5", "5.", "1_0", " 1", "0x1", "٣"]
    ),
)
texts = st.text(st.sampled_from('ab1.,;"\\\n\r é'), max_size=5)
lines = st.sampled_from(["\n", "\r\n"])


@st.composite
def tables(draw):
    """Draw a table as text, and its rows."""
    kinds = draw(st.lists(st.sampled_from([numbers, texts]), min_size=1, max_size=3))
    rows = draw(st.lists(st.tuples(*kinds), max_size=20))
    if draw(st.booleans()):
        rows.insert(0, tuple(f"name {index}" for index in range(len(kinds))))
    out = io.StringIO()
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    csv.writer(out, lineterminator=draw(lines), quoting=quoting).writerows(rows)
    return out.getvalue()


def reference(text):
    """Read as the documentation says, cell by cell; None for what is no table."""
    rows = [row or [""] for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    if len(set(map(len, rows))) != 1:
        return None
    if rows[0][0].startswith("name"):
        rows = rows[1:]
        names = [f"name {index}" for index in range(len(next(csv.reader(io.StringIO(text)))))]
    else:
        names = [f"[{index}]" for index in range(len(rows[0]))]
    found = {}
    for index, name in enumerate(names):
        cells = [row[index] for row in rows]
        column = TextColumn(name)
        if cells:
            column.look(cells)
        if column.whole:
            found[name] = array_leaf(np.array([int(cell) for cell in cells], "<i8"), CONTEXT)
        elif column.real:
            bits = [
                struct.unpack("<Q", struct.pack("<d", float(cell)))[0] if cell else MISSING for cell in cells
            ]
            found[name] = array_leaf(np.array(bits, "<u8").view("<f8"), CONTEXT)
        else:
            found[name] = text_array_leaf(cells, CONTEXT)
    return found


@settings(max_examples=60)
@given(tables())
@example("name 0\r\n1.5\r\n\r\n")
@example('name 0,name 1\n"a""b",1\n"1.5","2"\n')
@example("name 0\n1\n2\n0.5\n")
@example("name 0\n123456789012345678\n0.5\n")
def test_a_table_is_read_leaf_by_leaf_as_csv_and_float_read_it(text):
    assume(text)
    first = next(csv.reader(io.StringIO(text, newline="")))
    assume(first and (first[0].startswith("name") or not _may_be_a_header(first)))
    expected = reference(text)
    assume(expected is not None)
    leaves = flatten(read_source(BytesSource("t.csv", text.encode()), CONTEXT).root)
    assert leaves.pop("").dtype == "table"
    assert expected == leaves
    for path, leaf in leaves.items():
        assert b"".join(map(bytes, leaf.payload.chunks(7))) == b"".join(
            map(bytes, expected[path].payload.chunks(7))
        )


def _may_be_a_header(first):
    return not any(_number(cell) for cell in first)


def _number(cell):
    column = TextColumn("")
    column.look([cell])
    return bool(cell) and (column.whole or column.real)


@settings(max_examples=60)
@given(
    st.binary(max_size=60).map(lambda data: data.translate(bytes(b'a1.,"\n\r\\'[n % 8] for n in range(256))))
)
@example(b"a,1\n.1,a\r\n")
def test_cells_that_numpy_finds_are_those_that_csv_finds(data):
    text = data.decode()
    try:
        rows = [row or [""] for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error:
        rows = []
    width = len(rows[0]) if rows else 1
    try:
        found = list(grids(BytesSource("t.csv", data), ",", width, CONTEXT))
    except IrregularTable:
        # Only what is not of plain form may be left to `csv`.
        assert '"' in text or "\r" in text.replace("\r\n", "") or len(set(map(len, rows))) > 1
        return
    cells = [
        [grid.text(column, row) for column in range(width)]
        for grid in found
        for row in range(grid.starts.shape[1])
    ]
    assert rows == cells


DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17}|[0-9]{1,8}\.[0-9]{1,11})", re.ASCII)
SHORT = re.compile(r"-?(0|[1-9][0-9]{0,14}|[0-9]{1,8}\.[0-9]{1,7})", re.ASCII)
"""So few digits that all of them are below 2**53."""


@settings(max_examples=60)
@given(st.lists(numbers, min_size=1, max_size=30))
@example(["0.5", "12", "-1.25", "-0"])
@example(["9007199254740993", "0.1", "0.30000000000000004", "1234567890.123456789", "18014398509481985.0"])
def test_decimals_are_bit_for_bit_what_float_makes_of_them(cells):
    text = "\n".join(cells).encode()
    data = np.frombuffer(b"\n" * AHEAD + text + b"\n", np.uint8)
    sizes = [len(cell.encode()) for cell in cells]
    starts = AHEAD + np.cumsum([0, *(size + 1 for size in sizes[:-1])])
    points = np.array(
        [
            start + cell.encode().rfind(b".") if "." in cell else -1
            for start, cell in zip(starts, cells, strict=True)
        ]
    )
    found = read_decimals(data, starts, starts + np.array(sizes), points)
    values, unsure = quotients(found)
    if all(map(SHORT.fullmatch, cells)):
        assert not unsure.any()
    for cell, value, plain, open_ in zip(cells, values.tolist(), found.plain, unsure, strict=True):
        if plain:
            assert _number(cell)
        else:
            assert not DECIMAL.fullmatch(cell)
        if plain and not open_:
            assert struct.pack("<d", float(cell)) == struct.pack("<d", value)
