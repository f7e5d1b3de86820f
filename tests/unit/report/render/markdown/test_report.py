# SPDX-License-Identifier: Apache-2.0
"""Markdown stays inside its budget and its structure is ours alone."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest
from golden.report.parts import DEPTH_CAUSE
from markdown_it import MarkdownIt

from repro_action.report.render.markdown import escape
from repro_action.report.render.markdown import report as markdown

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@pytest.mark.parametrize("budget", [2_000, 5_000, 20_000, 60_000])
def test_a_body_fits_its_budget(report, budget):
    assert len(markdown.render(report, budget=budget).encode()) <= budget


def test_what_is_left_out_is_said(cases):
    body = markdown.render(cases["huge"])
    assert "_Left out for length: " in body
    assert "more artifacts left out for length._" in body


def test_the_verdict_comes_first_whatever_the_budget(report):
    first = markdown.render(report).splitlines()[0]
    assert first.startswith("## ")
    assert first == markdown.render(report, budget=4_000).splitlines()[0]


@pytest.mark.parametrize("budget", [3_000, 10_000, 30_000, 60_000])
def test_no_table_or_fold_is_cut(cases, budget):
    body = markdown.render(cases["huge"], budget=budget)
    assert body.count("<details>") == body.count("</details>")
    for token in PARSER.parse(body):
        if token.type == "paragraph_open":
            line = body.splitlines()[token.map[0]]
            assert not line.startswith("| "), "a row without its table"


def test_a_reproduced_report_without_changes_is_short(cases):
    assert len(markdown.render(cases["reproduced"])) < 1_200


def test_the_first_cause_is_told_and_the_others_are_counted(cases):
    varied = replace(
        cases["huge"], causes=tuple(replace(DEPTH_CAUSE, text=f"k{place} 1 → 2") for place in range(9))
    )
    body = markdown.render(varied)
    assert "changed: k0 1 → 2 and 8 more changes" in body.splitlines()[0]
    assert "Other inputs that differ: k1 1 → 2, k2 1 → 2 and 6 more." in body


def test_two_questions_never_share_a_table(cases):
    body = markdown.render(cases["changed_params"])
    claim, change = (
        body.index("#### Against the baseline"),
        body.index("#### Against main"),
    )
    assert (
        claim
        < body.index("| baseline `1a2b3c4` | this run |")
        < change
        < body.index("| main `0f9e8d7` | this")
    )


def test_another_platform_class_is_never_called_a_failure(cases):
    body = markdown.render(cases["no_baseline_nearest"])
    assert "another class of machine: small differences are expected" in body.split("<details>")[0]
    assert "❌" not in body


def test_a_pipe_stays_inside_its_cell():
    text = r"a|b\|c`d|"
    lines = (escape.row(("h", "i")), "| --- | --- |", escape.row((escape.code(text), "1")))
    tokens = PARSER.parse("\n".join(lines))
    cells = [token for token in tokens if token.type == "inline"]
    assert ["h", "i", text, "1"] == [cell.children[0].content for cell in cells]


def test_a_block_of_foreign_lines_is_one_fence():
    lines = ["```", "<b>", "~~~", "````", "::error::x", "\x1b[31mred\x1b[0m \u202e"]
    tokens = PARSER.parse(escape.block("\n".join(lines)))
    assert [("fence", "\n".join([*lines[:5], r"red \u202e"]) + "\n")] == [
        (token.type, token.content) for token in tokens
    ]


def test_a_long_block_loses_its_middle_and_says_so():
    body = escape.block("\n".join(map(str, range(1_000))))
    assert "… 960 lines left out" in body
    assert "\n999\n" in body


def test_an_error_of_many_lines_keeps_them(cases):
    report = dataclasses.replace(cases["failed_step"])
    fences = [token for token in PARSER.parse(markdown.render(report)) if token.type == "fence"]
    assert "KeyError: 'alcohol'" in fences[0].content


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("max_depth 4 → 6", "`max_depth` 4 → 6"),
        ("numpy 2.4.4 → 2.4.6", "numpy 2.4.4 → 2.4.6"),
        ("ping @user, see #1.", "ping `@user`, see `#1`."),
        ("fixed in deadbeefcafe now", "fixed in `deadbeefcafe` now"),
        ("closes GH-12", "closes `GH-12`"),
        ("1. a list", "`1`. a list"),
        ("www.example.org a@b.cd", "`www.example.org a@b.cd`"),
        ("<b> &lt; `x`", "`<b> &lt`; `x`"),
        ("run `repro pin a.csv`, then `x`.", "run `repro pin a.csv`, then `x`."),
        ('Set profile = "portable" under [a].', 'Set `profile = "portable"` under `[a]`.'),
        ('network = false, outputs = ["x"]', '`network = false`, `outputs = ["x"]`'),
        ("a = b", "a `=` b"),
        ("did you mean `name`?", "did you mean `name`?"),
        ("(`repro pin data/x.csv`), then", "(`repro pin data/x.csv`), then"),
        ("or (`x y`, `z w`).", "or (`x y`, `z w`)."),
        ("“`a b`” and `a b`'s", "“`a b`” and `a b`'s"),
        ("a: `b c`...", "a: `b c`..."),
        ("  ", ""),
    ],
)
def test_prose_keeps_plain_words_and_spans_the_rest(text, shown):
    assert escape.prose(text) == shown
