# SPDX-License-Identifier: Apache-2.0
"""Reports of every shape and with every text, and what Markdown makes of them: shared by property tests."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from enum import StrEnum

from hypothesis import strategies as st
from markdown_it import MarkdownIt

from repro_action.report.json.layout import LARGEST
from repro_action.tree import Scalar

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

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


_NAME = re.compile(r"<code>[^<>]*</code>")


def structure(body: str) -> list[object]:
    items = []
    for token in PARSER.parse(body):
        inner = [child.type for child in token.children or () if child.type not in {"text", "code_inline"}]
        # Of a fold's summary, the names of models are foreign: text, whatever they say.
        block = _NAME.sub("<code></code>", token.content) if token.type == "html_block" else ""
        items.append((token.type, token.tag, inner, block))
    return items


def strategy(kind: object):
    """Return values of every shape that the types of a model allow."""
    if kind == Scalar:
        return st.one_of(hostile, st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())
    parts = typing.get_args(kind)
    if isinstance(kind, types.UnionType):
        return st.none() | strategy(parts[0])
    if parts and parts[-1] is ...:
        return st.lists(strategy(parts[0]), max_size=2).map(tuple)
    if parts:
        return st.tuples(*map(strategy, parts))
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return st.builds(
            kind, **{field.name: strategy(hints[field.name]) for field in dataclasses.fields(kind)}
        )
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    return {
        str: hostile | st.just(""),
        bool: st.booleans(),
        int: st.integers(0, LARGEST),
        float: st.floats(allow_nan=False),
    }[kind]
