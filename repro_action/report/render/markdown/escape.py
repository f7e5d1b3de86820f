# SPDX-License-Identifier: Apache-2.0
"""Foreign text in Markdown: whatever could mean anything goes into a code span.

Inside a code span CommonMark knows no markup, and GitHub links neither mentions, issues,
commits nor addresses (it does so after rendering, so entities and backslashes would not
stop it). Escapes alone are therefore no defence, and this is the only door in.
https://spec.commonmark.org/0.31.2/#code-spans
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from repro_action.text import ELLIPSIS, clean, middle, uncoloured, visible

_PLAIN = re.compile(
    r"\(?\d*[^\W\d_][^\W_]*(?:['-][^\W\d_]+)*[,;:.!?)]{0,2}"  # a word
    r"|\(?[+±-]?\d+(?:\.\d+)*…?(?:e[+-]\d+)?[,;:%]?"  # a number
    r"|[→·≥≤≠±…—Δ%]"
)
_SETTING = r"[A-Za-z_][\w.-]*\s=\s(?:\"[^\"`]*\"|\[[^\]`]*\]|true|false)"
_MARKS = r"(?:'s)?[)\"”,.;:!?…]{0,4}"
_TOKEN = re.compile(
    rf"(?<!\S)([(\"“]?)`([^`\s][^`]*)`({_MARKS})(?!\S)|(?<!\S)({_SETTING})([,.;:!?]?)(?!\S)|(\S+)"
)
"""What a sentence quotes in backticks, a setting such as `files = "any"`, each with its marks, or a word."""

_COMMIT = re.compile(r"\W?[0-9a-fA-F]{7,40}\W*")

LINES = 40
"""Lines of a block of foreign text that are shown."""


class Markdown(str):
    """Text that is Markdown already: our own, or escaped; templates escape every other value."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return the text as it is, as template engines ask of what needs no escaping."""
        return self


@lru_cache(maxsize=2048)
def code(text: str, width: int = 120) -> Markdown:
    """Return foreign `text` as one code span, on one line; nothing for an empty text."""
    return Markdown(_span(clean(text, width)))


@lru_cache(maxsize=2048)  # reports of one project say much the same
def prose(text: str, width: int = 600) -> Markdown:
    """Return a sentence that holds foreign text: plain words as they are, the rest as code.

    A word is plain if it is made of letters and digits or is a number, perhaps with
    punctuation after it, and could be no commit; neighbours that are not share one span. What
    the sentence quotes in backticks, and a setting, is a span of its own.
    """
    parts: list[str] = []
    odd: list[str] = []
    for found in _TOKEN.finditer(clean(" ".join(text.split()), width)):
        start, quoted, mark, setting, end, word = found.groups()
        if word is not None and not _plain(word):
            odd.append(word)
            continue
        parts.extend(_odd(odd))
        parts.append(word or (start or "") + _span(quoted or setting) + (mark or end or ""))
        odd = []
    return Markdown(" ".join([*parts, *_odd(odd)]))


def _odd(odd: Sequence[str]) -> list[str]:
    """Return words that are not plain as one span, with the sentence's own mark after it."""
    text = " ".join(odd)
    if len(text) > 1 and text[-1] in ",.;:":
        return [_span(text[:-1]) + text[-1]]
    return [_span(text)] if text else []


def paragraphs(text: str) -> Markdown:
    """Return a message: its first line as a sentence, further ones, such as output, as a block."""
    first, _, rest = text.strip("\n").partition("\n")
    return Markdown(prose(first) + (f"\n\n{block(rest)}" if rest else ""))


def block(text: str, language: str = "") -> Markdown:
    """Return foreign lines as a fenced code block; the middle of a long text is left out."""
    lines = [middle(visible(middle(line, 800)), 400) for line in uncoloured(text).split("\n")]
    if len(lines) > LINES:
        left = len(lines) - LINES
        lines = [*lines[: LINES // 2], f"{ELLIPSIS} {left} lines left out", *lines[-(LINES // 2) :]]
    fence = "`" * max(3, 1 + _longest_run("\n".join(lines)))
    return Markdown("\n".join([fence + language, *lines, fence]))


def row(cells: Iterable[object]) -> Markdown:
    """Return one line of a table.

    A pipe splits cells even inside a code span and is escaped here; the table extension
    takes the backslash away again. https://github.github.com/gfm/#tables-extension-
    """
    return Markdown("| " + " | ".join(escaped(cell).replace("|", r"\|") for cell in cells) + " |")


def joined(parts: Iterable[object], separator: str = ", ") -> Markdown:
    """Return what there is of several parts, with our own separator between them."""
    return Markdown(separator.join(text for part in parts if (text := escaped(part))))


def dated(text: str) -> Markdown:
    """Return words with a date as they are, where they are nothing else; any other text is foreign."""
    return Markdown(text) if _DATED.fullmatch(text) else prose(text)


_DATED = re.compile(r"[A-Za-z0-9 ;]*(?: [0-9]{4}-[0-9]{2}-[0-9]{2})?")


def escaped(value: object) -> str:
    """Return Markdown as it is, nothing for None, and everything else as foreign text."""
    if value is None:
        return ""
    return str(value) if hasattr(value, "__html__") else prose(str(value))


def _plain(word: str) -> bool:
    return _PLAIN.fullmatch(word) is not None and not _COMMIT.fullmatch(word)


def _span(text: str) -> str:
    if not text:
        return ""
    if "`" not in text and text[0] != " " != text[-1]:
        return f"`{text}`"
    fence = "`" * (_longest_run(text) + 1)
    # One space on both sides is taken away by the parser, so it protects backticks and spaces.
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return fence + (pad if text.strip(" ") else "") + text + (pad if text.strip(" ") else "") + fence


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
