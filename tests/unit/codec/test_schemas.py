# SPDX-License-Identifier: Apache-2.0
"""The published schemas are the shapes of the models."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import repro_action.schemas
from repro_action.codec import bundle_schema as bundle_shape
from repro_action.codec import report as json_report
from repro_action.codec import report_schema as shape

FOLDER = Path(repro_action.schemas.__file__).parent
SHAPES = {"report.v1": shape.schema, "bundle.v1": bundle_shape.schema}

each = pytest.mark.parametrize("name", SHAPES)


@each
def test_the_published_schema_is_the_shape_of_the_model(name, request):
    path = FOLDER / f"{name}.schema.json"
    written = json.dumps(SHAPES[name](), indent=1, sort_keys=True) + "\n"
    if request.config.getoption("--update-golden", default=False):
        path.write_text(written, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == written


@each
def test_the_schema_is_a_schema(name):
    jsonschema.Draft202012Validator.check_schema(repro_action.schemas.load(name))


def test_every_case_fits_the_schema(report):
    validator = jsonschema.Draft202012Validator(repro_action.schemas.load("report.v1"))
    assert list(validator.iter_errors(json.loads(json_report.dump(report)))) == []


@each
def test_every_object_is_closed_and_every_text_and_list_bounded(name):
    def walk(node):
        if isinstance(node, dict):
            yield node
            for child in node.values():
                yield from walk(child)
        elif isinstance(node, list):
            for child in node:
                yield from walk(child)

    nodes = list(walk(SHAPES[name]()))
    tables = [node for node in nodes if node.get("type") == "object"]
    assert all(node["additionalProperties"] is False or "maxProperties" in node for node in tables)
    assert all("maxLength" in node for node in nodes if node.get("type") == "string")
    assert all("maxItems" in node for node in nodes if node.get("type") == "array")
