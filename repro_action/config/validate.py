# SPDX-License-Identifier: Apache-2.0
"""The configuration checked against its JSON Schema, with messages in the user's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from repro_action import schemas
from repro_action.config.accepts import accepts
from repro_action.config.backends import AVAILABLE, BACKENDS
from repro_action.config.problems import Problem, shown

if TYPE_CHECKING:
    from jsonschema import ValidationError

    from repro_action.config.positions import KeyPath

SCHEMA = "config.v1"

_MAX_ERRORS = 200
# Offering what is refused a moment later would be no help.
_UNBUILT = frozenset(entry.name for entry in BACKENDS) - set(AVAILABLE)
_KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a table",
    "string": "a string",
}


def schema_problems(raw: Mapping[str, object]) -> list[Problem]:
    """List what the schema refuses, in no particular order."""
    schema = schemas.load(SCHEMA)
    if accepts(schema, raw):
        return []
    from jsonschema import Draft202012Validator

    errors = Draft202012Validator(schema).iter_errors(raw)
    return [problem for error in islice(errors, _MAX_ERRORS) for problem in _problems(error)]


def _problems(error: ValidationError) -> Iterator[Problem]:
    path: KeyPath = tuple(error.absolute_path)
    match error.validator:
        case "additionalProperties":
            yield from _unknown(error, path)
        case "required":
            # Each missing key is an error of its own, whose message starts with the name.
            for name in _mapping(_mapping(error.schema).get("properties")):
                if error.message.startswith(f"{name!r} "):
                    yield Problem(
                        path=path, what=f"the key `{name}` is missing", remedy=_example(error, name)
                    )
        case "pattern":
            description = str(_mapping(error.schema).get("description", ""))
            yield Problem(
                path=path,
                what=f"{shown(error.instance)} does not have the form that is expected here",
                remedy=" ".join(filter(None, [description, _example(error)])),
            )
        case _:
            yield Problem(
                path=path,
                what=f"expected {_expected(error)}, found {shown(error.instance)}",
                remedy=_example(error),
            )


def _unknown(error: ValidationError, path: KeyPath) -> Iterator[Problem]:
    import difflib

    properties = tuple(_mapping(_mapping(error.schema).get("properties")))
    for name, value in _mapping(error.instance).items():
        if name in properties:
            continue
        close = difflib.get_close_matches(name[:100], properties, n=1)
        remedy = f"Did you mean `{close[0]}`?" if close else f"The keys here are {', '.join(properties)}."
        if not close and path[:1] == ("metrics",) and isinstance(value, dict):
            remedy = 'A metric with dots in its name is one quoted key: "cv.mean" = { … }.'
        yield Problem(path=(*path, name), what="this key is unknown", remedy=remedy)


def _expected(error: ValidationError) -> str:
    limit: object = error.validator_value
    match error.validator:
        case "type":
            return _KINDS.get(str(limit), str(limit))
        case "enum":
            return _one_of(limit)
        case "anyOf":
            # The first alternative lists our own words; the others are for other people's.
            first, *others = map(_mapping, limit if isinstance(limit, list) else [{}])
            if "enum" not in first:
                return " or ".join([_KINDS.get(str(first.get("type")), ""), *map(_alternative, others)])
            return _one_of(first.get("enum"))
        case "const":
            return shown(limit)
        case "minimum":
            return f"at least {limit}"
        case "maximum":
            return f"at most {limit}"
        case "exclusiveMinimum":
            return f"more than {limit}"
        case "minItems" | "minLength":
            return "a value that is not empty"
        case "maxLength":
            return f"at most {limit} characters"
    return f"a value that satisfies `{error.validator}` of the schema"


def _alternative(schema: Mapping[str, object]) -> str:
    kind, examples = _KINDS.get(str(schema.get("type")), ""), schema.get("examples")
    return f"{kind} such as {shown(examples[0])}" if isinstance(examples, list) and examples else kind


def _one_of(words: object) -> str:
    choices = [word for word in (words if isinstance(words, list) else ()) if word not in _UNBUILT]
    return f"one of {', '.join(map(shown, choices))}"


def _example(error: ValidationError, name: str = "") -> str:
    schema = _mapping(error.schema)
    definition = _mapping(_mapping(schema.get("properties")).get(name)) if name else schema
    examples = definition.get("examples")
    last = name or (error.absolute_path[-1] if error.absolute_path else "")
    if not isinstance(examples, list) or not examples or not isinstance(last, str) or not last:
        return ""
    from repro_action.config.write import key, value

    return f"For instance: {key(last)} = {value(examples[0])}"


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
