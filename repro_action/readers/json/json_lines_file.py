# SPDX-License-Identifier: Apache-2.0
"""JSON lines: one value a line, read as a table where all are objects; white space is the container's."""

from __future__ import annotations

import json

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.cursor import SizeLimit
from repro_action.readers.documents.text_file import read_text
from repro_action.readers.json.json_file import JsonBuilder
from repro_action.readers.json.parsing import check_cost, read_text_of, unique_keys
from repro_action.readers.json.records import table_of_records
from repro_action.readers.list_arrays import list_leaf
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Branch, Node, Tree, branch


class JsonLinesReader:
    """Reads `.jsonl` and `.ndjson` files."""

    name = "json lines"
    size_limit = SizeLimit(copies=1, also="values: {memory*16} in memory")

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
        check_cost(source, context)
        try:
            values = _values(read_text_of(source), context)
        except ValueError as error:
            return read_text(source, context, f"json lines: {str(error)[:200]}")
        except RecursionError as error:
            raise ArtifactUnreadable(f"it is nested more than {context.limits.depth} levels deep") from error
        algorithm = context.digester.algorithm
        return Tree(
            format=self.name, root=branch(_children(values, context), type="lines", algorithm=algorithm)
        )


def _values(text: str, context: ReadContext) -> list[object]:
    decode = json.JSONDecoder(object_pairs_hook=unique_keys).decode
    values: list[object] = []
    for number, line in enumerate(text.split("\n"), 1):
        if number % 4096 == 0:
            context.check_time()
        if line.strip(" \t\r"):
            try:
                values.append(decode(line))
            except ValueError as error:
                raise ValueError(f"line {number} is not valid JSON: {error}") from error
    return values


def _children(values: list[object], context: ReadContext) -> list[tuple[str, Node]]:
    table = table_of_records(values, 0, context)
    if isinstance(table, Branch):
        return list(table.children)
    leaf = list_leaf(values, context)
    if leaf is not None:
        return [("[*]", leaf)]
    builder = JsonBuilder(context)
    return [(f"[{index}]", builder.node(value, 1)) for index, value in enumerate(values)]
