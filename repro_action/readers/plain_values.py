# SPDX-License-Identifier: Apache-2.0
"""Values of a parsed file as a tree: mappings and lists become branches, numbers and texts leaves.

A rectangular list of numbers, or a list of texts, is one array, as in JSON. An array of NumPy is a leaf as
it is; times and other values that a format knows come as text with the name of their type.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro_action.digest import Digest, digest_bytes
from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import (
    array_leaf,
    bytes_leaf,
    key_segment,
    null_leaf,
    number_leaf,
    text_array_leaf,
    text_leaf,
)
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Leaf, Node, branch

if TYPE_CHECKING:
    import numpy as np

_NODE = 600
"""Bytes of memory that a leaf or branch with its digest takes, about."""

_EXACT = 1 << 53


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A text or bytes of a type that only its format has.

    Attributes:
        type: its name.
        value: the content.
    """

    type: str
    value: str | bytes


def value_tree(value: object, context: ReadContext) -> Node:
    """Return the tree of a value.

    Raises:
        ArtifactUnreadable: it is too deep, has too many parts, or something that is no plain value.
    """
    return _ValueBuilder(context).node(value, 0)


@dataclass(slots=True)
class _ValueBuilder:
    context: ReadContext
    nodes: int = 0

    def node(self, value: object, depth: int) -> Node:
        self._count(depth)
        import numpy as np

        match value:
            case None:
                return null_leaf(self.context)
            case bool() | int() | float() | complex():
                return number_leaf(value, self.context)
            case str():
                return text_leaf(value, self.context)
            case bytes():
                return bytes_leaf(value, self.context)
            case np.ndarray():
                return array_leaf(value, self.context)
            case np.generic():
                return array_leaf(np.asarray(value), self.context)
            case Mapping():
                children = [
                    (key_segment(_key(key)), self.node(item, depth + 1)) for key, item in value.items()
                ]
                return branch(children, algorithm=self.context.digester.algorithm)
            case list() | tuple():
                return self._list(list(value), depth)
            case Labelled() | dt.date() | dt.time():
                return self._labelled(value)
        raise ArtifactUnreadable(f"it has a value of the type {type(value).__name__}")

    def _count(self, depth: int) -> None:
        self.nodes += 1
        if self.nodes * _NODE > 4 * self.context.limits.memory:
            raise ArtifactUnreadable(f"it has more than {self.nodes - 1} values, too many to list in memory")
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

    def _list(self, value: list[object], depth: int) -> Node:
        leaf = self._array(value)
        if leaf is not None:
            return leaf
        # An empty list must not equal an empty mapping.
        return branch(
            [(f"[{index}]", self.node(item, depth + 1)) for index, item in enumerate(value)],
            type="" if value else "list",
            algorithm=self.context.digester.algorithm,
        )

    def _array(self, value: list[object]) -> Leaf | None:
        shape, flat = _rectangle(value)
        kinds = {type(item) for item in flat}
        if kinds == {str} and len(shape) == 1:
            return text_array_leaf((item for item in flat if isinstance(item, str)), self.context)
        array = _numbers(flat, kinds)
        if array is None:
            return None
        leaf = array_leaf(array.reshape(shape), self.context)
        if kinds != {int, float}:
            return leaf
        which = bytes(type(item) is int for item in flat)
        mixed = digest_bytes(self.context.digester.algorithm, str(leaf.digest).encode() + b"\0" + which)
        return replace(leaf, digest=Digest(leaf.digest.algorithm, mixed.value))


def _key(key: object) -> object:
    if key is None or isinstance(key, bool | int | float | str | bytes):
        return key
    if isinstance(key, dt.date):
        return key.isoformat()
    raise ArtifactUnreadable(f"it has a key of the type {type(key).__name__}")


def _rectangle(value: list[object]) -> tuple[tuple[int, ...], list[object]]:
    shape, flat = [len(value)], value
    while flat and len(shape) < 8:
        lists = [item for item in flat if isinstance(item, list)]
        if len(lists) < len(flat) or len({len(item) for item in lists}) != 1 or not lists[0]:
            break
        shape.append(len(lists[0]))
        flat = list(itertools.chain.from_iterable(lists))
    return tuple(shape), flat


def _numbers(flat: list[object], kinds: set[type]) -> np.ndarray | None:
    import numpy as np

    if kinds == {bool}:
        return np.array(flat, np.bool_)
    if not kinds or not kinds <= {int, float}:
        return None
    whole = [item for item in flat if isinstance(item, int)]
    low, high = min(whole, default=0), max(whole, default=0)
    bound = _EXACT if float in kinds else 1 << 63
    if low < -bound or high > bound - 1:
        return None
    return np.array(flat, np.float64 if float in kinds else np.int64)
