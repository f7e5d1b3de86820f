# SPDX-License-Identifier: Apache-2.0
"""Values in Avro's binary encoding, by their schema. Source: the Avro specification 1.11."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.json.binary_parser import BinaryParser
from repro_action.readers.json.parsing import unique_keys

_DEPTH = 60


@dataclass(slots=True)
class AvroParser(BinaryParser):
    """Parses values; a schema names types that it defined before.

    Attributes:
        types: the named ones.
    """

    types: dict[str, Any] = field(default_factory=dict)

    def long(self) -> int:
        """Return the next number: seven bits a byte, the sign in the lowest.

        Raises:
            ArtifactUnreadable: it has more than ten bytes, or they are not there.
        """
        value = shift = 0
        while True:
            byte = self.cursor.number("B")
            value |= (byte & 127) << shift
            if byte < 128:
                return value >> 1 ^ -(value & 1)
            shift += 7
            if shift > 63:
                raise ArtifactUnreadable("a number in it is malformed")

    def define(self, schema: object, depth: int = 0, space: str = "") -> None:
        """Remember the types that a schema names.

        Raises:
            ArtifactUnreadable: malformed, nested too deep, or a name stands twice.
        """
        if depth > _DEPTH:
            raise ArtifactUnreadable("its schema is nested too deep")
        for below in schema if isinstance(schema, list) else ():
            self.define(below, depth + 1, space)
        if not isinstance(schema, dict):
            return
        if str(schema.get("type")) in {"record", "error", "enum", "fixed"}:
            space = self._named(schema, space)
        fields = schema.get("fields")
        for one in fields if isinstance(fields, list) else ():
            self.define(one, depth + 1, space)
        for key in ("items", "values", "type"):
            if isinstance(schema.get(key), dict | list):
                self.define(schema[key], depth + 1, space)

    def _named(self, schema: Mapping[str, Any], space: str) -> str:
        name, given = str(schema.get("name")), schema.get("namespace")
        before, _, short = name.rpartition(".")
        space = before or (given if isinstance(given, str) else space)
        full = f"{space}.{short}" if space else short
        if full in self.types:
            raise ArtifactUnreadable(f"its schema has the type {full[:80]!r} twice")
        if short in self.types:
            raise ArtifactUnreadable(f"its schema has the name {short[:80]!r} in two namespaces")
        self.types[full] = self.types[short] = schema
        return space

    def value(self, schema: object, depth: int) -> object:
        """Return the next value of a schema.

        Raises:
            ArtifactUnreadable: malformed, or beyond a limit.
        """
        self.count(depth)
        if isinstance(schema, list):
            return self._chosen(schema, depth)
        kind = schema.get("type") if isinstance(schema, dict) else schema
        if isinstance(kind, dict | list):
            return self.value(kind, depth + 1)
        match kind:
            case "null":
                return None
            case "boolean":
                return self._flag()
            case "int" | "long":
                return self.long()
            case "float":
                return self._single()
            case "double":
                return self.cursor.real("d")
            case "bytes":
                return self.cursor.take(self._size())
            case "string":
                return self.cursor.text(self._size())
        if isinstance(schema, dict):
            return self._compound(schema, kind, depth)
        if isinstance(kind, str) and kind in self.types:
            return self._compound(self.types[kind], self.types[kind].get("type"), depth)
        raise ArtifactUnreadable(f"its schema has the unknown type {str(kind)[:80]!r}")

    def _chosen(self, schema: list[object], depth: int) -> object:
        number = self.long()
        if not 0 <= number < len(schema):
            raise ArtifactUnreadable("a value has none of the types that its schema lists")
        return self.value(schema[number], depth + 1)

    def _size(self) -> int:
        size = self.long()
        if not 0 <= size <= len(self.cursor.data):
            raise ArtifactUnreadable("a value is longer than the file")
        return size

    def _flag(self) -> bool:
        value = self.cursor.number("B")
        if value > 1:
            raise ArtifactUnreadable("a boolean in it is neither true nor false")
        return value == 1

    def _single(self) -> object:
        import numpy as np

        return np.float32(self.cursor.real("f"))

    def _compound(self, schema: Mapping[str, Any], kind: object, depth: int) -> object:
        match kind:
            case "record" | "error":
                return {
                    str(one.get("name")): self.value(one.get("type"), depth + 1) for one in fields(schema)
                }
            case "enum":
                symbols, number = schema.get("symbols"), self.long()
                if not isinstance(symbols, list) or not 0 <= number < len(symbols):
                    raise ArtifactUnreadable("a value is not a symbol of its enumeration")
                return str(symbols[number])
            case "fixed":
                size = schema.get("size")
                return self.cursor.take(size if type(size) is int else -1)
            case "array":
                return _singles([self.value(schema.get("items"), depth + 1) for _ in self._blocks()])
            case "map":
                values = schema.get("values")
                pairs = [
                    (self.cursor.text(self._size()), self.value(values, depth + 1)) for _ in self._blocks()
                ]
                return unique_keys(pairs)
        if isinstance(kind, str) and kind in self.types and self.types[kind] is not schema:
            self.count(depth)
            return self._compound(self.types[kind], self.types[kind].get("type"), depth + 1)
        raise ArtifactUnreadable(f"its schema has the unknown type {str(kind)[:80]!r}")

    def _blocks(self) -> Iterator[int]:
        """Yield once for each item; they come in blocks, the last of which is empty."""
        while count := self.long():
            if count < 0:
                # A block may be skipped by its size.
                self.long()
            if abs(count) > len(self.cursor.data):
                raise ArtifactUnreadable("a list is longer than the file")
            yield from range(abs(count))


def _singles(items: list[object]) -> object:
    """Return floats of 32 bits as an array, other items as they are."""
    import numpy as np

    if items and all(isinstance(item, np.float32) for item in items):
        return np.array(items, "<f4")
    return items


def fields(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the fields of a record.

    Raises:
        ArtifactUnreadable: they are malformed, or two have the same name.
    """
    found = schema.get("fields")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ArtifactUnreadable("its schema is malformed")
    if len({str(one.get("name")) for one in found}) != len(found):
        raise ArtifactUnreadable("its schema has two fields with the same name")
    return found
