# SPDX-License-Identifier: Apache-2.0
"""The published schemas are made from the types that read and write the documents."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import repro_action.schemas
from repro_action.codec import baseline
from repro_action.codec.typed.schema import text
from repro_action.report.json import (
    bundle,
    check,
    diff,
    drift,
    explain,
    history,
    probe,
    report,
    status,
    verification,
)

FOLDER = Path(repro_action.schemas.__file__).parent
CODECS = {
    "baseline.v1": baseline,
    "bundle.v1": bundle,
    "check.v1": check,
    "diff.v1": diff,
    "drift.v1": drift,
    "explain.v1": explain,
    "history.v1": history,
    "probe.v1": probe,
    "report.v1": report,
    "status.v1": status,
    "verification.v1": verification,
}

each = pytest.mark.parametrize("name", CODECS)


def nodes(node):
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from nodes(child)


@each
def test_the_published_schema_is_made_from_the_types(name, request):
    path, written = FOLDER / f"{name}.schema.json", text(CODECS[name].schema())
    if request.config.getoption("--update-golden", default=False):
        path.write_text(written, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == written


@each
def test_the_schema_is_a_schema(name):
    jsonschema.Draft202012Validator.check_schema(repro_action.schemas.load(name))


@each
def test_every_object_is_closed(name):
    tables = [node for node in nodes(CODECS[name].schema()) if node.get("type") == "object"]
    assert all("additionalProperties" in node for node in tables)
    assert all(node["additionalProperties"] is False for node in tables if "properties" in node)


@pytest.mark.parametrize("name", sorted(set(CODECS) - {"baseline.v1"}))
def test_what_strangers_may_have_written_is_bounded_everywhere(name):
    found = list(nodes(CODECS[name].schema()))
    assert all(
        node["additionalProperties"] is False or "maxProperties" in node
        for node in found
        if node.get("type") == "object"
    )
    assert all("maxLength" in node for node in found if node.get("type") == "string")
    assert all("maxItems" in node for node in found if node.get("type") == "array")
    assert all(
        "maxLength" in node["propertyNames"]
        for node in found
        if "propertyNames" in node and "$ref" not in node["propertyNames"]
    )


def test_every_case_fits_the_schema(report):
    validator = jsonschema.Draft202012Validator(repro_action.schemas.load("report.v1"))
    assert list(validator.iter_errors(json.loads(CODECS["report.v1"].dump(report)))) == []


@pytest.mark.processes
def test_msgspec_is_loaded_when_a_document_is_read_and_no_sooner():
    modules = ", ".join(codec.__name__ for codec in CODECS.values())
    code = f"import sys, {modules}; print('msgspec' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
