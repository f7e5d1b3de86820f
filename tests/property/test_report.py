# SPDX-License-Identifier: Apache-2.0
"""No foreign text changes the structure of Markdown, and every report survives its JSON."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
from enum import StrEnum
from pathlib import Path

import jsonschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from repro_action.report import escape, json_report, markdown, shape, terminal
from repro_action.report.model import Report
from repro_action.report.numbers import pair
from repro_action.report.text import clean, visible
from repro_action.tree import Scalar

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
CASES = Path(__file__).parents[1] / "golden" / "report" / "cases.py"

SNIPPETS = (
    "|", "\\", "`", "``", "```", "~~~", "*", "_", "#", "# ", "- ", "+ ", "1. ", "1)", "> ", "<", ">", "&", "!", "[", "]",
    "(", ")", "@user", "@org/team", "#1", "GH-1", "o/r#2", "deadbeefcafe", "http://x.y", "https://x.y/z", "www.x.y",
    "a@b.cd", "![x](http://y)", "[x](y)", "<img src=x>", "<!--", "-->", "</details>", "<details>", "&#64;", "&lt;",
    ":tada:", "$x$", "[^1]", "[x]: y", "---", "===", "\n", "\r", "\t", "\u202e", "\u200b", "\x00", "\x1b[31m", "    ",
    "plain", "words", "1.5", "+1", "::error::x",
)  # fmt: skip

hostile = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text(max_size=8)), min_size=1, max_size=8).map(
    "".join
)
seen = hostile.filter(lambda text: text.split())


def _cases() -> dict[str, Report]:
    spec = importlib.util.spec_from_file_location("report_golden_cases", CASES)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


REPORTS = _cases()


def contents(inline) -> str:
    return "".join(token.content for token in inline.children)


def kinds(inline) -> set[str]:
    return {token.type for token in inline.children}


@given(seen)
def test_code_is_one_span_with_the_same_text_wherever_it_stands(text):
    shown = escape.code(text)
    places = [shown, f"# {shown}", f"- {shown}", f"> {shown}", escape.table((shown, "b"), [])]
    for place in places:
        inline = next(token for token in PARSER.parse(place) if token.type == "inline")
        assert {"code_inline"} == kinds(inline)
        assert clean(text, 120) == contents(inline)


@given(seen)
def test_prose_is_text_and_code_with_the_same_words(text):
    for place in (escape.prose(text), f"- {escape.prose(text)}", escape.table((escape.prose(text), "b"), [])):
        tokens = PARSER.parse(place)
        inline = next(token for token in tokens if token.type == "inline")
        assert {"paragraph_open", "inline", "paragraph_close"} == {
            token.type for token in PARSER.parse(escape.prose(text))
        }
        assert {"text", "code_inline"} >= kinds(inline)
        assert clean(" ".join(text.split()), 600) == contents(inline)


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


def substituted(value, text: str):
    """Put `text` in the place of every foreign text of a report."""
    if isinstance(value, StrEnum) or value is None:
        return value
    if isinstance(value, str):
        return text if value else value
    if isinstance(value, tuple):
        return tuple(substituted(item, text) for item in value)
    if dataclasses.is_dataclass(value):
        fields = {
            field.name: substituted(getattr(value, field.name), text) for field in dataclasses.fields(value)
        }
        return dataclasses.replace(value, **fields)
    return value


def structure(body: str) -> list[object]:
    held = []
    for token in PARSER.parse(body):
        inner = [child.type for child in token.children or () if child.type not in {"text", "code_inline"}]
        held.append((token.type, token.tag, inner, token.content if token.type == "html_block" else ""))
    return held


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(set(REPORTS) - {"huge"})), seen.map(lambda text: text.replace("\n", "\r")[:60]))
def test_foreign_texts_leave_the_structure_of_the_markdown_alone(case, text):
    if not text.split():
        return
    mild = structure(markdown.render(substituted(REPORTS[case], "x")))
    wild = structure(markdown.render(substituted(REPORTS[case], text)))
    assert mild == wild
    assert {"html_inline", "link_open", "image"}.isdisjoint(kind for token in wild for kind in token[2])


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(set(REPORTS) - {"huge"})), hostile)
def test_no_control_character_reaches_a_terminal(case, text):
    shown = terminal.render(substituted(REPORTS[case], text))
    assert shown.replace("\n", "") == visible(shown.replace("\n", ""))


def strategy(kind: object, name: str):
    """Return reports of every shape that the types allow."""
    if kind == Scalar:
        return st.one_of(hostile, st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())
    if (inner := shape.optional(kind)) is not None:
        return st.none() | strategy(inner, name)
    if (entry := shape.element(kind)) is not None:
        return st.lists(strategy(entry, name), max_size=2).map(tuple)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return st.builds(kind, **{key: strategy(held, key) for key, held in shape.members(kind).items()})
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    return {
        str: hostile | st.just(""),
        bool: st.booleans(),
        int: st.integers(0, shape.LARGEST),
        float: st.floats(allow_nan=False),
    }[kind]


VALIDATOR = jsonschema.Draft202012Validator(shape.schema())


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategy(Report, ""))
def test_every_report_can_be_told_in_every_medium_and_read_back(report):
    dumped = json_report.dump(report)
    assert report == json_report.load(dumped)
    assert dumped == json_report.dump(json_report.load(dumped))
    assert list(VALIDATOR.iter_errors(json.loads(dumped))) == []
    assert len(markdown.render(report).encode()) <= markdown.BUDGET
    assert terminal.render(report, ascii_only=True).isascii()


@given(st.floats(), st.floats())
def test_a_pair_that_differs_is_told_apart_or_marked(left, right):
    before, after = pair(left, right)
    if left < right or right < left:
        assert before != after or "…" in before
