# SPDX-License-Identifier: Apache-2.0
"""What the logical types of an Avro schema make of numbers, texts and bytes: days, decimals, at any depth."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from repro_action.errors import ArtifactUnreadable

_PARTS = 10_000
"""Types of one column."""

_PLACE = 1_000
_DIRECT = re.compile(r"(?:\|[0-9]+)?")
_DIGITS = ("precision", "scale")


@dataclass(frozen=True, slots=True)
class Meanings:
    """Logical types by the place where they stand.

    Attributes:
        types: what the schema names.
    """

    types: Mapping[str, object]

    def of(self, schema: object) -> str:
        """Return the logical types of a column; empty where there are none.

        One of the column itself, or of one type that it may have, is named without its place.

        Raises:
            ArtifactUnreadable: the schema has too many parts, or several types where one has such a meaning.
        """
        found: dict[str, str] = {}
        again: dict[str, str] = {}
        seen: set[int] = set()
        waiting: list[tuple[str, object]] = [("", schema)]
        while waiting:
            place, part = waiting.pop()
            part = self._resolved(part)
            if not isinstance(part, dict | list):
                continue
            if id(part) in seen:
                again[place] = f"as {part.get('name')}" if isinstance(part, dict) else "as before"
                continue
            seen.add(id(part))
            if len(seen) + len(waiting) > _PARTS or len(place) > _PLACE:
                raise ArtifactUnreadable("its schema has too many parts")
            if meaning := _meaning(part):
                found[place] = meaning
            waiting += self._below(place, part)
        if len(found) == 1 and not again and _DIRECT.fullmatch(next(iter(found))):
            return next(iter(found.values()))
        places = {**again, **found} if found else {}
        return "\n".join(f"{place} {places[place]}" for place in sorted(places))

    def _resolved(self, part: object) -> object:
        return self.types.get(part) if isinstance(part, str) else part

    def _below(self, place: str, part: dict[str, object] | list[object]) -> Iterator[tuple[str, object]]:
        if isinstance(part, list):
            choices = [one for one in part if one != "null"]
            if len(choices) > 1 and any(_meaning(self._resolved(one)) for one in choices):
                raise ArtifactUnreadable("a value may be of several types, one of them logical")
            yield from ((f"{place}|{number}", one) for number, one in enumerate(part))
            return
        yield from (
            (f"{place}{mark}", part[key]) for key, mark in (("items", "[]"), ("values", "{}")) if key in part
        )
        yield place, part.get("type")
        inner = part.get("fields")
        for one in inner if isinstance(inner, list) else ():
            if isinstance(one, dict):
                yield f"{place}.{one.get('name')}", one.get("type")


def _meaning(part: object) -> str:
    if not isinstance(part, dict) or not isinstance(kind := part.get("logicalType"), str):
        return ""
    return " ".join([kind, *(f"{name} {part[name]!r}" for name in _DIGITS if name in part)])
