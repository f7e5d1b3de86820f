# SPDX-License-Identifier: Apache-2.0
"""What one cell of text is, and the keys that stand for values and names."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal

from repro_action.digest import digest_bytes
from repro_action.text import visible

MISSING = frozenset(
    {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>"}
) | {"N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null", "NaT"}
"""Texts that mean that a value is missing: those of `pandas.read_csv`, and `NaT`."""

CellKind = Literal["missing", "number", "boolean", "datetime", "text"]

LONGEST_NAME = 80
"""Characters of a column's name that stand in a profile."""

_NUMBER = re.compile(
    r"[-+]?(?:0|[1-9][0-9]{0,17}|[0-9]*\.[0-9]+|[0-9]+\.|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]{1,3})?"
    r"|[-+]?(?:inf|Inf|Infinity)"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.,]{4,18}(?:Z|[-+][0-9]{2}:?[0-9]{2})?)?")
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_STARTS = frozenset("0123456789+-.iItTfF")
"""What a number, date or truth value begins with; most texts are told apart by it."""


def cell_value(text: str) -> tuple[CellKind, float]:
    """Return what a cell is, and its value as float64: of a date, seconds since 1970 in UTC.

    A number with superfluous zeros in front (`007`) is a text, as identifiers are. A date without a zone
    counts as UTC.
    """
    if text in MISSING:
        return "missing", 0.0
    if text[0] not in _STARTS or len(text) > 64:
        return "text", 0.0
    if _NUMBER.fullmatch(text):
        return "number", float(text)
    if text in _BOOLEANS:
        return "boolean", float(_BOOLEANS[text])
    if _DATE.fullmatch(text):
        try:
            return "datetime", _seconds(datetime.fromisoformat(text))
        except (ValueError, OverflowError):
            return "text", 0.0
    return "text", 0.0


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def number_text(value: float) -> str:
    """Return the text that a number has as a category: the shortest that reads back as this float64.

    A whole number below 10**16 has no point, and no zero is negative.
    """
    whole = abs(value) < 1e16 and value == int(value)
    return str(int(value)) if whole else repr(float(value))


def category_key(column: str, text: str) -> str:
    """Return what stands for a value of a column: 12 hexadecimal digits of BLAKE3.

    The key depends on the column, so that keys of different columns cannot be joined. It hides no value that
    can be guessed: whoever has a list of candidates can try them all.

    Args:
        column: its name in full.
        text: of a number, `number_text`; of a truth value, `true` or `false`; of a date,
            `number_text` of its seconds and ` s`.
    """
    name = column.encode("utf-8", "surrogatepass")
    head = b"category1\0%d\0" % len(name)
    return digest_bytes("blake3", head, name, text.encode("utf-8", "surrogatepass")).value[:12]


def column_key(name: str) -> str:
    """Return the name of a column as it stands in a profile.

    A name of more than `LONGEST_NAME` characters, or with characters that cannot be seen, is made visible and
    cut, and gets 12 digits of its digest, so that different names stay different.
    """
    shown = visible(name)
    if shown == name and len(name) <= LONGEST_NAME:
        return name
    digest = digest_bytes("blake3", name.encode("utf-8", "surrogatepass")).value[:12]
    return f"{shown[:40]}…{digest}"
