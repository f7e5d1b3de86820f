# SPDX-License-Identifier: Apache-2.0
"""Table schemas: read whole or refused by name, and written from a table without its values."""

from __future__ import annotations

import json

import pytest

from repro_action.config.column_rules import ColumnRule
from repro_action.config.table_schema import read_schema
from repro_action.drift.raw import RawTable, column_of_texts
from repro_action.errors import ConfigError
from repro_action.flows.table_schema import schema_of
from repro_action.runs.column_checks import broken_rules


def read(**document: object) -> dict[str, ColumnRule]:
    return read_schema(json.dumps(document).encode(), "schema.json")


def test_fields_become_rules() -> None:
    constraints = {"required": True, "unique": True, "minimum": 0, "maximum": 9.5, "enum": [1, True, "x"]}
    fields = [{"name": "a", "type": "integer", "constraints": constraints}, {"name": "b", "title": "B"}]
    assert {
        "a": ColumnRule(
            type="integer", minimum=0, maximum=9.5, unique=True, missing_max=0.0, allowed=("1", "true", "x")
        ),
        "b": ColumnRule(),
    } == read(fields=fields)


def test_a_primary_key_is_unique_and_never_missing() -> None:
    found = read(fields=[{"name": "id"}], primaryKey="id")
    assert ColumnRule(unique=True, missing_max=0.0) == found["id"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({}, "no list `fields`"),
        ({"fields": [{}]}, "field 1 has no name"),
        ({"fields": [{"name": "a"}, {"name": "a"}]}, "two fields a"),
        ({"fields": [{"name": "a", "type": "geopoint"}]}, "its type is none of"),
        ({"fields": [{"name": "a", "format": "%d.%m.%Y"}]}, "`format` cannot be checked"),
        ({"fields": [{"name": "a", "constraints": {"pattern": "(a+)+$"}}]}, "`pattern` cannot be checked"),
        ({"fields": [{"name": "a", "constraints": {"minimum": "2024-01-01"}}]}, "are numbers"),
        ({"fields": [{"name": "a", "constraints": {"required": "yes"}}]}, "true or false"),
        ({"fields": [{"name": "a", "constraints": {"enum": [None]}}]}, "no text, number or truth value"),
        ({"fields": [], "primaryKey": "id"}, "is no field"),
        ({"fields": [{"name": "a"}, {"name": "b"}], "primaryKey": ["a", "b"]}, "several fields"),
        ({"fields": [], "foreignKeys": []}, "`foreignKeys` cannot be checked"),
        ({"fields": [], "missingValues": ["-999"]}, "no other `missingValues`"),
    ],
)
def test_what_cannot_be_checked_is_refused_by_name(document: dict[str, object], reason: str) -> None:
    with pytest.raises(ConfigError, match="cannot be used") as caught:
        read(**document)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "text", [b"", b"[", b'{"fields": [], "fields": []}', b"\xff", b"[" * 100_000, b'{"fields": 1}', b"null"]
)
def test_what_is_no_schema_is_one_error(text: bytes) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        read_schema(text, "schema.json")


def test_a_written_schema_holds_what_the_table_keeps_and_no_value() -> None:
    columns = {
        "id": column_of_texts(["4711", "4712"]),
        "score": column_of_texts(["0.25", ""]),
        "member": column_of_texts(["true", "false"]),
        "since": column_of_texts(["2024-01-02", "2024-01-03"]),
        "seen": column_of_texts(["2024-01-02T10:00:00Z", ""]),
        "city": column_of_texts(["Bern", "Zug"]),
        "note": column_of_texts(["", ""]),
    }
    from dataclasses import replace

    table = RawTable(rows=2, columns={name: replace(one, name=name) for name, one in columns.items()})
    text = schema_of(table)
    kinds = {one["name"]: one["type"] for one in json.loads(text)["fields"]}
    expected = ["integer", "number", "boolean", "date", "datetime", "string", "any"]
    assert dict(zip(columns, expected, strict=True)) == kinds
    assert not any(value in text for value in ("4711", "0.25", "Bern", "2024"))
    assert [] == list(broken_rules(table, read_schema(text.encode(), "schema.json")))
