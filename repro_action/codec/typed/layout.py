# SPDX-License-Identifier: Apache-2.0
"""What the JSON of a document adds to the types of its model: bounds, optional keys, versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


def unbounded(_name: str) -> None:
    """Set no bound for the field of that name."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DocumentLayout:
    """How the dataclasses of a model are laid out in JSON; fields are named `Class.field`.

    Attributes:
        longest: name of a field → most characters of a text in it; None where there is no bound.
        most: name of a field → most entries of a list in it.
        members: most members of a table.
        largest: of whole numbers that are counts; values of metrics are not bounded by it.
        optional: fields that a document may lack, and lacks where they have their default.
        added: fields that a document may lack, and that are written always.
        renamed: name of a field → its key, where that is another.
        written_if: of an optional field, when it is written, where its value does not say it.
        nonempty: texts and lists that have at least one character or entry.
        omitted: fields that are no part of the document.
        keyed: type → the field that is the key of the table in which its values are.
        extra: type → keys that are attributes of the value but no fields, with their types.
        nested: types that have another layout wherever they are met.
    """

    longest: Callable[[str], int | None] = unbounded
    most: Callable[[str], int | None] = unbounded
    members: int | None = None
    largest: int | None = None
    optional: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)
    written_if: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    nonempty: frozenset[str] = frozenset()
    omitted: frozenset[str] = frozenset()
    keyed: Mapping[type, str] = field(default_factory=dict)
    extra: Mapping[type, Mapping[str, object]] = field(default_factory=dict)
    nested: Mapping[type, DocumentLayout] = field(default_factory=dict)

    def of(self, kind: type) -> DocumentLayout:
        """Return the layout of a type met in a document of this one."""
        return self.nested.get(kind, self)
