# SPDX-License-Identifier: Apache-2.0
"""Values of a parsed file as a tree: mappings and lists become branches, numbers and texts leaves.

A rectangular list of numbers, or a list of strings, is one array, as in JSON. An array of NumPy is a leaf as
it is; times and other values that a format knows come as text with the name of their type.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import (
    array_leaf,
    bytes_leaf,
    key_segment,
    null_leaf,
    number_leaf,
    stream_leaf,
    text_leaf,
)
from repro_action.readers.list_arrays import list_leaf
from repro_action.readers.protocol import ReadContext, Source, too_large
from repro_action.tree import Leaf, Node, branch

_NODE = 600
"""Bytes of memory that a leaf or branch with its digest takes, about."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Labelled:
    """A text or bytes of a type that only its format has.

    Attributes:
        type: its name.
        value: the content.
    """

    type: str
    value: str | bytes

    def __repr__(self) -> str:
        """Return what a path shows of it where it is a key."""
        return f"!{self.type} {self.value!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayRegion:
    """An array that lies in a file as it is digested.

    Attributes:
        source: the file.
        offset: of its first byte.
        dtype: NumPy's name, little-endian.
        shape: of the array.
        nbytes: its length.
    """

    source: Source
    offset: int
    dtype: str
    shape: tuple[int, ...]
    nbytes: int

    def leaf(self, context: ReadContext) -> Leaf:
        """Return the leaf.

        Raises:
            ArtifactUnreadable: the file ends early, or time is up.
        """
        return stream_leaf(
            self.source,
            offset=self.offset,
            nbytes=self.nbytes,
            dtype=self.dtype,
            shape=self.shape,
            context=context,
        )


def value_tree(value: object, context: ReadContext) -> Node:
    """Return the tree of a value.

    Raises:
        ArtifactUnreadable: it is too deep, has too many parts, or something that is no plain value.
    """
    return ValueBuilder(context).node(value, 0)


@dataclass(slots=True)
class ValueBuilder:
    """Makes leaves and branches of plain values, and counts them."""

    context: ReadContext
    nodes: int = 0

    def node(self, value: object, depth: int) -> Node:
        """Return a value as a leaf or branch; `depth` counts what encloses it.

        Raises:
            ArtifactUnreadable: too many values, nested too deeply, or not a plain one.
        """
        self._count(depth)
        match value:
            case None:
                return null_leaf(self.context)
            case bool() | int() | float() | complex():
                return number_leaf(value, self.context)
            case str():
                return text_leaf(value, self.context)
            case dict():
                return self._mapping(value, depth)
            case list():
                return self._sequence(value, depth)
            case tuple():
                return self._sequence(list(value), depth)
            case bytes():
                return bytes_leaf(value, self.context)
            case Mapping():
                return self._mapping(value, depth)
            case ArrayRegion():
                return value.leaf(self.context)
            case Labelled() | dt.date() | dt.time():
                return self._labelled(value)
        return self._array(value)

    def table(self, value: object, depth: int) -> Node | None:
        """Return a mapping or list as a table; None where it is none, as in most formats."""
        del value, depth
        return None

    def _mapping(self, value: Mapping[object, object], depth: int) -> Node:
        table = self.table(value, depth)
        if table is not None:
            return table
        children = [(key_segment(_key(key)), self.node(item, depth + 1)) for key, item in value.items()]
        # Segments of numbers from 0 on are those of a list.
        numbered = [type(key) for key in value] == [int] * len(value) and {*value} == {*range(len(value))}
        kind = "mapping" if value and numbered else ""
        return branch(children, type=kind, algorithm=self.context.digester.algorithm)

    def _sequence(self, value: list[object], depth: int) -> Node:
        node = list_leaf(value, self.context) or self.table(value, depth)
        if node is not None:
            return node
        # An empty list must not equal an empty mapping.
        return branch(
            [(f"[{index}]", self.node(item, depth + 1)) for index, item in enumerate(value)],
            type="" if value else "list",
            algorithm=self.context.digester.algorithm,
        )

    def _count(self, depth: int) -> None:
        self.nodes += 1
        if self.nodes * _NODE > 4 * self.context.limits.memory:
            raise too_large(f"it has more than {self.nodes - 1} values", f"{self.nodes - 1} values")
        if depth > self.context.limits.depth:
            raise ArtifactUnreadable(f"it is nested more than {self.context.limits.depth} levels deep")
        if self.nodes % 4096 == 0:
            self.context.check_time()

    def _labelled(self, value: Labelled | dt.date | dt.time) -> Leaf:
        if not isinstance(value, Labelled):
            value = Labelled(type=type(value).__name__, value=value.isoformat())
        text = value.value
        leaf = text_leaf(text, self.context) if isinstance(text, str) else bytes_leaf(text, self.context)
        content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        return replace(
            leaf,
            dtype=value.type,
            digest=self.context.digester(leaf.kind, content, dtype=value.type, shape=leaf.shape),
        )

    def _array(self, value: object) -> Leaf:
        import numpy as np

        if isinstance(value, np.ndarray | np.generic):
            return array_leaf(np.asarray(value), self.context)
        raise ArtifactUnreadable(f"it has a value of the type {type(value).__name__}")


def _key(key: object) -> object:
    if key is None or isinstance(key, bool | int | float | str | bytes | dt.date | Labelled):
        return key
    raise ArtifactUnreadable(f"it has a key of the type {type(key).__name__}")
