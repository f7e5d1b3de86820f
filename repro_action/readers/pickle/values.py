# SPDX-License-Identifier: Apache-2.0
"""Inert values: what a pickle describes, with nothing of it imported, called or constructed.

Numbers, texts, bytes, lists and tuples are Python's own. Whatever has behaviour is one of the
classes below, compared by identity only, so that no operator of hostile content ever runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from repro_action.readers.pickle.stored import StoredArray, StoredBytes
from repro_action.tree import Leaf

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Value: TypeAlias = (
    "bool | int | float | complex | str | bytes | bytearray | list[Value] | tuple[Value, ...] "
    "| DictValue | SetValue | Global | Instance | KnownLeaf | Persistent | StoredBytes | StoredArray "
    "| npt.NDArray[np.generic] | None"
)
Pair: TypeAlias = "tuple[Value, Value]"


@dataclass(slots=True, eq=False)
class DictValue:
    """A dict as the pairs that were put in, in order; a later pair replaces an equal key.

    Attributes:
        pairs: `(key, value)`.
        by_name: a named rule says that nobody asks for the order: see `rules.by_name`.
    """

    pairs: list[Pair] = field(default_factory=list)
    by_name: bool = False

    def text_keys(self) -> dict[str, Value] | None:
        """Return the pairs by key if every key is a text, else None."""
        if all(type(key) is str for key, _ in self.pairs):
            return {str(key): value for key, value in self.pairs}
        return None


@dataclass(slots=True, eq=False)
class SetValue:
    """A set or frozenset."""

    items: list[Value]
    frozen: bool = False


@dataclass(slots=True, eq=False)
class Global:
    """A class, function or other object that is named and never looked up."""

    name: str
    """`module.qualname` in today's spelling."""


@dataclass(slots=True, eq=False)
class Instance:
    """What calling `callee` would make, with everything that would be done to it afterwards.

    Attributes:
        callee: the class or function.
        args, kwargs: what it would be called with.
        states: arguments of `__setstate__`, or updates of `__dict__`, in order.
        items: what would be appended or added.
        pairs: what would be set with `[]`.
        calls: functions that would be applied to it, without the object itself.
        seen: `(name, argument or state, its size)` when it was used: what is put into it later
            is not what the call was given.
    """

    callee: Value
    args: tuple[Value, ...] = ()
    kwargs: DictValue | None = None
    states: list[Value] = field(default_factory=list)
    items: list[Value] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    calls: list[Instance] = field(default_factory=list)
    seen: list[tuple[str, Value, int]] = field(default_factory=list)

    @property
    def type(self) -> str:
        """Full name of the callee; empty if it is not a name."""
        return self.callee.name if isinstance(self.callee, Global) else ""


def weight(value: Value, *, level: int = 0) -> int:
    """Return about how much work it is to look at a value once, without what its objects hold."""
    match value:
        case str() | bytes() | bytearray():
            return len(value) >> 8
        case StoredBytes():
            return value.nbytes >> 8
        case list() | tuple():
            inner = (
                sum(weight(item, level=level + 1) for item in value) if level < 2 and len(value) < 16 else 0
            )
            return len(value) + inner
        case DictValue(pairs=pairs):
            return len(pairs)
        case SetValue(items=items):
            return len(items)
        case Instance() if not level:
            parts = weight(value.args, level=1) + weight(value.states, level=1)
            return 1 + parts + len(value.items) + len(value.pairs) + len(value.calls)
    return 0


@dataclass(slots=True, eq=False)
class KnownLeaf:
    """A leaf that another reader made."""

    leaf: Leaf


@dataclass(slots=True, eq=False)
class Persistent:
    """A reference that only the writing program can follow."""

    id: Value
