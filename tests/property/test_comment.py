# SPDX-License-Identifier: Apache-2.0
"""Whatever a report holds, a comment stays in its budget, begins with its marker, and is ours in structure."""

from __future__ import annotations

from dataclasses import replace

from golden.comment.cases import CASES_OF_COMMENTS
from golden.comment.parts import CONTEXT, bundle, entry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports import PARSER, hostile, seen, strategy, structure, substituted

from repro_action.report.bundle import path_fault
from repro_action.report.model import Report
from repro_action.report.render.annotations import EACH, MESSAGE, TITLE, Level, annotations
from repro_action.report.render.markdown import comment
from repro_action.text import visible

SMALL = sorted(set(CASES_OF_COMMENTS) - {"fleet", "hostile", "hostile_many"})
OURS = {"<sub>", "</sub>"}


def posted(case: str, text: str) -> str:
    value = CASES_OF_COMMENTS[case]
    entries = (replace(one, report=substituted(one.report, text)) for one in value.bundle.entries)
    changed = replace(value.context, base=text, commit=text)
    return comment.render(replace(value.bundle, tool=text, entries=tuple(entries)), changed)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SMALL), seen.map(lambda text: text.replace("\n", "\r")[:60]))
def test_foreign_texts_leave_the_structure_of_a_comment_alone(case, text):
    if not text.split():
        return
    body = posted(case, text)
    assert structure(posted(case, "x")) == structure(body)
    inner = [child for token in PARSER.parse(body) for child in token.children or ()]
    assert {CONTEXT.run_url} == {child.attrs["href"] for child in inner if child.type == "link_open"}
    assert {child.content for child in inner if child.type == "html_inline"} <= OURS
    assert "image" not in {child.type for child in inner}


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategy(Report), st.integers(0, 2), st.integers(4_000, 70_000), hostile)
def test_every_report_fits_a_comment_and_its_annotations_are_bounded(report, others, budget, base):
    # Reports take long to draw, so the others of a bundle are the same one.
    entries = [entry(report, f"models/{place}/repro.toml") for place in range(1 + others)]
    body = comment.render(bundle(*entries), replace(CONTEXT, base=base), budget=budget)
    assert body.splitlines()[0] == CONTEXT.marker
    assert len(body.encode("utf-8", "surrogatepass")) <= min(budget, comment.LARGEST)
    folds = [token.content for token in PARSER.parse(body) if token.type == "html_block"][1:]
    assert folds[1::2] == ["</details>\n"] * (len(folds) // 2)
    assert all(opened.startswith("<details><summary>") for opened in folds[::2])
    for one in entries:
        found = annotations(one, "")
        assert all(sum(1 for remark in found if remark.level is level) <= EACH for level in Level)
        assert all(len(remark.title) <= TITLE and len(remark.message) <= MESSAGE for remark in found)
        assert all(
            visible(remark.title + remark.message) == remark.title + remark.message for remark in found
        )
        placed = [remark for remark in found if (remark.path, remark.line) != ("", 0)]
        assert all(path_fault(remark.path) == "" and remark.line >= 1 for remark in placed)
