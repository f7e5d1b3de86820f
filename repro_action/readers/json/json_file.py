# SPDX-License-Identifier: Apache-2.0
"""JSON: the order of keys and white space are the container's.

A list of numbers, or a rectangular list of lists of them, is one array: `<i8` where every
number is whole, `<f8` where any is not (which ones are whole is content), `|b1` of booleans; a
list of texts is one array of texts. Anything else is a branch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import (
    CHUNK,
    RegionPayload,
    key_segment,
    null_leaf,
    number_leaf,
    text_leaf,
)
from repro_action.readers.json.accidental import leave_out
from repro_action.readers.json.arrays import list_leaf
from repro_action.readers.json.records import table_of_entries, table_of_records
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Node, Tree, branch

_NODE = 600
"""Bytes of memory that a leaf or branch with its digest takes, about."""

_TIMES = 20
"""Bytes of memory for each byte of a file, at most: Python's objects for the densest that people write."""


class JsonReader:
    """Reads `.json` files."""

    name = "json"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix."""
        del head
        return source.name.lower().endswith(".json")

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the value.

        Raises:
            ArtifactUnreadable: the JSON is not valid, has a key twice in an object, is too large or too deep.
        """
        value = _parse(source, context)
        excluded = leave_out(value)
        return Tree(format=self.name, root=JsonBuilder(context).node(value, 0), excluded=tuple(excluded))


def _parse(source: Source, context: ReadContext) -> object:
    check_cost(source, context)
    try:
        return json.loads(read_text_of(source), object_pairs_hook=unique_keys)
    except RecursionError as error:
        raise ArtifactUnreadable(f"it is nested more than {context.limits.depth} levels deep") from error
    except ValueError as error:
        raise ArtifactUnreadable(f"not valid JSON: {str(error)[:200]}") from error


def read_text_of(source: Source) -> str:
    """Return all of the text.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    with source.open() as file:
        return file.read().decode("utf-8-sig")


def check_cost(source: Source, context: ReadContext) -> None:
    """Refuse values that need more memory than people's files do.

    Raises:
        ArtifactUnreadable: there are too many of them, or the file is too large.
    """
    memory = context.limits.memory
    if source.size > 4 * memory:
        raise ArtifactUnreadable(f"it is larger than {4 * memory} bytes")
    allowed = max(memory, min(_TIMES * source.size, 16 * memory))
    # What parsing costs at most, from CPython's object sizes: a place in a list and a number, half of a
    # text, a list, a dictionary.
    cost = source.size
    for chunk in RegionPayload(source, 0, source.size).chunks(CHUNK):
        raw = bytes(chunk)
        cost += 40 * (raw.count(b",") + raw.count(b"\n")) + 25 * raw.count(b'"')
        cost += 64 * raw.count(b"[") + 240 * raw.count(b"{")
    if cost > allowed:
        raise ArtifactUnreadable(f"its values need more than {allowed} bytes of memory")


def unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object.

    Raises:
        ArtifactUnreadable: it has a key twice.
    """
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ArtifactUnreadable("an object has the same key twice")
    return table


@dataclass(slots=True)
class JsonBuilder:
    """Makes leaves and branches of JSON values, and counts them."""

    context: ReadContext
    nodes: int = 0

    def node(self, value: object, depth: int) -> Node:
        """Return a value as a leaf or branch; `depth` counts what encloses it.

        Raises:
            ArtifactUnreadable: too many values, or nested too deeply.
        """
        self.nodes += 1
        if self.nodes * _NODE > 4 * self.context.limits.memory:
            raise ArtifactUnreadable(f"it has more than {self.nodes - 1} values, too many to list in memory")
        if depth > self.context.limits.depth:
            raise ArtifactUnreadable(f"it is nested more than {self.context.limits.depth} levels deep")
        if self.nodes % 4096 == 0:
            self.context.check_time()
        match value:
            case None:
                return null_leaf(self.context)
            case bool() | int() | float():
                return number_leaf(value, self.context)
            case str():
                return text_leaf(value, self.context)
            case dict():
                return self._object(value, depth)
            case list():
                return self._list(value, depth)
        raise AssertionError(type(value))

    def _object(self, value: dict[str, object], depth: int) -> Node:
        table = table_of_entries(value, self.context) if self.context.tables else None
        if table is not None:
            return table
        return self._branch([(key_segment(key), self.node(item, depth + 1)) for key, item in value.items()])

    def _list(self, value: list[object], depth: int) -> Node:
        node: Node | None = list_leaf(value, self.context)
        if node is None and self.context.tables:
            node = table_of_records(value, depth, self.context)
        if node is not None:
            return node
        # An empty list must not equal an empty object.
        kind = "" if value else "list"
        return self._branch(
            [(f"[{index}]", self.node(item, depth + 1)) for index, item in enumerate(value)], kind
        )

    def _branch(self, children: list[tuple[str, Node]], kind: str = "") -> Node:
        return branch(children, type=kind, algorithm=self.context.digester.algorithm)
