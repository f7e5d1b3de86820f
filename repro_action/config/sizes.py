# SPDX-License-Identifier: Apache-2.0
"""Sizes as people write them, such as `4 GiB`."""

from __future__ import annotations

import re

_UNITS = {"B": 1, **{f"{letter}iB": 1 << (10 * power) for power, letter in enumerate("KMGT", start=1)}}
_UNITS |= {f"{letter}B": 1000**power for power, letter in enumerate("KMGT", start=1)}
_SIZE = re.compile(r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,3})?) ?(?P<unit>[KMGT]i?B|B)")


def parse_size(text: str) -> int | None:
    """Return a size in bytes; None where the text is not a size of at least one byte.

    Args:
        text: a number and one of B, KB, KiB, MB, MiB, GB, GiB, TB, TiB.
    """
    match = _SIZE.fullmatch(text)
    number = float(match["number"]) if match else 0.0
    return max(1, round(number * _UNITS[match["unit"]])) if match and number else None


def size_text(size: int) -> str:
    """Return a size in the largest unit in which it is a whole number; `parse_size` gives it back."""
    powers = {unit: factor for unit, factor in _UNITS.items() if "i" in unit or unit == "B"}
    unit = max((unit for unit in powers if size % powers[unit] == 0), key=powers.__getitem__)
    return f"{size // powers[unit]} {unit}"
