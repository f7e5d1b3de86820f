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

_SURROGATE = re.compile("[\ud800-\udfff]")
_NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def encode_scalar(value: Scalar) -> Json:
    """Return `value`, or the object that stands for a float that JSON cannot hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")}
    return value


def decode_scalar(value: object, where: str) -> Scalar:
    """Undo `encode_scalar`.

    Raises:
        BaselineError: `value` is neither a scalar nor such an object.
    """
    if value is None or isinstance(value, str | int | float | bool):
        return value
    held = value.get("float") if isinstance(value, dict) and len(value) == 1 else None
    if isinstance(held, str) and held in _NON_FINITE:
        return _NON_FINITE[held]
    raise BaselineError(f"{where}: expected a number, a text, true, false or null")


def compact(value: Json) -> str:
    """Return `value` on one line, for digests and leaves."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _encodable(text)


def pretty(value: Json, inline: Callable[[tuple[str, ...]], bool]) -> str:
    """Return `value` over several lines, ended by a newline.

    Args:
        value: what to write.
        inline: whether the value at a path of keys stands on one line.
    """
    return _encodable(_lines(value, (), inline)) + "\n"


def _encodable(text: str) -> str:
    # File names that are no UTF-8 hold lone surrogates; escaped, they survive any reader.
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _lines(value: Json, path: tuple[str, ...], inline: Callable[[tuple[str, ...]], bool]) -> str:
    if not isinstance(value, Mapping) or not value or inline(path):
        return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    pad = "  " * (len(path) + 1)
    rows = [
        f"{pad}{json.dumps(key, ensure_ascii=False)}: {_lines(value[key], (*path, key), inline)}"
        for key in sorted(value)
    ]
    return "{\n" + ",\n".join(rows) + "\n" + "  " * len(path) + "}"


def parse(text: str, where: str) -> object:
    """Read JSON strictly: no duplicate keys, no NaN literals, bounded nesting.

    Raises:
        BaselineError: the text is not such JSON.
    """

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        held = dict(pairs)
        if len(held) != len(pairs):
            raise BaselineError("a key stands twice", where=where, remedy="Was a merge left half done?")
        return held

    def refuse(constant: str) -> object:
        raise BaselineError(f"{constant} is not JSON", where=where)

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError) as error:  # ValueError: also whole numbers of 4,300 digits
        conflict = any(line.startswith(("<<<<<<<", ">>>>>>>")) for line in text.splitlines())
        raise BaselineError(
            "git left conflict markers in it" if conflict else f"it is not JSON: {error}",
            where=where,
            remedy="Take either side, then run `repro verify` and `repro accept`.",
        ) from error
