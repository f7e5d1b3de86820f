# SPDX-License-Identifier: Apache-2.0
"""Values cut down to the bounds of a layout, and the names of the fields that were cut."""

from __future__ import annotations

import dataclasses
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
    hints = typing.get_type_hints(type(value))
    changed: dict[str, object] = {}
    for field in dataclasses.fields(value):  # type: ignore[arg-type]
        before = getattr(value, field.name)
        counted = hints[field.name] != Scalar
        after = _cut(before, field.name, layout, cuts, counted=counted)
        if after is not before:
            changed[field.name] = after
    return dataclasses.replace(value, **changed) if changed else value  # type: ignore[type-var]


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
