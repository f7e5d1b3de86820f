# SPDX-License-Identifier: Apache-2.0
"""Colours and symbols of a terminal: each meaning has both, so colour never stands alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO

from repro_action.report.model import Flavour, Report, State
from repro_action.text import clean
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
    "│": "|",
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
        replaced = "".join(_ASCII.get(character, character) for character in shown)
        return replaced.encode("ascii", "backslashreplace").decode("ascii")

    @property
    def narrow(self) -> bool:
        """Whether there is room for the telling things only."""
        return self.width < NARROW

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


def packed(
    separator: Span, parts: Iterable[Iterable[Span]], painter: Painter, width: int
) -> list[list[Span]]:
    """Put a separator between groups of spans, in lines of at most `width` columns.

    A line ends between two groups, never inside one.

    Args:
        separator: between two groups.
        parts: the groups.
        painter: of the terminal.
        width: columns.
    """
    from rich.cells import cell_len

    lines: list[list[list[Span]]] = []
    room = 0
    gap = cell_len(painter.plain(_plain_text([separator])))
    for part in map(list, parts):
        need = cell_len(painter.plain(_plain_text(part))) + gap
        if lines and need <= room:
            lines[-1].append(part)
            room -= need
        else:
            lines.append([part])
            room = width - need
    return [joined(separator, line) for line in lines]


def _plain_text(spans: Iterable[Span]) -> str:
    return "".join(span if isinstance(span, str) else span[0] for span in spans)


def console(stream: TextIO, *, colour: bool | None = None) -> Console:
    """Return a console for a stream.

    Where the stream is no terminal, nothing is wrapped and nothing coloured, so that a
    line of a log stays one line.

    Args:
        stream: where it writes.
        colour: True and False decide; None leaves it to the terminal and `NO_COLOR`.
    """
    from rich.console import Console

    def make(system: Literal["auto"] | None) -> Console:
        return Console(
            file=stream,
            force_terminal=True if colour else None,
            no_color=True if colour is False else None,
            color_system=system,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=False,
            width=None if stream.isatty() else UNWRAPPED,
        )

    made = make("auto")
    # Without colours rich would still write bold and dim; where none are wanted, no codes are.
    return make(None) if made.no_color else made


NARROW = 80
"""Columns below which types and rules are left out."""

UNWRAPPED = 400
"""Columns where nobody wraps; long enough for every line that `terminal` writes."""
