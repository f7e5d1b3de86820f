# SPDX-License-Identifier: Apache-2.0
"""One inert value as a leaf, or as the parts that become a branch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import (
    array_leaf,
    bytes_leaf,
    null_leaf,
    number_leaf,
    text_leaf,
)
from repro_action.readers.pickle.calls import shorten
from repro_action.readers.pickle.values import (
    DictValue,
    Global,
    Instance,
    KnownLeaf,
    Pair,
    Persistent,
    SetValue,
    Value,
)
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Kind, Leaf

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

REFERENCE = "reference"
"""The dtype of a leaf that names something: a class, a function, a dtype, an outer branch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a branch is made of.

    Attributes:
        type: full type name, empty for a plain list or dict.
        children: `(rendered segment, value)`.
        leaves: `(rendered segment, leaf)` of what was read already.
        keyed: pairs whose keys are yet to be rendered.
        unordered: members of a set; they are numbered in the order of their digests.
    """

    type: str = ""
    children: list[tuple[str, Value]] = field(default_factory=list)
    leaves: list[tuple[str, Leaf]] = field(default_factory=list)
    keyed: list[Pair] = field(default_factory=list)
    unordered: list[Value] = field(default_factory=list)


Expansion: TypeAlias = "Leaf | Parts"
Rule = Callable[[Instance, ReadContext], "Expansion | None"]
"""Reads an instance of a known type; None if it is not of the form that the rule knows."""


def reference_leaf(name: str, context: ReadContext) -> Leaf:
    """Return the leaf of something that is only named: a text, but never equal to one."""
    content = name.encode("utf-8", "surrogatepass")
    digest = context.digester(Kind.TEXT, content, dtype=REFERENCE, shape=(len(name),))
    return replace(text_leaf(name, context), dtype=REFERENCE, digest=digest)


def expand(value: Value, context: ReadContext, rules: Mapping[str, Rule]) -> Expansion:
    """Return the leaf that a value is, or its parts.

    Raises:
        ArtifactUnreadable: the value contradicts itself, such as an array without its bytes.
    """
    match value:
        case None:
            return null_leaf(context)
        case bool() | int() | float() | complex():
            return number_leaf(value, context)
        case str():
            return text_leaf(value, context)
        case bytes() | bytearray():
            return bytes_leaf(value, context)
        case list():
            return Parts(children=numbered(value))
        case tuple():
            return Parts(type="tuple", children=numbered(value))
        case DictValue():
            return Parts(keyed=value.pairs)
        case SetValue():
            return Parts(type="frozenset" if value.frozen else "set", unordered=value.items)
        case Global():
            return reference_leaf(value.name, context)
        case Persistent():
            return Parts(type="persistent", children=[(".id", value.id)])
        case KnownLeaf():
            return value.leaf
        case Instance():
            rule = rules.get(value.type)
            read = rule(value, context) if rule is not None else None
            return generic(value) if read is None else read
        case _:
            return checked_array_leaf(value, context)


def checked_array_leaf(array: npt.NDArray[np.generic], context: ReadContext) -> Leaf:
    """Return the leaf of an array.

    Raises:
        ArtifactUnreadable: NumPy cannot give its elements as plain bytes.
    """
    try:
        return array_leaf(array, context)
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise ArtifactUnreadable(f"an array is malformed: {str(error)[:100]!r}") from None


def numbered(items: list[Value] | tuple[Value, ...]) -> list[tuple[str, Value]]:
    """Return items with their index as path segment: `("[0]", item), …`."""
    return [(f"[{index}]", item) for index, item in enumerate(items)]


def generic(instance: Instance, *, name: str = "", arguments: bool = True) -> Parts:
    """Return the parts of an object without a rule of its own.

    Args:
        instance: the object.
        name: another type name than the callee's.
        arguments: show what it was called with; false where the state says the same.
    """
    children: list[tuple[str, Value]] = []
    if not isinstance(instance.callee, Global):
        children.append((".__callee__", instance.callee))
    if arguments:
        children += [(f".__args__[{index}]", item) for index, item in enumerate(instance.args)]
        if instance.kwargs is not None:
            children.append((".__kwargs__", instance.kwargs))
    children += attributes(instance.states)
    children += numbered(instance.items)
    children += [(f".__calls__[{index}]", made) for index, made in enumerate(instance.calls)]
    return Parts(type=name or instance.type or "object", children=children, keyed=instance.pairs)


def attributes(states: list[Value]) -> list[tuple[str, Value]]:
    """Return `(.name, value)` of a `__dict__`, or of slots, or else the state as it is."""
    found: dict[str, Value] = {}
    for number, state in enumerate(states):
        tables = _tables(state)
        if tables is None:
            found[".__state__" if not number else f".__state__{number}"] = state
            continue
        for table in tables:
            found.update({attribute_segment(name): value for name, value in table.items()})
    return list(found.items())


def _tables(state: Value) -> list[dict[str, Value]] | None:
    match state:
        case None | ():
            return []
        case DictValue():
            table = state.text_keys()
            return None if table is None else [table]
        case (None | DictValue() as inner, DictValue() as slots):
            both = [_tables(inner), _tables(slots)]
            return None if None in both else [table for tables in both for table in tables or ()]
    return None


def attribute_segment(name: str) -> str:
    """Render an attribute's name; one that no code could spell is shown as a key."""
    return f".{name}" if name.isidentifier() else f".__dict__[{shorten(repr(name))}]"
