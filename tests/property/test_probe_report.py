# SPDX-License-Identifier: Apache-2.0
"""No foreign text changes the structure of a probe's Markdown, and every probe fits its schema."""

from __future__ import annotations

import json
import re

import jsonschema
from golden.probe.cases import CASES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports import PARSER, strategy, structure, substituted

from repro_action.report.json import probe as probe_json
from repro_action.report.probe_model import ProbeReport
from repro_action.report.render.markdown import probe as probe_markdown
from repro_action.report.render.terminal import probe as probe_terminal
from repro_action.text import visible

VALIDATOR = jsonschema.Draft202012Validator(probe_json.schema())

SNIPPETS = (
    "|", "\\", "`", "```", "~~~", "*", "_", "# ", "- ", "1. ", "> ", "<", ">", "&", "[x](y)", "![x](http://y)",
    "@user", "@org/team", "#1", "GH-1", "deadbeefcafe", "https://x.y/z", "a@b.cd", "<img src=x>", "<!--", "</details>",
    "</summary>", "<details>", "&#64;", ":tada:", "$x$", "---", "\n", "\r", "\t", "\u202e", "\u200b", "\x00",
    "\x1b[31m", "plain", "words", "1.5", "::error::x", "[bold]", "\ud800", "",
)  # fmt: skip

hostile = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text(max_size=8)), min_size=1, max_size=8).map(
    "".join
)
seen = hostile.map(lambda text: text.replace("\n", "\r")[:60]).filter(lambda text: text.split())
probes = st.sampled_from(sorted(set(CASES) - {"huge", "hostile"}))


@settings(max_examples=50, deadline=None)
@given(probes, seen)
def test_foreign_texts_leave_the_structure_of_the_markdown_alone(probe, text):
    mild = structure(probe_markdown.render(substituted(CASES[probe], "x")))
    wild = structure(probe_markdown.render(substituted(CASES[probe], text)))
    assert mild == wild
    assert {"html_inline", "link_open", "image"}.isdisjoint(kind for token in wild for kind in token[2])


LINKED = re.compile(r"@|#|://|www\.\w|GH-\d|<|\b[0-9a-fA-F]{7,40}\b")
"""What GitHub makes more of, in text outside code."""


@settings(max_examples=50, deadline=None)
@given(probes, seen)
def test_nothing_that_github_links_stands_outside_code(probe, text):
    tokens = PARSER.parse(probe_markdown.render(substituted(CASES[probe], text)))
    texts = [child.content for token in tokens for child in token.children or () if child.type == "text"]
    assert [text for text in texts if LINKED.search(text)] == []


@settings(max_examples=40, deadline=None)
@given(probes, hostile, st.sampled_from([60, 100, 400]))
def test_no_control_character_reaches_a_terminal(probe, text, width):
    shown = probe_terminal.render(substituted(CASES[probe], text), width=width)
    assert shown.replace("\n", "") == visible(shown.replace("\n", ""))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategy(ProbeReport))
def test_every_probe_can_be_shown_in_every_medium(report):
    document = probe_json.dump(report)
    assert list(VALIDATOR.iter_errors(json.loads(document))) == []
    assert report == probe_json.load(document)
    assert len(probe_markdown.render(report).encode()) <= probe_markdown.BUDGET
    assert probe_terminal.render(report, ascii_only=True).isascii()
    assert report.exit_code() <= report.exit_code(strict=True) or not report.tried
