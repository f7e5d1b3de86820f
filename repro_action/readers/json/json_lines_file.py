# SPDX-License-Identifier: Apache-2.0
"""JSON lines: one value a line, read as a table where all are objects; white space is the container's.

Objects are parsed some at a time, and what is kept of them are their columns, as arrays. Lines of other
values, and objects that make no table, are parsed as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.documents.text_file import read_text
from repro_action.readers.json.json_file import JsonBuilder
from repro_action.readers.json.packed_cells import PackedRecords
from repro_action.readers.json.parsing import check_cost, check_lines, read_text_of, unique_keys
from repro_action.readers.json.records import table_of_packed
from repro_action.readers.list_arrays import list_leaf
from repro_action.readers.protocol import ReadContext, Source, size_text, too_large
from repro_action.readers.whole import SizeLimit
from repro_action.tree import Node, Tree, branch

_BLOCK = 1 << 20
"""Bytes of lines that are parsed at a time."""

_KEPT = 8
"""Times the limit of memory that columns may take."""

_SPARSE = 64
"""Cells for each value that is there, beyond which lines are read one by one."""


class JsonLinesReader:
    """Reads `.jsonl` and `.ndjson` files."""

    name = "json lines"
    size_limit = SizeLimit(also="columns: {memory*8}, a line: {memory*16} in memory")

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix."""
        return source.name.lower().endswith((".jsonl", ".ndjson")) and b"\0" not in head

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the values; a file of which a line is none is read as text, with the reason.

        Raises:
            ArtifactUnreadable: too large, nested too deeply, or not even a text.
        """
        if not context.tables:
            # So earlier releases read it.
            return read_text(source, context)
        algorithm = context.digester.algorithm
        try:
            children = _columns(source, context)
            if children is None:
                check_cost(source, context)
                children = _children(_values(read_text_of(source), context), context)
        except ValueError as error:
            return read_text(source, context, f"json lines: {str(error)[:200]}")
        except RecursionError as error:
            raise ArtifactUnreadable(f"it is nested more than {context.limits.depth} levels deep") from error
        return Tree(format=self.name, root=branch(children, type="lines", algorithm=algorithm))


def _columns(source: Source, context: ReadContext) -> list[tuple[str, Node]] | None:
    """Return the columns of lines that are objects; None where they are not, or make no table."""
    records, left = PackedRecords(), _KEPT * context.limits.memory
    for block in _blocks(source, context):
        objects = [value for value in block if isinstance(value, dict)]
        if len(objects) < len(block):
            return None
        left -= records.add(objects)
        if len(records.columns) * records.count > _SPARSE * (records.present + context.limits.nodes):
            return None
        if left < 0:
            raise too_large("its columns take more memory", size_text(_KEPT * context.limits.memory))
    return table_of_packed(records, context)


def _blocks(source: Source, context: ReadContext) -> Iterator[list[object]]:
    """Yield the values of some lines at a time."""
    decode = json.JSONDecoder(object_pairs_hook=unique_keys).decode
    number = 0
    with source.open() as file:
        while lines := file.readlines(_BLOCK):
            context.check_time()
            check_lines(lines, context)
            values: list[object] = []
            for line in lines:
                number += 1
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                if text.strip(" \t\r\n"):
                    values.append(_value(decode, text, number))
            yield values


def _value(decode: Callable[[str], object], text: str, number: int) -> object:
    try:
        return decode(text)
    except ValueError as error:
        raise ValueError(f"line {number} is not valid JSON: {error}") from error


def _values(text: str, context: ReadContext) -> list[object]:
    decode = json.JSONDecoder(object_pairs_hook=unique_keys).decode
    values: list[object] = []
    for number, line in enumerate(text.split("\n"), 1):
        if number % 4096 == 0:
            context.check_time()
        if line.strip(" \t\r"):
            values.append(_value(decode, line, number))
    return values


def _children(values: list[object], context: ReadContext) -> list[tuple[str, Node]]:
    leaf = list_leaf(values, context)
    if leaf is not None:
        return [("[*]", leaf)]
    builder = JsonBuilder(context)
    return [(f"[{index}]", builder.node(value, 1)) for index, value in enumerate(values)]
