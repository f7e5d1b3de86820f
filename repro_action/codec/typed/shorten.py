# SPDX-License-Identifier: Apache-2.0
"""Values cut down to the bounds of a layout, and the names of the fields that were cut."""

from __future__ import annotations

import dataclasses
import functools
import typing
from enum import StrEnum
from typing import TypeVar

from repro_action.codec.typed.layout import DocumentLayout
from repro_action.text import middle
from repro_action.tree import Scalar

_T = TypeVar("_T")


def shortened(value: _T, layout: DocumentLayout) -> tuple[_T, tuple[str, ...]]:
    """Return a dataclass with texts, lists and counts inside their bounds, and what was cut."""
    cuts: list[str] = []
    made = _fields(value, layout, cuts)
    return made, tuple(sorted(set(cuts)))


def _fields(value: _T, layout: DocumentLayout, cuts: list[str]) -> _T:
    changed: dict[str, object] = {}
    for name, counted in _fields_of(type(value)):  # type: ignore[arg-type] # a class is hashable
        before = getattr(value, name)
        after = _cut(before, name, layout, cuts, counted=counted)
        if after is not before:
            changed[name] = after
    return dataclasses.replace(value, **changed) if changed else value  # type: ignore[type-var]


@functools.cache  # evaluating annotations takes longer than all the rest, and values come by the thousand
def _fields_of(kind: type) -> tuple[tuple[str, bool], ...]:
    """Return the fields of a dataclass, and whether a number there is a count rather than a value."""
    hints = typing.get_type_hints(kind)
    return tuple((field.name, hints[field.name] != Scalar) for field in dataclasses.fields(kind))


def _cut(value: object, name: str, layout: DocumentLayout, cuts: list[str], *, counted: bool) -> object:
    match value:
        case StrEnum() | bool():
            return value
        case str() if (longest := layout.longest(name)) is not None and len(value) > longest:
            cuts.append(name)
            return middle(value, longest)
        case int() if counted and layout.largest is not None and value > layout.largest:
            cuts.append(name)
            return layout.largest
        case tuple():
            return _entries(value, name, layout, cuts)
    return _fields(value, layout, cuts) if dataclasses.is_dataclass(value) else value


def _entries(
    value: tuple[object, ...], name: str, layout: DocumentLayout, cuts: list[str]
) -> tuple[object, ...]:
    most = layout.most(name)
    if most is not None and len(value) > most:
        cuts.append(f"{name} ({len(value) - most} left out)")
    made = tuple(_cut(entry, name, layout, cuts, counted=True) for entry in value[:most])
    return (
        made
        if any(new is not old for new, old in zip(made, value, strict=False)) or len(made) < len(value)
        else value
    )
