# SPDX-License-Identifier: Apache-2.0
"""Tables of TOML, read value by value with the type that the schema promises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from repro_action.paths.names import normal

_T = TypeVar("_T", bound=str)
"""One of a `Literal`'s texts."""


class MalformedValue(Exception):
    """A value is not of the type that the schema promises."""


class TypedTable:
    """A TOML table with typed reading; a value of another type raises `MalformedValue`."""

    __slots__ = ("_values",)

    def __init__(self, raw: object) -> None:
        if not isinstance(raw, Mapping):
            raise MalformedValue
        self._values = raw

    def text(self, name: str, default: str = "") -> str:
        """Return a text.

        Raises:
            MalformedValue: it is not a string.
        """
        value = self._values.get(name, default)
        if not isinstance(value, str):
            raise MalformedValue
        return value

    def choice(self, name: str, choices: tuple[_T, ...], default: _T) -> _T:
        """Return one of the known texts.

        Raises:
            MalformedValue: it is none of them.
        """
        value = self._values.get(name, default)
        for item in choices:
            if item == value:
                return item
        raise MalformedValue

    def number(self, name: str, default: float = 0.0) -> float:
        """Return a finite float.

        Raises:
            MalformedValue: it is not a finite number.
        """
        value = self._values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise MalformedValue
        try:
            return float(value)
        except OverflowError as error:
            raise MalformedValue from error

    def whole(self, name: str, default: int) -> int:
        """Return an integer; like JSON Schema, take 2.0 for one.

        Raises:
            MalformedValue: it is not a whole number.
        """
        value = self._values.get(name, default)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise MalformedValue
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return true or false.

        Raises:
            MalformedValue: it is not a boolean.
        """
        value = self._values.get(name, default)
        if not isinstance(value, bool):
            raise MalformedValue
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings; empty where it is left out.

        Raises:
            MalformedValue: it is not a list of strings.
        """
        value = self._values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise MalformedValue
        return tuple(value)

    def paths(self, name: str) -> tuple[str, ...]:
        """Return a list of paths in their one spelling."""
        return tuple(normal(item) for item in self.texts(name))

    def table(self, name: str) -> TypedTable:
        """Return a table; empty where it is left out."""
        return TypedTable(self._values.get(name, {}))

    def tables(self, name: str) -> Iterator[TypedTable]:
        """Yield the elements of an array of tables.

        Raises:
            MalformedValue: it is not a list of tables.
        """
        value = self._values.get(name, [])
        if not isinstance(value, list):
            raise MalformedValue
        yield from (TypedTable(item) for item in value)

    def items(self) -> Iterator[tuple[str, TypedTable]]:
        """Yield the tables of a table by name."""
        yield from ((str(name), TypedTable(item)) for name, item in self._values.items())

    def names(self) -> Iterator[str]:
        """Yield the keys."""
        yield from self._values

    def is_text(self, name: str) -> bool:
        """Whether the value of a key is a string."""
        return isinstance(self._values.get(name), str)

    def has(self, name: str) -> bool:
        """Whether the table has a key."""
        return name in self._values
