# SPDX-License-Identifier: Apache-2.0
"""The published schema is the shape of the model."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

import repro_action.schemas
from repro_action.report import json_report, shape

PATH = Path(repro_action.schemas.__file__).parent / "report.v1.schema.json"


def test_the_published_schema_is_the_shape_of_the_model(request):
    written = json.dumps(shape.schema(), indent=1, sort_keys=True) + "\n"
    if request.config.getoption("--update-golden", default=False):
        PATH.write_text(written, encoding="utf-8")
    assert PATH.read_text(encoding="utf-8") == written


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json.loads(PATH.read_text(encoding="utf-8")))


def test_every_case_fits_the_schema(report):
    validator = jsonschema.Draft202012Validator(json.loads(PATH.read_text(encoding="utf-8")))
    assert list(validator.iter_errors(json.loads(json_report.dump(report)))) == []


def test_every_object_is_closed_and_every_text_and_list_bounded():
    def walk(node):
        if isinstance(node, dict):
            yield node
            for child in node.values():
                yield from walk(child)
        elif isinstance(node, list):
            for child in node:
                yield from walk(child)

    nodes = list(walk(shape.schema()))
    assert all(node["additionalProperties"] is False for node in nodes if node.get("type") == "object")
    assert all("maxLength" in node for node in nodes if node.get("type") == "string")
    assert all("maxItems" in node for node in nodes if node.get("type") == "array")
