# SPDX-License-Identifier: Apache-2.0
"""One inert value as a leaf, or as the parts that become a branch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
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
from repro_action.readers.pickle.machine import size_of
from repro_action.readers.pickle.stored import StoredArray, StoredBytes
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
        ordered: whether the order of `keyed` is content; see `DictValue.by_name`.
    """

    type: str = ""
    children: list[tuple[str, Value]] = field(default_factory=list)
    leaves: list[tuple[str, Leaf]] = field(default_factory=list)
    keyed: list[Pair] = field(default_factory=list)
    unordered: list[Value] = field(default_factory=list)
    ordered: bool = True


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
        case bytes():
            return bytes_leaf(value, context)
        case StoredBytes() | StoredArray():
            return value.leaf(context)
        case bytearray():
            return bytes_leaf(value, context, dtype="bytearray")
        case list():
            # An empty list must not equal an empty dict.
            return Parts(type="" if value else "list", children=numbered(value))
        case tuple():
            return Parts(type="tuple", children=numbered(value))
        case DictValue():
            return Parts(type=_dict_type(value), keyed=value.pairs, ordered=not value.by_name)
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
            read = rule(value, context) if rule is not None and modelled(value) else None
            return generic(value) if read is None else read
        case _:
            return checked_array_leaf(value, context)


_READ: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "numpy.dtype": frozenset({"states"}),
        "numpy._core.multiarray._reconstruct": frozenset({"states"}),
        "numpy.ma.core._mareconstruct": frozenset({"states"}),
        "numpy.ndarray": frozenset({"items"}),
        "numpy.random._pickle.__randomstate_ctor": frozenset({"states"}),
        "numpy.random._pickle.__bit_generator_ctor": frozenset({"states"}),
        "functools.partial": frozenset({"states"}),
        "collections.defaultdict": frozenset({"states", "pairs"}),
        "collections.Counter": frozenset({"states", "pairs"}),
        "collections.deque": frozenset({"states", "items"}),
        "builtins.slice": frozenset({"states"}),
        "builtins.range": frozenset({"states"}),
    }
)
"""What the rule of a type reads besides arguments; it is not asked about an object that has more."""


def modelled(instance: Instance) -> bool:
    """Say whether the rule of a type accounts for everything that was done to the object."""
    done = {
        "states": instance.states,
        "items": instance.items,
        "pairs": instance.pairs,
        "calls": instance.calls,
        "kwargs": instance.kwargs,
    }
    return {name for name, found in done.items() if found} <= _READ.get(instance.type, frozenset())


def checked_array_leaf(array: npt.NDArray[np.generic], context: ReadContext) -> Leaf:
    """Return the leaf of an array.

    Raises:
        ArtifactUnreadable: NumPy cannot give its elements as plain bytes.
    """
    try:
        return array_leaf(array, context)
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise ArtifactUnreadable(f"an array is malformed: {str(error)[:100]!r}") from None


def _dict_type(value: DictValue) -> str:
    """Return the type of a dict: none, but where its keys read like the places of a list."""
    places = value.pairs and all(type(key) is int and 0 <= key < len(value.pairs) for key, _ in value.pairs)
    return "dict" if places else ""


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
    children += [(f".__seen__[{name}]", size) for name, used, size in instance.seen if size_of(used) != size]
    return Parts(type=name or instance.type or "object", children=children, keyed=instance.pairs)


def attributes(states: list[Value]) -> list[tuple[str, Value]]:
    """Return `(.name, value)` of a `__dict__`, or of slots, or else the state as it is."""
    found: dict[str, Value] = {}
    for number, state in enumerate(states):
        tables = None if number else _tables(state)
        if number or tables is None or _clash(tables):
            found[".__state__" if not number else f".__state__{number}"] = state
            continue
        for table in tables:
            found.update({attribute_segment(name): value for name, value in table.items()})
    return list(found.items())


def _clash(tables: list[dict[str, Value]]) -> bool:
    """Say whether `__dict__` and slots have a name in common: neither may hide the other."""
    return len(tables) > 1 and not tables[0].keys().isdisjoint(tables[1])


def _tables(state: Value) -> list[dict[str, Value]] | None:
    match state:
        case ():
            return []
        case DictValue():
            table = state.text_keys()
            return None if table is None else [table]
        case (None, DictValue() as slots):
            return _tables(slots)
        case (DictValue() as inner, DictValue() as slots):
            both = [_tables(inner), _tables(slots)]
            return None if None in both else [table for tables in both for table in tables or ()]
    return None


def attribute_segment(name: str) -> str:
    """Render an attribute's name; one that no code could spell, or that is ours, is shown as a key."""
    ours = name in _OURS or name.startswith("__state__")
    return f".__dict__[{shorten(repr(name))}]" if ours or not name.isidentifier() else f".{name}"


_OURS = frozenset({"__args__", "__kwargs__", "__callee__", "__calls__", "__dict__", "__seen__"})
"""Segments of what an object is made of: an attribute of such a name must not pass for it."""
