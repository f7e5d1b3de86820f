# SPDX-License-Identifier: Apache-2.0
"""The check without a validator knows every rule of the schema, and says yes to what the validator admits."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator

from repro_action import schemas
from repro_action.config.accepts import accepts

SCHEMA = schemas.load("config.v1")
NAMED = {"properties", "$defs"}
"""Keywords whose keys are names, each with a schema."""
NO_RULES = {"$schema", "$id", "title", "description", "examples", "default"}
EVERYDAY = [
    None,
    True,
    False,
    0,
    1,
    -1,
    0.5,
    10**9,
    "",
    "a",
    "x" * 5000,
    [],
    ["a"],
    [[]],
    {},
    {"a": "b"},
    {"": 1},
]


def subschemas(schema: object) -> Iterator[dict]:
    match schema:
        case dict():
            yield schema
            for keyword, inner in schema.items():
                if keyword not in NO_RULES:
                    for one in inner.values() if keyword in NAMED else [inner]:
                        yield from subschemas(one)
        case list():
            for one in schema:
                yield from subschemas(one)


def rules() -> dict[str, dict]:
    """Return each rule of the schema as a schema of that one keyword."""
    found = {}
    for schema in subschemas(SCHEMA):
        for keyword in sorted(schema.keys() - NO_RULES - {"$defs"}):
            # What `additionalProperties` is about depends on the keyword beside it.
            beside = (
                ("additionalProperties", "properties") if keyword == "additionalProperties" else (keyword,)
            )
            rule = {name: schema[name] for name in beside if name in schema}
            found[f"{keyword}: {json.dumps(rule)}"[:200]] = {**rule, "$defs": SCHEMA["$defs"]}
    return found


RULES = rules()
VALUES = [
    *EVERYDAY,
    *(example for schema in subschemas(SCHEMA) for example in schema.get("examples", ())),
    *(value for schema in subschemas(SCHEMA) for value in (schema.get("const"), *schema.get("enum", ()))),
    *(dict.fromkeys(schema["required"]) for schema in subschemas(SCHEMA) if "required" in schema),
]


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_of_the_schema_is_known_and_means_the_same(rule: str) -> None:
    accepted = [value for value in VALUES if accepts(RULES[rule], value)]
    assert accepted, "teach `config/accepts.py` this keyword, or the validator is loaded at each start"
    validator = Draft202012Validator(RULES[rule])
    assert [] == [value for value in accepted if not validator.is_valid(value)]


def test_what_is_not_known_is_left_to_the_validator() -> None:
    assert accepts({"type": "integer"}, 4)
    assert not accepts({"type": "integer", "multipleOf": 2}, 4)
    assert not accepts({"type": ["integer", "string"]}, 4)
