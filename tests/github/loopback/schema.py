"""The schemas of OpenAPI 3.0 as JSON Schema: references are followed once, and `nullable` means null is allowed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft4Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

_FORMATS = FormatChecker(formats=())
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")
_FORMATS.checks("date-time")(lambda value: not isinstance(value, str) or bool(_TIME.match(value)))
_FORMATS.checks("uri")(
    lambda value: not isinstance(value, str) or bool(re.match(r"[a-z][a-z0-9+.-]*:", value))
)
_BRANCHES = ("allOf", "anyOf", "oneOf")


def link(node: Any, document: dict[str, Any]) -> Any:
    """Replace every `$ref` below the node by the object it names, in place; the result may hold cycles."""
    if isinstance(node, dict):
        for key, value in node.items():
            node[key] = _target(value, document) if _is_reference(value) else link(value, document)
    elif isinstance(node, list):
        node[:] = [
            _target(value, document) if _is_reference(value) else link(value, document) for value in node
        ]
    return node


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("$ref"), str)


def _target(reference: dict[str, Any], document: dict[str, Any]) -> Any:
    found: Any = document
    for part in reference["$ref"].removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return _target(found, document) if _is_reference(found) else found


def allow_null(node: Any) -> None:
    """Turn `nullable: true` into a schema that says so; to be called before the references are linked."""
    if isinstance(node, list):
        for value in node:
            allow_null(value)
    elif isinstance(node, dict):
        for value in node.values():
            allow_null(value)
        if node.get("nullable") is not True:
            return
        if isinstance(node.get("type"), str):
            node["type"] = [node["type"], "null"]
        if isinstance(node.get("enum"), list) and None not in node["enum"]:
            node["enum"].append(None)
        branches = {key: node.pop(key) for key in _BRANCHES if key in node}
        if branches:
            node["anyOf"] = [{"type": "null"}, branches]


class Checker:
    """Validates values; what was valid once is not validated again, which makes lists of known items cheap."""

    def __init__(self) -> None:
        # A value of this holds the schema, so that its id stays its own.
        self._validators: dict[int, Any] = {}
        self._frames: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        self._known: set[tuple[int, bytes]] = set()
        # GitHub writes `oneOf` where its alternatives overlap (an error 409 is both of two): one that fits is enough.
        rules = {"oneOf": Draft4Validator.VALIDATORS["anyOf"], "properties": self._properties}
        self._class: Any = extend(Draft4Validator, rules)  # type: ignore[no-untyped-call]

    def problems(self, schema: dict[str, Any], value: Any) -> list[str]:
        """All ways in which the value breaks the schema."""
        if schema.get("type") == "array" and isinstance(value, list):
            items = schema.get("items", {})
            each = [
                f"[{at}] {problem}" for at, item in enumerate(value) for problem in self.problems(items, item)
            ]
            if id(schema) not in self._frames:
                frame = {key: inner for key, inner in schema.items() if key != "items"}
                self._frames[id(schema)] = (schema, frame)
            return each + [_message(error) for error in self._errors(self._frames[id(schema)][1], value)]
        return [_message(error) for error in self._errors(schema, value)]

    def _errors(self, schema: dict[str, Any], value: Any) -> list[ValidationError]:
        name = (id(schema), hashlib.blake2b(json.dumps(value).encode(), digest_size=16).digest())
        if name in self._known:
            return []
        if id(schema) not in self._validators:
            self._validators[id(schema)] = self._class(schema, format_checker=_FORMATS)
        found = list(self._validators[id(schema)].iter_errors(value))
        if not found:
            self._known.add(name)
        return found

    def _properties(
        self, validator: Any, properties: dict[str, Any], instance: Any, schema: dict[str, Any]
    ) -> Iterator[ValidationError]:
        """As the keyword always works, but with the memory for objects, such as the user in each comment."""
        if not isinstance(instance, dict):
            return
        for name, inner in properties.items():
            if name not in instance:
                continue
            value = instance[name]
            if isinstance(value, dict):
                for error in self._errors(inner, value):
                    error.path.appendleft(name)
                    error.schema_path.appendleft(name)
                    yield error
            else:
                yield from validator.descend(value, inner, path=name, schema_path=name)


def _message(error: ValidationError) -> str:
    return f"{error.json_path}: {error.message[:300]}"


def unknown_properties(schema: dict[str, Any], value: Any, at: str = "$") -> Iterator[str]:
    """Paths of properties that the schema does not list, where it lists any."""
    parts = list(_parts(schema))
    if isinstance(value, list):
        items = [part["items"] for part in parts if isinstance(part.get("items"), dict)]
        for number, item in enumerate(value):
            for one in items[:1]:
                yield from unknown_properties(one, item, f"{at}[{number}]")
    if not isinstance(value, dict):
        return
    known: dict[str, Any] = {}
    for part in parts:
        known.update(part.get("properties", {}))
    free = not known or any(part.get("additionalProperties") for part in parts)
    for name, inner in value.items():
        if name in known:
            yield from unknown_properties(known[name], inner, f"{at}.{name}")
        elif not free:
            yield f"{at}.{name}"


def _parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for key in _BRANCHES:
        for branch in schema.get(key, ()):
            yield from _parts(branch)
