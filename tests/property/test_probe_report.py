# SPDX-License-Identifier: Apache-2.0
"""No foreign text changes the structure of a probe's Markdown, and every probe fits its schema."""

from __future__ import annotations

import dataclasses
import json
import re
from enum import StrEnum

import jsonschema
from golden.probe.cases import CASES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports import PARSER, structure, substituted

from repro_action.codec import probe as probe_json
from repro_action.codec import probe_schema as probe_shape
from repro_action.codec import report_schema as shape
from repro_action.report.probe_model import ProbeReport
from repro_action.report.render.markdown import probe as probe_markdown
from repro_action.report.render.terminal import probe as probe_terminal
from repro_action.text import visible
from repro_action.tree import Scalar

VALIDATOR = jsonschema.Draft202012Validator(probe_shape.schema())

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


def strategy(kind: object):
    """Return probes of every shape that the types allow."""
    if kind == Scalar:
        return st.one_of(hostile, st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())
    if (inner := shape.optional(kind)) is not None:
        return st.none() | strategy(inner)
    if kind == probe_shape.TEXTS:
        return st.tuples(hostile, hostile, hostile)
    if (entry := shape.element(kind)) is not None:
        return st.lists(strategy(entry), max_size=2).map(tuple)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return st.builds(kind, **{key: strategy(held) for key, held in shape.members(kind).items()})
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    return {
        str: hostile | st.just(""),
        bool: st.booleans(),
        int: st.integers(0, shape.LARGEST),
        float: st.floats(),
    }[kind]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategy(ProbeReport))
def test_every_probe_can_be_told_in_every_medium(report):
    document = json.loads(probe_json.dump(report))
    assert list(VALIDATOR.iter_errors(document)) == []
    assert len(probe_markdown.render(report).encode()) <= probe_markdown.BUDGET
    assert probe_terminal.render(report, ascii_only=True).isascii()
    assert report.exit_code() <= report.exit_code(strict=True) or not report.tried
