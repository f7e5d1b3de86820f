# SPDX-License-Identifier: Apache-2.0
"""What an edit changed, shown as itself: `depth = 5 → 7`, `--epochs 5 → 10`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SHOWN_LINE = 100
"""Characters of a part that is shown as it is."""

_SHOWN_EDITS = 3
"""Edits of a command that are shown; the others are counted."""

_NAMED = re.compile(r"""(?:[\w.]+|["'][^"']*["'])\s*(?:==|[=:<>])\s*$""")
"""What a value in the middle of a line is called: `depth=`, `"depth": `."""

_TOKEN = re.compile(r"""\w+(?:[.:/+-]\w+)*|"[^"]*"|'[^']*'|\s+|.""")
_AROUND = 40
"""Characters of a line that are shown on each side of what differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """What is known of a changed file beyond its digest.

    Attributes:
        text: in a few words, such as `+120 rows`.
        same_program: a program of which only comments or the layout changed.
    """

    text: str = ""
    same_program: bool = False


def line_edit(before: str, after: str) -> str:
    """Show an edited line as itself, such as `depth = 5 → 7`; empty where both are too unlike for that.

    Args:
        before: the line as it was, without line end.
        after: the line as it is.
    """
    old, new = before.strip(), after.strip()
    if old == new:
        return "only the indentation of a line changed"
    start, end = _shared(old, new)
    if start == 0 and end == 0 and max(len(old), len(new)) > _SHOWN_LINE:
        return ""
    replaced, put = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(replaced), len(put)) > _SHOWN_LINE:
        return ""
    return _shown(old[:start], replaced, put, old[len(old) - end :] if end else "")


def _shown(head: str, replaced: str, put: str, tail: str) -> str:
    """Return both sides of a difference with what stands around it."""
    if not replaced.strip() or not put.strip():
        return f"{_end(head)}{replaced}{_start(tail)} → {_end(head)}{put}{_start(tail)}"
    if not any(letter.isalnum() for letter in tail):
        # A bracket that closes the line says nothing; it stays with the old side alone.
        return f"{_end(head)}{replaced}{tail} → {put}"
    named = _NAMED.search(head)
    if named is not None:
        return f"{named[0].lstrip()}{replaced} → {put}"
    return f"{_end(head)}{replaced}{_start(tail)} → {_end(head)}{put}{_start(tail)}"


def _end(text: str) -> str:
    return text if len(text) <= _AROUND else "…" + text[-_AROUND:].lstrip()


def _start(text: str) -> str:
    return text if len(text) <= _AROUND else text[:_AROUND].rstrip() + "…"


def _shared(old: str, new: str) -> tuple[int, int]:
    """Return how many characters both begin and end with, in whole words and numbers."""
    one, other = _TOKEN.findall(old), _TOKEN.findall(new)
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return len("".join(one[:start])), len("".join(one[len(one) - end :]))


def command_edit(before: str, after: str) -> str:
    """Show which words of a command differ, such as `--epochs 5 → 10`; empty where none do."""
    old, new = words(before), words(after)
    edits = list(_word_edits(old, new))
    more = len(edits) - _SHOWN_EDITS
    return ", ".join(edits[:_SHOWN_EDITS]) + (f" and {more} more" if more > 0 else "")


def words(line: str) -> list[str]:
    """Return the words of a line as a shell reads them."""
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _word_edits(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    import difflib  # `repro status` seldom needs it

    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for what, start, end, first, last in matcher.get_opcodes():
        gone, come = old[start:end], new[first:last]
        match what:
            case "replace" if len(gone) == len(come):
                yield from (
                    _word_edit(old[start + place - 1 : start + place], one, other)
                    for place, (one, other) in enumerate(zip(gone, come, strict=True))
                )
            case "replace":
                yield f"{_cut(gone)} → {_cut(come)}"
            case "insert":
                yield f"{_cut(come)} added"
            case "delete":
                yield f"{_cut(gone)} removed"


def _word_edit(ahead: Sequence[str], one: str, other: str) -> str:
    name, sign, value = one.partition("=")
    same, _, put = other.partition("=")
    if sign and name == same and put:
        return f"{name}={_cut([value])} → {_cut([put])}"
    option = f"{ahead[0]} " if ahead and ahead[0].startswith("-") and "=" not in ahead[0] else ""
    return f"{option}{_cut([one])} → {_cut([other])}"


def _cut(found: Sequence[str]) -> str:
    text = shlex.join(found)
    return text if len(text) <= _SHOWN_LINE else f"{text[: _SHOWN_LINE - 1]}…"
