# SPDX-License-Identifier: Apache-2.0
"""Foreign text made harmless to look at: control characters shown, long values cut in the middle."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

ELLIPSIS = "…"

_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
"""Unicode categories that are invisible, reorder text or move the cursor."""

_SGR = re.compile(r"\x1b\[[0-9;:]{0,64}m")


def visible(text: str) -> str:
    r"""Return `text` on one line with every character that cannot be seen as an escape.

    Control, format (bidirectional overrides, zero-width), surrogate, private, unassigned
    and separator characters become `\n`, `\x1b`, `\u202e`, `\U000e0001`; the plain space
    stays. A character of U+FE00 to U+FE0F changes how the one before it looks, and goes too.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character == " ":
        return character
    selector = "\ufe00" <= character <= "\ufe0f"
    if selector or unicodedata.category(character) in _SHOWN:
        code = ord(character)
        named = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
        if character in named:
            return named[character]
        if code < 0x100:
            return f"\\x{code:02x}"
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character


def uncoloured(text: str) -> str:
    """Drop the colours of a terminal, which output of a step often has."""
    return _SGR.sub("", text)


def middle(text: str, width: int) -> str:
    """Return `text`, its middle replaced by an ellipsis where it has more than `width` characters.

    The end keeps a little more than the start, since paths differ at their end.
    """
    if len(text) <= width:
        return text
    kept = max(width - 1, 2)
    head = kept * 2 // 5
    return text[:head] + ELLIPSIS + text[len(text) - (kept - head) :]


def apart(one: str, other: str, width: int) -> tuple[str, str]:
    """Return two unlike texts of at most about `width` characters that show where they differ.

    Both are cut at the same place, a little ahead of the first character that differs, so that
    equal ends hide nothing.
    """
    if one == other or max(len(one), len(other)) <= width:
        return one, other
    if one[:1] != other[:1]:
        return middle(one, width), middle(other, width)
    start = _ahead(one, other, width)
    return _from(one, start, width), _from(other, start, width)


def _ahead(one: str, other: str, width: int) -> int:
    """Return where to cut two texts: a little ahead of the first character that differs."""
    pairs = enumerate(zip(one, other, strict=False))
    same = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    start = same - width // 3
    return start if start >= 2 else 0


def _from(text: str, start: int, width: int) -> str:
    end = start + width - 2
    return (ELLIPSIS if start else "") + text[start:end] + (ELLIPSIS if end < len(text) else "")


def distinct(names: Iterable[str], width: int) -> tuple[str, ...]:
    """Return names cut to about `width` characters, unlike ones so that they stay unlike.

    Args:
        names: in the order in which they are shown.
        width: in characters, at least 8.
    """
    unique = tuple(names)
    alike: dict[str, set[str]] = {}
    for name in unique:
        alike.setdefault(middle(name, width), set()).add(name)
    return tuple(_cut_apart(name, alike[middle(name, width)], width) for name in unique)


def _cut_apart(name: str, alike: AbstractSet[str], width: int) -> str:
    if len(alike) == 1:
        return middle(name, width)
    # What the first and the last of them in their order begin with, all do.
    return _from(name, _ahead(min(alike), max(alike), width), width)


def clean(text: str, width: int = 200) -> str:
    """Return `text` visible and at most `width` characters wide, for one cell or line."""
    # Cut first, so that a hostile megabyte is not escaped character by character.
    return middle(visible(middle(text, 4 * width)), width)


def few(names: Sequence[str]) -> str:
    """Return names with commas, and count the later ones: `OMP_NUM_THREADS, MKL_NUM_THREADS and 7 more`."""
    left = len(names) - 2
    return ", ".join(names[:2]) + (f" and {left} more" if left > 0 else "")


def plural(count: int, noun: str) -> str:
    """Return `1 leaf`, `2 leaves`; knows the nouns of this product only."""
    if count == 1:
        return f"1 {noun}"
    many = "leaves" if noun == "leaf" else f"{noun}s"
    return f"{count:,} {many}" if count >= 10_000 else f"{count} {many}"
