# SPDX-License-Identifier: Apache-2.0
"""Colours and symbols of a terminal: each meaning has both, so colour never stands alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from repro_action.report.model import Flavour, Report, State
from repro_action.report.text import clean
from repro_action.verdict import Verdict

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

GOOD, FAIR, BAD, DIM, STRONG = "green", "yellow", "bold red", "dim", "bold"

Span = str | tuple[str, str]
"""A text, or a text and its style."""

_ASCII = {
    "✔": "ok",
    "✘": "x",
    "≈": "~",
    "○": "o",
    "⟳": "?",
    "→": "->",
    "≠": "!=",
    "≥": ">=",
    "Δ": "d",
    "·": "|",
    "…": "...",
    "—": "-",
    "↑": "(max)",
    "↓": "(min)",
    "±": "+-",
    "\N{MULTIPLICATION SIGN}": "x",
}

VERDICTS = {
    Verdict.REPRODUCED: ("✔", GOOD),
    Verdict.EQUIVALENT: ("≈", FAIR),
    Verdict.CHANGED: ("✘", BAD),
    Verdict.DRIFTED: ("✘", BAD),
    Verdict.FAILED: ("✘", BAD),
    Verdict.NO_BASELINE: ("○", FAIR),
}

STATES = {
    State.IDENTICAL: ("✔", GOOD),
    State.BYTES_ONLY: ("✔", GOOD),
    State.TOLERATED: ("≈", FAIR),
    State.ADDED: ("✘", BAD),
    State.DIFFERS: ("✘", BAD),
    State.MISSING: ("✘", BAD),
    State.UNREADABLE: ("○", FAIR),
}


def verdict(report: Report) -> tuple[str, str]:
    """Return the symbol and the style of a report's verdict."""
    return ("⟳", BAD) if report.flavour is Flavour.FLAKY else VERDICTS[report.verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Painter:
    """Makes rich texts of foreign strings, in Unicode or in ASCII alone."""

    ascii_only: bool = False
    width: int = 100

    def plain(self, text: str, width: int = 0) -> str:
        """Return foreign text harmless, cut in the middle, and in ASCII where asked."""
        shown = clean(text, width or max(self.width, 40))
        if not self.ascii_only:
            return shown
        known = "".join(_ASCII.get(character, character) for character in shown)
        return known.encode("ascii", "backslashreplace").decode("ascii")

    def text(self, *spans: Span, cut: bool = False) -> Text:
        """Join spans to one text; never interprets rich's markup.

        Args:
            spans: what to join.
            cut: keep it on one line instead of wrapping it.
        """
        from rich.text import Text

        pieces = ((span, "") if isinstance(span, str) else span for span in spans)
        joined = Text.assemble(*((self.plain(text, 2000), style) for text, style in pieces))
        if cut:
            joined.no_wrap, joined.overflow = True, "ellipsis"
        return joined


def joined(separator: Span, parts: Iterable[Iterable[Span]]) -> list[Span]:
    """Put a separator between groups of spans."""
    spans: list[Span] = []
    for part in parts:
        spans.extend([separator, *part] if spans else part)
    return spans


def console(stream: TextIO, *, colour: bool | None = None) -> Console:
    """Return a console for a stream.

    Where the stream is no terminal, nothing is wrapped and nothing coloured, so that a
    line of a log stays one line.

    Args:
        stream: where it writes.
        colour: True and False decide; None leaves it to the terminal and `NO_COLOR`.
    """
    from rich.console import Console

    terminal = stream.isatty()
    return Console(
        file=stream,
        force_terminal=True if colour else None,
        no_color=True if colour is False else None,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
        width=None if terminal else UNWRAPPED,
    )


UNWRAPPED = 400
"""Columns where nobody wraps; long enough for every line that `terminal` writes."""
