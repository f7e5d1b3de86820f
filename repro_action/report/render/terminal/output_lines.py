# SPDX-License-Identifier: Apache-2.0
"""Raw output of steps, chunk by chunk, as whole harmless lines."""

from __future__ import annotations

from repro_action.text import clean, uncoloured

LONGEST = 2_000
"""Characters after which a line without end is shown as it is."""

WIDTH = 1_000
"""Columns of a line that are shown; the middle of a longer one is cut."""


class LineBuffer:
    r"""Collects chunks and gives lines; a carriage return starts its line over, as on a terminal.

    So a progress bar that redraws itself is one line, and no `\r` reaches a log, where it
    would start a new line that a runner reads.
    """

    def __init__(self) -> None:
        self._unended: dict[str, str] = {}

    def feed(self, source: str, chunk: str) -> list[str]:
        """Add a chunk of one source and return the lines that it ends."""
        *ended, rest = (self._unended.get(source, "") + chunk).split("\n")
        while len(rest) > LONGEST:
            ended.append(rest[:LONGEST])
            rest = rest[LONGEST:]
        self._unended[source] = rest
        return [_last(line) for line in ended]

    def flush(self) -> list[tuple[str, str]]:
        """Return `(source, line)` for what has no end yet, and forget it."""
        lines = [(source, _last(rest)) for source, rest in self._unended.items() if rest]
        self._unended.clear()
        return lines


def _last(line: str) -> str:
    """Return what a terminal would still show of a line, harmless."""
    drawn = [part for part in line.split("\r") if part]
    return clean(uncoloured(drawn[-1]), WIDTH) if drawn else ""
