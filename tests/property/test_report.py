# SPDX-License-Identifier: Apache-2.0
"""No foreign text changes the structure of Markdown, and every report survives its JSON."""

from __future__ import annotations

import json
import re

import jsonschema
from golden.report.cases import CASES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports import PARSER, hostile, seen, strategy, structure, substituted

from repro_action.report.json import report as json_report
from repro_action.report.model import Report
from repro_action.report.numbers import pair
from repro_action.report.render.markdown import escape
from repro_action.report.render.markdown import report as markdown
from repro_action.report.render.terminal import report as terminal
from repro_action.text import clean, visible


def contents(inline) -> str:
    return "".join(token.content for token in inline.children)


def table(cell: str) -> str:
    return f"{escape.row((cell, escape.prose('b')))}\n| --- | --- |"


def kinds(inline) -> set[str]:
    return {token.type for token in inline.children}


@given(seen)
def test_code_is_one_span_with_the_same_text_wherever_it_stands(text):
    shown = escape.code(text)
    places = [shown, f"# {shown}", f"- {shown}", f"> {shown}", table(shown)]
    for place in places:
        inline = next(token for token in PARSER.parse(place) if token.type == "inline")
        assert {"code_inline"} == kinds(inline)
        assert clean(text, 120) == contents(inline)


@given(seen)
def test_prose_is_text_and_code_with_the_same_words(text):
    for place in (escape.prose(text), f"- {escape.prose(text)}", table(escape.prose(text))):
        tokens = PARSER.parse(place)
        inline = next(token for token in tokens if token.type == "inline")
        assert {"paragraph_open", "inline", "paragraph_close"} == {
            token.type for token in PARSER.parse(escape.prose(text))
        }
        assert {"text", "code_inline"} >= kinds(inline)
        # What the sentence quotes in backticks is a code span, which has none of them.
        assert clean(" ".join(text.split()), 600).replace("`", "") == contents(inline).replace("`", "")


LINKED = re.compile(r"@|#|://|www\.\w|:\w+:|\$|GH-\d|\w@\w|<|\b[0-9a-fA-F]{7,40}\b")
"""What GitHub makes more of, in text outside code."""


@given(seen)
def test_nothing_that_github_links_stands_outside_code(text):
    inline = next(token for token in PARSER.parse(escape.prose(text)) if token.type == "inline")
    assert [t.content for t in inline.children if t.type == "text" and LINKED.search(t.content)] == []


@given(hostile)
def test_a_block_is_one_fence(text):
    tokens = PARSER.parse(escape.block(text))
    assert [token.type for token in tokens] == ["fence"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(set(CASES) - {"huge"})), seen.map(lambda text: text.replace("\n", "\r")[:60]))
def test_foreign_texts_leave_the_structure_of_the_markdown_alone(case, text):
    if not text.split():
        return
    mild = structure(markdown.render(substituted(CASES[case], "x")))
    wild = structure(markdown.render(substituted(CASES[case], text)))
    assert mild == wild
    assert {"html_inline", "link_open", "image"}.isdisjoint(kind for token in wild for kind in token[2])


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(set(CASES) - {"huge"})), hostile)
def test_no_control_character_reaches_a_terminal(case, text):
    shown = terminal.render(substituted(CASES[case], text))
    assert shown.replace("\n", "") == visible(shown.replace("\n", ""))


VALIDATOR = jsonschema.Draft202012Validator(json_report.schema())


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategy(Report))
def test_every_report_can_be_shown_in_every_medium_and_read_back(report):
    dumped = json_report.dump(report)
    assert report == json_report.load(dumped)
    assert dumped == json_report.dump(json_report.load(dumped))
    assert list(VALIDATOR.iter_errors(json.loads(dumped))) == []
    assert len(markdown.render(report).encode()) <= markdown.BUDGET
    assert terminal.render(report, ascii_only=True).isascii()


@given(st.floats(), st.floats())
def test_a_pair_that_differs_is_distinguished_or_marked(left, right):
    before, after = pair(left, right)
    if left < right or right < left:
        assert before != after or "…" in before
