# SPDX-License-Identifier: Apache-2.0
"""A report survives its JSON, and what is no report is refused with a reason."""

from __future__ import annotations

import dataclasses
import json

import pytest

from repro_action.errors import ArtifactUnreadable
from repro_action.findings.observed import Agreement, suspicious
from repro_action.observation import Observation, ObservationKind
from repro_action.report.json import document
from repro_action.report.json import report as json_report
from repro_action.report.json.layout import TEXT
from repro_action.report.model import Report
from repro_action.verdict import Verdict


def test_load_undoes_dump(report):
    assert report == json_report.load(json_report.dump(report))


def test_one_comparison_is_reported_as_in_its_report(report):
    if report.claim is not None:
        document = json.loads(json.dumps(json_report.as_json(report.claim)))
        assert document == json.loads(json_report.dump(report))["claim"]


def test_a_report_that_was_cut_says_so(cases):
    report = dataclasses.replace(
        cases["reproduced"], headline="x" * 10_000, steps=cases["reproduced"].steps * 600
    )
    kept = json_report.load(json_report.dump(report))
    assert (len(kept.headline), len(kept.steps)) == (TEXT, 1_000)
    assert "parts of it were cut: headline, steps (200 left out)" in kept.warnings[-1].what


def test_the_json_is_ascii_whatever_the_texts_hold(cases):
    report = dataclasses.replace(cases["reproduced"], name="\x1b[31m\u202eevil\udcff\n")
    dumped = json_report.dump(report)
    assert dumped.replace("\n", "").isascii()
    assert dumped.replace("\n", "").isprintable()
    assert report == json_report.load(dumped)


def _spoilt(report, **changes):
    return json.dumps({**json.loads(json_report.dump(report)), **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 2}, "not a report of version 1"),
        ({"extra": 1}, "unknown field `extra`"),
        ({"x\ud800": 1}, "it has an unknown key"),
        ({"verdict": "splendid"}, "$.verdict: Invalid enum value 'splendid'"),
        ({"verdict": ["reproduced"]}, "$.verdict: Expected `str`, got `array`"),
        ({"headline": "x" * 5_000}, "$.headline: Expected `str` of length <= 4000"),
        ({"reproduce": ["x"] * 101}, "$.reproduce: Expected `array` of length <= 100"),
        ({"claim": []}, "$.claim: Expected `object | null`, got `array`"),
        ({"steps": [{"name": "a"}]}, "$.steps[0]: Object missing required field"),
    ],
)
def test_what_is_no_report_is_refused_with_its_place(cases, changes, message):
    with pytest.raises(ArtifactUnreadable) as caught:
        json_report.load(_spoilt(cases["reproduced"], **changes))
    assert message in caught.value.what


@pytest.mark.parametrize("value", [{"float": []}, {"float": "huge"}, {"x": 1}, [1], int("9" * 400)], ids=repr)
def test_what_is_no_number_is_refused(cases, value):
    raw = json.loads(json_report.dump(cases["changed_params"]))
    raw["claim"]["metrics"][0]["delta"] = value
    with pytest.raises(ArtifactUnreadable, match=r"delta: Expected a (number|text)"):
        json_report.load(json.dumps(raw))


def test_a_negative_count_is_refused(cases):
    raw = json.loads(json_report.dump(cases["changed_params"]))
    raw["claim"]["unchanged"]["leaves"] = -1
    with pytest.raises(ArtifactUnreadable, match="leaves: Expected a whole number"):
        json_report.load(json.dumps(raw))


@pytest.mark.parametrize(
    "text", ["", "[", "[]", "null", "{}", "NaN", '{"version": ' + "1" * 5_000 + "}", "[" * 100_000]
)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ArtifactUnreadable):
        json_report.load(text)


def test_a_report_beyond_every_bound_is_refused_unparsed():
    with pytest.raises(ArtifactUnreadable, match="more than 16777216 characters"):
        json_report.load(" " * (document.LARGEST_FILE + 1))


def test_a_notice_without_a_log_is_one_of_a_report_that_knew_none(cases):
    document = json.loads(json_report.dump(cases["failed_step"]))
    assert cases["failed_step"] == json_report.load(json.dumps(document))
    log = document["error"].pop("log")
    assert (cases["failed_step"].error.log, "") == (log, json_report.load(json.dumps(document)).error.log)
    assert not any("log" in one for one in json.loads(json_report.dump(cases["drifted_flaky"]))["warnings"])


def test_a_report_without_findings_and_steps_of_observations_is_read():
    seen = Observation(kind=ObservationKind.CLOCK, what="time.time()", file="a.py", line=3, step="a")
    report = Report(
        tool="0.1.0",
        name="wine",
        verdict=Verdict.DRIFTED,
        headline="",
        observations=(seen,),
        findings=suspicious([seen], Agreement.UNKNOWN),
    )
    document = json.loads(json_report.dump(report))
    del document["findings"]
    del document["observations"][0]["step"]
    older = json_report.load(json.dumps(document))
    assert ((), "") == (older.findings, older.observations[0].step)
