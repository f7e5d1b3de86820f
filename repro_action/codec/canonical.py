# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON: one text for one value, made for git.

Keys are sorted, floats are Python's shortest round-trip form, and what `inline` selects
stands on one line, so that a baseline diffs and merges leaf by leaf. A float that JSON
cannot hold is `{"float": "nan"}`, `{"float": "inf"}` or `{"float": "-inf"}`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence

from repro_action.errors import BaselineError
from repro_action.tree import Scalar

Json = Scalar | Sequence["Json"] | Mapping[str, "Json"]

_ONE_LINE = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False).encode
_COMPACT = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_ASCII = json.JSONEncoder(sort_keys=True, allow_nan=False, separators=(",", ":")).encode
_SURROGATE = re.compile("[\ud800-\udfff]")
_NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def encode_scalar(value: Scalar) -> Json:
    """Return `value`, or the object that stands for a float that JSON cannot hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")}
    return value


def decode_scalar(raw: object) -> Scalar:
    """Undo `encode_scalar`.

    Raises:
        ValueError: `raw` is neither a scalar nor such an object.
    """
    if raw is None or isinstance(raw, str | int | float | bool):
        return raw
    name = raw.get("float") if isinstance(raw, dict) and len(raw) == 1 else None
    if isinstance(name, str) and name in _NON_FINITE:
        return _NON_FINITE[name]
    raise ValueError("Expected a number, a string, true, false or null")


def compact(value: Json) -> str:
    """Return `value` on one line, for digests and leaves."""
    return _encodable(_COMPACT(value))


def indented(value: Json) -> str:
    """Return `value` in ASCII over many lines with sorted keys, ended by a newline."""
    import msgspec

    # The text that `json.dumps(indent=1)` makes, which writes it in Python, four times slower.
    try:
        return msgspec.json.format(_ASCII(value), indent=1) + "\n"
    except msgspec.DecodeError:  # lone surrogates, or deeper than it goes
        return json.dumps(value, sort_keys=True, indent=1, allow_nan=False) + "\n"


def pretty(value: Json, inline: Callable[[tuple[str, ...]], bool]) -> str:
    """Return `value` over several lines, ended by a newline.

    Args:
        value: what to write.
        inline: whether the value at a path of keys stands on one line.
    """
    return _encodable(_lines(value, (), inline)) + "\n"


def _encodable(text: str) -> str:
    # File names that are not UTF-8 contain lone surrogates; escaped, they survive any reader.
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _lines(value: Json, path: tuple[str, ...], inline: Callable[[tuple[str, ...]], bool]) -> str:
    if not isinstance(value, Mapping) or not value or inline(path):
        return _ONE_LINE(value)
    pad = "  " * (len(path) + 1)
    rows = [f"{pad}{_ONE_LINE(key)}: {_lines(value[key], (*path, key), inline)}" for key in sorted(value)]
    return "{\n" + ",\n".join(rows) + "\n" + "  " * len(path) + "}"


def parse(text: str, where: str) -> object:
    """Read JSON strictly: no duplicate keys, no NaN literals, bounded nesting.

    Raises:
        BaselineError: the text is not such JSON.
    """

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise BaselineError(
                "a key appears twice in one object", where=where, remedy="A merge may be unfinished."
            )
        return members

    def refuse(constant: str) -> object:
        raise BaselineError(f"{constant} is not valid JSON", where=where)

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError) as error:  # ValueError: also whole numbers of 4,300 digits
        conflict = any(line.startswith(("<<<<<<<", ">>>>>>>")) for line in text.splitlines())
        raise BaselineError(
            "git left conflict markers in it" if conflict else f"it is not valid JSON: {error}",
            where=where,
            remedy="Take either side, then run `repro verify` and `repro accept`.",
        ) from error
