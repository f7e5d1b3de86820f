# SPDX-License-Identifier: Apache-2.0
"""JSON: the order of keys and white space are the container's.

A list of numbers, or a rectangular list of lists of them, is one array: `<i8` where every
number is whole, `<f8` where any is not (which ones are whole is content), `|b1` of booleans; a
list of texts is one array of texts. Anything else is a branch.
"""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro_action.digest import Digest, digest_bytes
from repro_action.errors import ArtifactUnreadable
from repro_action.readers.accidental_json import leave_out
from repro_action.readers.arrays import (
    array_leaf,
    key_segment,
    null_leaf,
    number_leaf,
    text_array_leaf,
    text_leaf,
)
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Leaf, Node, Tree, branch

if TYPE_CHECKING:
    import numpy as np

_NODE = 600
"""Bytes of memory that a leaf or branch with its digest takes, about."""

_EXACT = 1 << 53
"""Whole numbers up to here are exact as float64."""


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
        return Tree(format=self.name, root=_Builder(context).node(value, 0), excluded=tuple(excluded))


def _parse(source: Source, context: ReadContext) -> object:
    if source.size > context.limits.memory:
        raise ArtifactUnreadable(f"it is larger than {context.limits.memory} bytes")
    with source.open() as file:
        raw = file.read()
    # What parsing costs at most, from CPython's object sizes: a text of 58 bytes, a list, a dictionary.
    cost = 58 * raw.count(b",") + 64 * raw.count(b"[") + 240 * raw.count(b"{") + len(raw)
    if cost > context.limits.memory:
        raise ArtifactUnreadable(f"its values need more than {context.limits.memory} bytes of memory")
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_unique)
    except RecursionError as error:
        raise ArtifactUnreadable(f"it is nested more than {context.limits.depth} levels deep") from error
    except ValueError as error:
        raise ArtifactUnreadable(f"not valid JSON: {str(error)[:200]}") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ArtifactUnreadable("an object has the same key twice")
    return table


@dataclass(slots=True)
class _Builder:
    context: ReadContext
    nodes: int = 0

    def node(self, value: object, depth: int) -> Node:
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
                return self._branch(
                    [(key_segment(key), self.node(item, depth + 1)) for key, item in value.items()]
                )
            case list():
                return self._list(value, depth)
        raise AssertionError(type(value))

    def _list(self, value: list[object], depth: int) -> Node:
        leaf = self._array(value)
        if leaf is not None:
            return leaf
        # An empty list must not equal an empty object.
        kind = "" if value else "list"
        return self._branch(
            [(f"[{index}]", self.node(item, depth + 1)) for index, item in enumerate(value)], kind
        )

    def _branch(self, children: list[tuple[str, Node]], kind: str = "") -> Node:
        return branch(children, type=kind, algorithm=self.context.digester.algorithm)

    def _array(self, value: list[object]) -> Leaf | None:
        shape, flat = _rectangle(value)
        kinds = {type(item) for item in flat}
        if kinds == {str} and len(shape) == 1:
            return text_array_leaf((item for item in flat if isinstance(item, str)), self.context)
        array = _numbers(flat, kinds)
        if array is None:
            return None
        if kinds == {int, float}:
            return self._mixed(array.reshape(shape), flat)
        return array_leaf(array.reshape(shape), self.context)

    def _mixed(self, array: np.ndarray, flat: list[object]) -> Leaf:
        """Return the leaf of numbers of which some are whole: `1` and `1.0` are not the same in JSON."""
        leaf = array_leaf(array, self.context)
        which = bytes(type(item) is int for item in flat)
        mixed = digest_bytes(self.context.digester.algorithm, str(leaf.digest).encode() + b"\0" + which)
        return replace(leaf, digest=Digest(leaf.digest.algorithm, mixed.value))


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
    bound = _EXACT if float in kinds else math.inf
    low, high = min(whole, default=0), max(whole, default=0)
    if low < max(-(1 << 63), -bound) or high > min((1 << 63) - 1, bound):
        return None
    return np.array(flat, np.float64 if float in kinds else np.int64)
