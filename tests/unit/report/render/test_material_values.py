# SPDX-License-Identifier: Apache-2.0
"""A material's values read the same in every medium: a missing one is not an empty one, 1 is not "1"."""

from __future__ import annotations

import json

import pytest
from factories import make_fingerprint
from golden.comment.parts import entry
from golden.report.parts import report

from repro_action.compare.judge import compare
from repro_action.compare.materials import MaterialDifference, Presence
from repro_action.findings.suspects import describe, show
from repro_action.fingerprint import MaterialKind
from repro_action.report.build.comparison import comparison
from repro_action.report.json import report as json_report
from repro_action.report.model import Cause, Report, Side
from repro_action.report.render import annotations
from repro_action.report.render.markdown import report as markdown
from repro_action.report.render.terminal import report as terminal
from repro_action.verdict import Verdict

NAME = "params.toml: k"
KEY = "k"
"""What headings and remarks call it, whose place is the file."""


def report_of(before: object, after: object) -> Report:
    """Return the report of a run whose only changed material is one parameter; `...` is a missing one."""
    params = [{} if value is ... else {NAME: value} for value in (before, after)]
    old = make_fingerprint(materials={MaterialKind.PARAMS: params[0]})
    new = make_fingerprint(materials={MaterialKind.PARAMS: params[1]}, metrics={"m.json": {"accuracy": 0.5}})
    difference = compare(old, new)
    (found,) = difference.materials
    sides = (Side(label="baseline", platform="x86_64-v3"), Side(label="this run", platform="x86_64-v3"))
    result = comparison(difference, old, new, sides=sides)
    cause = Cause(kind=found.kind, name=found.name, text=describe(found))
    return report(Verdict.CHANGED, causes=(cause,), claim=result, change=result)


def media(report: Report) -> tuple[str, str, str]:
    """Return what a terminal, Markdown and the annotations show of it."""
    remarks = "\n".join(one.message for one in annotations.annotations(entry(report), ""))
    return terminal.render(report, width=200), markdown.render(report), remarks


def in_json(report: Report) -> dict[str, object]:
    document = json.loads(json_report.dump(report))
    (one,) = document["claim"]["materials"]
    return {key: one[key] for key in ("before", "after", "presence")}


def test_an_empty_parameter_that_gets_a_value_reads_so_everywhere():
    text = report_of("", "x")
    screen, body, remarks = media(text)
    assert f'{KEY} "" → x' in remarks
    assert f'params {NAME}: "" → x' in screen
    assert '| `""` | `x` |' in body
    assert "none" not in screen.split("materials")[1].split("\n")[0]
    assert in_json(text) == {"before": "", "after": "x", "presence": "changed"}


def test_a_parameter_that_is_new_reads_so_everywhere():
    text = report_of(..., "x")
    screen, body, remarks = media(text)
    assert f"{KEY} x added" in remarks
    assert f"params {NAME}: none → x" in screen
    assert "| — | `x` |" in body
    assert in_json(text) == {"before": None, "after": "x", "presence": "added"}


def test_a_parameter_that_is_gone_reads_so_everywhere():
    text = report_of("x", ...)
    screen, body, remarks = media(text)
    assert f"{KEY} x removed" in remarks
    assert f"params {NAME}: x → none" in screen
    assert "| `x` | — |" in body
    assert in_json(text) == {"before": "x", "after": None, "presence": "removed"}


@pytest.mark.parametrize(
    ("number", "text", "shown"), [(1, "1", '"1"'), (True, "true", '"true"'), (None, "null", '"null"')]
)
def test_a_value_and_the_text_that_looks_like_it_look_different_everywhere(number, text, shown):
    result = report_of(number, text)
    screen, body, remarks = media(result)
    assert f"{KEY} {show(number)} → {shown}" in remarks
    assert f"params {NAME}: {show(number)} → {shown}" in screen
    assert f"| `{show(number)}` | `{shown}` |" in body
    assert in_json(result) == {"before": number, "after": text, "presence": "changed"}


def test_the_json_is_read_back_with_its_types():
    for pair in ((1, "1"), ("", "x"), (..., "x"), (float("inf"), "inf")):
        text = report_of(*pair)
        assert json_report.load(json_report.dump(text)) == text


def test_materials_of_reports_without_types_read_as_they_did():
    text = report_of(1, 2)
    document = json.loads(json_report.dump(text))
    for (before, after), line in {
        ("4", "6"): f"{NAME} 4 → 6",
        ("", "x"): f"{NAME} x added",
        ("x", ""): f"{NAME} x removed",
    }.items():
        old = {"kind": "params", "name": NAME, "before": before, "after": after}
        document["claim"]["materials"] = [old]
        loaded = json_report.load(json.dumps(document)).claim
        assert loaded is not None
        assert describe(loaded.materials[0]) == line
        assert loaded.materials[0].presence is Presence.UNTYPED


def test_every_value_has_a_text_of_its_own():
    values = [1, "1", 1.0, "1.0", True, "true", None, "null", "", " ", '""', '"1"', "x", '"x"', "none"]
    assert len({show(value) for value in values}) == len(values)


def test_a_shown_value_is_never_the_word_for_a_missing_one():
    found = MaterialDifference(
        kind=MaterialKind.PARAMS, name=NAME, before="none", after=1, presence=Presence.CHANGED
    )
    assert show(found.before) == '"none"'
