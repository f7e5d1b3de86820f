# SPDX-License-Identifier: Apache-2.0
"""What changed between two versions of a CSV or TSV file, in a few lines for people; pure."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from repro_action.text import clean, plural

LIMIT = 16 << 20
"""Bytes of a version; the lines of a larger one are not counted."""

WIDTH = 120
"""Characters of a line that are shown."""

_SEPARATORS = {".csv": ",", ".tsv": "\t"}


def is_table(path: str) -> bool:
    """Whether a path has the suffix of a table whose changes can be described line by line."""
    return PurePosixPath(path).suffix.lower() in _SEPARATORS


def table_changes(old: bytes, new: bytes, path: str) -> tuple[str, ...]:
    """Say what changed: line ends, columns, rows, and the first line that differs.

    Args:
        old: the pinned version.
        new: the version at hand.
        path: its suffix names the separator.

    Returns:
        Lines that are safe to print; empty if the versions are equal or too large.
    """
    if old == new or max(len(old), len(new)) > LIMIT:
        return ()
    if _unified(old) == _unified(new):
        return ("Only line endings differ: git's `autocrlf` or an editor may have changed them.",)
    before, after = _lines(old), _lines(new)
    lines = [
        *_columns(before[:1], after[:1], _SEPARATORS[PurePosixPath(path).suffix.lower()]),
        _rows(before[1:], after[1:]),
        *_first(before, after),
    ]
    return tuple(lines)


def rows_changed(old: bytes, new: bytes) -> tuple[int, int]:
    """Return how many rows were added and how many removed, whatever their order."""
    before, after = Counter(_lines(old)[1:]), Counter(_lines(new)[1:])
    return (after - before).total(), (before - after).total()


def _unified(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").rstrip(b"\n")


def _lines(data: bytes) -> list[bytes]:
    return _unified(data).split(b"\n")


def _columns(before: Sequence[bytes], after: Sequence[bytes], separator: str) -> list[str]:
    old, new = (_cells(lines[0], separator) for lines in (before, after))
    if old == new:
        return []
    sentences = []
    for word, names in (("added", _without(new, old)), ("removed", _without(old, new))):
        if names:
            listed = ", ".join(clean(name, 40) for name in names[:5])
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            sentences.append(f"{plural(len(names), 'column')} {word}: {listed}{more}.")
    return sentences or ["The columns are in a different order."]


def _cells(line: bytes, separator: str) -> list[str]:
    text = line.decode("utf-8-sig", "backslashreplace")
    try:
        return next(csv.reader([text], delimiter=separator), [])
    except csv.Error:
        return text.split(separator)


def _without(names: Sequence[str], others: Sequence[str]) -> list[str]:
    return list((Counter(names) - Counter(others)).elements())


def _rows(before: Sequence[bytes], after: Sequence[bytes]) -> str:
    old, new = Counter(before), Counter(after)
    added, removed = (new - old).total(), (old - new).total()
    if not added and not removed:
        return "The rows are the same." if before == after else "The rows are the same, in a different order."
    return f"{plural(added, 'row')} added, {plural(removed, 'row')} removed ({len(before)} → {len(after)})."


def _first(before: Sequence[bytes], after: Sequence[bytes]) -> list[str]:
    number = next(
        (index for index, (old, new) in enumerate(zip(before, after, strict=False)) if old != new),
        min(len(before), len(after)),
    )
    return [
        f"The first line that differs is {number + 1}:",
        f"  pinned: {_line(before, number)}",
        f"  found:  {_line(after, number)}",
    ]


def _line(lines: Sequence[bytes], number: int) -> str:
    if number >= len(lines):
        return "(no such line)"
    return clean(lines[number][: 4 * WIDTH].decode("utf-8", "backslashreplace"), WIDTH)
