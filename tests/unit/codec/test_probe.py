# SPDX-License-Identifier: Apache-2.0
"""A probe's JSON follows its published schema, which is the shape of the model."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import jsonschema
import pytest
from golden.probe.cases import CASES, EVIL

import repro_action.schemas
from repro_action.codec import probe as probe_json
from repro_action.codec import probe_schema as probe_shape
from repro_action.codec import report_schema as shape
from repro_action.report.probe_model import Answer

PATH = Path(repro_action.schemas.__file__).parent / "probe.v1.schema.json"
PROBES = pytest.mark.parametrize("probe", sorted(CASES))


def schema():
    return json.loads(PATH.read_text(encoding="utf-8"))


def test_the_published_schema_is_the_shape_of_the_model(request):
    written = json.dumps(probe_shape.schema(), indent=1, sort_keys=True) + "\n"
    if request.config.getoption("--update-golden", default=False):
        PATH.write_text(written, encoding="utf-8")
    assert PATH.read_text(encoding="utf-8") == written


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


@PROBES
def test_every_probe_fits_the_schema(probe):
    document = json.loads(probe_json.dump(CASES[probe]))
    assert list(jsonschema.Draft202012Validator(schema()).iter_errors(document)) == []
    assert (1, CASES[probe].robust) == (document["version"], document["robust"])


def test_every_object_is_closed_and_every_text_and_list_bounded():
    def walk(node):
        if isinstance(node, dict):
            yield node
            for child in node.values():
                yield from walk(child)
        elif isinstance(node, list):
            for child in node:
                yield from walk(child)

    nodes = list(walk(schema()))
    assert all(node["additionalProperties"] is False for node in nodes if node.get("type") == "object")
    assert all("maxLength" in node for node in nodes if node.get("type") == "string")
    assert all("maxItems" in node for node in nodes if node.get("type") == "array")


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"robust": "yes"}, {"extra": 1}, {"headline": "x" * 4_001}, {"runs": -1}]
)
def test_what_is_no_probe_does_not_fit(change):
    document = {**json.loads(probe_json.dump(CASES["robust"])), **change}
    assert list(jsonschema.Draft202012Validator(schema()).iter_errors(document)) != []


def test_definitions_that_reports_share_are_those_of_the_report():
    own, shared = probe_shape.schema()["$defs"], shape.schema()["$defs"]
    for name in ("ArtifactDifference", "LeafDifference", "MetricRow", "Notice"):
        assert shared[name] == own[name]


def test_a_probe_that_was_cut_says_so():
    report = dataclasses.replace(CASES["robust"], headline="x" * 10_000, findings=CASES["huge"].findings * 3)
    document = json.loads(probe_json.dump(report))
    assert (shape.TEXT, 100) == (len(document["headline"]), len(document["findings"]))
    assert "parts of it were cut: findings (20 left out), headline" in document["warnings"][-1]["what"]


def test_the_json_is_ascii_whatever_the_texts_hold():
    dumped = probe_json.dump(CASES["hostile"])
    assert dumped.replace("\n", "").isascii()
    assert dumped.replace("\n", "").isprintable()
    assert json.loads(dumped)["findings"][0]["places"][0]["what"] == EVIL


@pytest.mark.parametrize(
    ("probe", "usual", "strict"),
    [
        ("robust", 0, 0),
        ("unheld", 1, 1),
        ("held", 0, 1),
        ("together", 1, 1),
        ("failed", 2, 2),
        ("nothing", 2, 2),
    ],
)
def test_the_exit_status_follows_the_answers(probe, usual, strict):
    assert (usual, strict) == (CASES[probe].exit_code(), CASES[probe].exit_code(strict=True))


def test_rounding_that_the_profile_holds_passes_the_strict_too():
    report = dataclasses.replace(
        CASES["held"], variations=tuple(row for row in CASES["held"].variations if row.name != "hash-seed")
    )
    assert Answer.HELD in {row.answer for row in report.variations}
    assert 0 == report.exit_code(strict=True)


def test_where_nothing_was_tried_nothing_is_robust():
    assert not CASES["nothing"].robust
