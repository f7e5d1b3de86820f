# SPDX-License-Identifier: Apache-2.0
"""A probe's JSON follows its published schema, which is the shape of the model."""

from __future__ import annotations

import dataclasses
import json

import jsonschema
import pytest
from golden.probe.cases import CASES, EVIL

from repro_action import schemas
from repro_action.errors import ArtifactUnreadable
from repro_action.report.json import probe as probe_json
from repro_action.report.json.layout import TEXT
from repro_action.report.probe_model import Answer

PROBES = pytest.mark.parametrize("probe", sorted(CASES))


def schema():
    return schemas.load("probe.v1")


@pytest.mark.slow
@PROBES
def test_every_probe_fits_the_schema(probe):
    document = json.loads(probe_json.dump(CASES[probe]))
    assert list(jsonschema.Draft202012Validator(schema()).iter_errors(document)) == []
    assert (1, CASES[probe].robust) == (document["version"], document["robust"])


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"robust": "yes"}, {"extra": 1}, {"headline": "x" * 4_001}, {"runs": -1}]
)
def test_what_is_no_probe_does_not_fit(change):
    document = {**json.loads(probe_json.dump(CASES["robust"])), **change}
    with pytest.raises(ArtifactUnreadable):
        probe_json.load(json.dumps(document))
    assert list(jsonschema.Draft202012Validator(schema()).iter_errors(document)) != []


def test_definitions_that_reports_share_are_those_of_the_report():
    own, shared = schema()["$defs"], schemas.load("report.v1")["$defs"]
    for name in ("ArtifactDifference", "LeafDifference", "MetricRow", "Notice"):
        assert shared[name] == own[name]


def test_an_answer_that_contradicts_its_variations_is_refused():
    document = {**json.loads(probe_json.dump(CASES["robust"])), "robust": False}
    with pytest.raises(ArtifactUnreadable, match="`robust` contradicts"):
        probe_json.load(json.dumps(document))


@pytest.mark.slow
def test_a_probe_that_was_cut_says_so():
    report = dataclasses.replace(CASES["robust"], headline="x" * 10_000, findings=CASES["huge"].findings * 3)
    document = json.loads(probe_json.dump(report))
    assert (TEXT, 100) == (len(document["headline"]), len(document["findings"]))
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
        ("unstable", 1, 1),
        ("kept_stable", 0, 1),
        ("together", 1, 1),
        ("failed", 2, 2),
        ("nothing", 2, 2),
    ],
)
def test_the_exit_status_follows_the_answers(probe, usual, strict):
    assert (usual, strict) == (CASES[probe].exit_code(), CASES[probe].exit_code(strict=True))


def test_rounding_that_the_profile_holds_passes_the_strict_too():
    report = dataclasses.replace(
        CASES["kept_stable"],
        variations=tuple(row for row in CASES["kept_stable"].variations if row.name != "hash-seed"),
    )
    assert Answer.PINNED in {row.answer for row in report.variations}
    assert 0 == report.exit_code(strict=True)


def test_where_nothing_was_tried_nothing_is_robust():
    assert not CASES["nothing"].robust
