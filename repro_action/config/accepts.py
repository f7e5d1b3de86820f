# SPDX-License-Identifier: Apache-2.0
"""Whether a JSON Schema accepts a value, without its validator: importing that takes 60 ms of each start.

A yes is final; for a no the validator is asked, which says what is wrong. So keywords that are not known
here, and whatever is in doubt, are answered with a no.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TYPES: dict[str, type | tuple[type, ...]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "string": str,
}
_ANNOTATIONS = frozenset({"$schema", "$id", "$defs", "title", "description", "examples", "default"})


def accepts(schema: Mapping[str, object], value: object) -> bool:
    """Return whether the validator would certainly find nothing wrong.

    Args:
        schema: whole, since references are looked up in its `$defs`.
        value: of a TOML or JSON document.
    """
    return _Checker(schema.get("$defs")).passes(schema, value)


class _Checker:
    def __init__(self, definitions: object) -> None:
        self._definitions = definitions if isinstance(definitions, dict) else {}

    def passes(self, schema: object, value: object) -> bool:
        """Return whether every keyword of a schema is known here, and satisfied."""
        if isinstance(schema, bool):
            return schema
        return isinstance(schema, dict) and all(
            self._satisfies(schema, keyword, limit, value)
            for keyword, limit in schema.items()
            if keyword not in _ANNOTATIONS
        )

    def _satisfies(self, schema: dict[str, object], keyword: str, limit: object, value: object) -> bool:
        match keyword, limit:
            case "$ref", str():
                return self.passes(self._definitions.get(limit.removeprefix("#/$defs/")), value)
            case "anyOf", list():
                return any(self.passes(one, value) for one in limit)
            case "type", str() if limit in _TYPES:
                return isinstance(value, _TYPES[limit]) and (
                    limit == "boolean" or not isinstance(value, bool)
                )
            case "enum", list():
                return isinstance(value, str) and value in limit
            case "const", _:
                return type(value) is type(limit) and value == limit
        match value:
            case bool():
                return False
            case str():
                return _text(keyword, limit, value)
            case int() | float():
                return _number(keyword, limit, value)
            case list():
                return self._list(keyword, limit, value)
            case dict():
                return self._table(schema, keyword, limit, value)
        return False

    def _list(self, keyword: str, limit: object, value: list[object]) -> bool:
        match keyword, limit:
            case "items", _:
                return all(self.passes(limit, one) for one in value)
            case "minItems", int():
                return len(value) >= limit
        return False

    def _table(
        self, schema: dict[str, object], keyword: str, limit: object, value: dict[str, object]
    ) -> bool:
        properties = schema.get("properties", {})
        match keyword, limit:
            case "properties", dict():
                return all(self.passes(limit[name], value[name]) for name in limit if name in value)
            case "required", list():
                return all(name in value for name in limit)
            case "propertyNames", _:
                return all(self.passes(limit, name) for name in value)
            case "additionalProperties", _ if isinstance(properties, dict):
                return all(self.passes(limit, value[name]) for name in value if name not in properties)
        return False


def _text(keyword: str, limit: object, value: str) -> bool:
    match keyword, limit:
        case "pattern", str():
            return re.search(limit, value) is not None
        case "minLength", int():
            return len(value) >= limit
        case "maxLength", int():
            return len(value) <= limit
    return False


def _number(keyword: str, limit: object, value: float) -> bool:
    match keyword, limit:
        case "minimum", int() | float():
            return value >= limit
        case "maximum", int() | float():
            return value <= limit
        case "exclusiveMinimum", int() | float():
            return value > limit
    return False
