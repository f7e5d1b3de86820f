# SPDX-License-Identifier: Apache-2.0
"""A probe's Markdown stays inside its budget, and its structure is ours alone."""

from __future__ import annotations

import dataclasses
import re

import pytest
from golden.probe.cases import CASES
from markdown_it import MarkdownIt

from repro_action.report.render.markdown import probe as probe_markdown

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PROBES = pytest.mark.parametrize("probe", sorted(CASES))


@PROBES
@pytest.mark.parametrize("budget", [3_000, 10_000, 60_000])
def test_a_body_fits_its_budget(probe, budget):
    assert len(probe_markdown.render(CASES[probe], budget=budget).encode()) <= budget


@PROBES
@pytest.mark.parametrize("budget", [3_000, 10_000, 60_000])
def test_no_table_or_fold_is_cut(probe, budget):
    body = probe_markdown.render(CASES[probe], budget=budget)
    assert body.count("<details>") == body.count("</details>")
    for token in PARSER.parse(body):
        if token.type == "paragraph_open":
            assert not body.splitlines()[token.map[0]].startswith("| "), "a row without its table"


def test_the_answer_and_the_counts_stay_whatever_the_budget():
    body = probe_markdown.render(CASES["huge"], budget=3_000)
    assert body.startswith("## ❌ Probe of `wine`: not reproducible\n\nthe outputs depend on")
    assert "❌ 1 differs: `file-order`" in body
    assert "_Left out for length: " in body


def test_findings_go_before_their_details():
    body = probe_markdown.render(CASES["huge"])
    value, details = body.count("changes the result"), body.count("<summary>What differs</summary>")
    assert value >= 5
    assert details < value


def test_a_robust_probe_is_short_and_has_no_findings():
    body = probe_markdown.render(CASES["robust"])
    assert "###" not in body
    assert body.startswith("## ✅ Probe of `wine`")
    assert "✅ 11 same" in body


def test_inside_a_tag_stands_no_foreign_text():
    for report in CASES.values():
        for summary in re.findall(r"<summary>(.*?)</summary>", probe_markdown.render(report)):
            assert re.fullmatch(r"What differs|\d+ variations?", summary)


def test_hostile_names_make_no_html_links_or_mentions():
    tokens = PARSER.parse(probe_markdown.render(CASES["hostile"]))
    html = {token.content.strip() for token in tokens if token.type == "html_block"}
    assert html <= {
        "<details><summary>3 variations</summary>",
        "<details><summary>What differs</summary>",
        "</details>",
    }
    inner = [child for token in tokens for child in token.children or ()]
    assert {"html_inline", "link_open", "image"}.isdisjoint(child.type for child in inner)
    assert not any("@org" in child.content for child in inner if child.type == "text")


def test_code_that_a_remedy_quotes_is_quoted_once():
    found = CASES["unstable"].findings[0]
    remedy = "Write `sorted(…)` around it, or `a`; not `b`."
    report = dataclasses.replace(CASES["unstable"], findings=(dataclasses.replace(found, remedy=remedy),))
    assert "**Fix:** Write `sorted(…)` around it, or `a`; not `b`." in probe_markdown.render(report)


def test_an_error_is_the_whole_story():
    body = probe_markdown.render(CASES["failed"])
    assert body.startswith("## ⛔ Probe of `wine`: not probed\n")
    assert "```\n  File train.py, line 3\nKeyError: 'alcohol'\n```" in body
    assert "variations" not in body
