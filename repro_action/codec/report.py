# SPDX-License-Identifier: Apache-2.0
"""The report as canonical JSON, and back.

The text is ASCII with sorted keys: one text for one report, and harmless wherever it is
printed. `load` trusts nothing: it holds every bound of `report.v1.schema.json` itself.
"""

from __future__ import annotations

import dataclasses
import json
from enum import StrEnum
from typing import TypeVar

from repro_action.codec.canonical import Json, decode_scalar, encode_scalar, parse
from repro_action.codec.report_schema import (
    LARGEST,
    TEXT,
    VERSION,
    element,
    items,
    key,
    may_lack,
    members,
    optional,
)
from repro_action.errors import ArtifactUnreadable, BaselineError
from repro_action.report.model import Comparison, Notice, Report
from repro_action.text import clean, middle
from repro_action.tree import Scalar

_T = TypeVar("_T")

LARGEST_FILE = 16 << 20
"""Characters of a report that `load` reads."""


def dump(report: Report) -> str:
    """Write a report; texts and lists beyond their bound are cut, and a warning says so."""
    return json.dumps(encode(report), sort_keys=True, indent=1, allow_nan=False, ensure_ascii=True) + "\n"


def encode(report: Report) -> dict[str, Json]:
    """Return a report as the value that `dump` writes, cut in the same way."""
    cuts: list[str] = []
    fields = _encode_fields(report, cuts)
    if cuts:
        warnings = (*report.warnings[: items("warnings") - 1], _cut_warning(cuts))
        fields = _encode_fields(dataclasses.replace(report, warnings=warnings), [])
    return {"version": VERSION, **fields}


def as_json(comparison: Comparison) -> dict[str, Json]:
    """Return one comparison as it stands in a report, for `repro diff --json`."""
    return _encode_fields(comparison, [])


def load(text: str, where: str = "report.json") -> Report:
    """Read what `dump` wrote.

    Raises:
        ArtifactUnreadable: the text is not a report of this version, or exceeds a bound.
    """
    if len(text) > LARGEST_FILE:
        raise ArtifactUnreadable(f"the report has more than {LARGEST_FILE} characters", where=where)
    return decode(strict(text, where), where)


def strict(text: str, where: str) -> object:
    """Read strict JSON of strangers.

    Raises:
        ArtifactUnreadable: the text is no such JSON.
    """
    try:
        return parse(text, where)
    except BaselineError as error:
        raise ArtifactUnreadable(error.what, where=where) from error


def decode(raw: object, where: str) -> Report:
    """Read what `encode` returned.

    Raises:
        ArtifactUnreadable: the value is not a report of this version, or exceeds a bound.
    """
    if not isinstance(raw, dict) or raw.get("version") != VERSION:
        raise ArtifactUnreadable(
            "it is not a report of version 1", where=where, remedy="Read it with the repro that wrote it."
        )
    held = {name: value for name, value in raw.items() if name != "version"}
    return _decode_fields(Report, held, "", where)


def _cut_warning(cuts: list[str]) -> Notice:
    named = ", ".join(sorted(set(cuts))[:10])
    return Notice(what=f"the report was too long, and parts of it were cut: {named}")


def _encode_fields(value: object, cuts: list[str]) -> dict[str, Json]:
    held = {name: getattr(value, name) for name in members(type(value))}
    return {
        key(name): _encode(item, name, cuts)
        for name, item in held.items()
        if item or not may_lack(type(value), name)
    }


def _encode(value: object, name: str, cuts: list[str]) -> Json:
    match value:
        case StrEnum():
            return value.value
        case str():
            if len(value) > TEXT:
                cuts.append(name)
            return middle(value, TEXT)
        case tuple():
            most = items(name)
            if len(value) > most:
                cuts.append(f"{name} ({len(value) - most} left out)")
            return [_encode(item, name, cuts) for item in value[:most]]
        case None | bool() | int() | float():
            return encode_scalar(value)
    return _encode_fields(value, cuts)


def _decode(kind: object, raw: object, name: str, where: str) -> object:
    if kind == Scalar:
        return _scalar(raw, name, where)
    inner, entry = optional(kind), element(kind)
    if inner is not None:
        return None if raw is None else _decode(inner, raw, name, where)
    if entry is not None:
        if not isinstance(raw, list) or len(raw) > items(name):
            raise _refusal(name, f"a list of at most {items(name)} entries", where)
        return tuple(_decode(entry, item, name, where) for item in raw)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _decode_fields(kind, raw, name, where)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if not isinstance(raw, str) or raw not in {member.value for member in kind}:
            raise _refusal(name, f"one of {', '.join(repr(member.value) for member in kind)}", where)
        return kind(raw)
    return _plain(kind, raw, name, where)


def _decode_fields(kind: type[_T], raw: object, name: str, where: str) -> _T:
    fields = {key(name): (name, held) for name, held in members(kind).items()}
    lacking = {word for word in fields if may_lack(kind, word)}
    if not isinstance(raw, dict) or (set(raw) ^ set(fields)) - lacking:
        odd = sorted((set(raw) ^ set(fields)) - lacking) if isinstance(raw, dict) else []
        told = f" ({clean(odd[0], 40)} is missing or unknown)" if odd else ""
        raise _refusal(name, f"an object with the keys of {kind.__name__}{told}", where)
    values = {
        name: _decode(held, raw[published], name, where)
        for published, (name, held) in fields.items()
        if published in raw
    }
    return kind(**values)


def _plain(kind: object, raw: object, name: str, where: str) -> object:
    if kind is str:
        if isinstance(raw, str) and len(raw) <= TEXT:
            return raw
        raise _refusal(name, f"a text of at most {TEXT} characters", where)
    if kind is bool:
        if isinstance(raw, bool):
            return raw
        raise _refusal(name, "true or false", where)
    if kind is int:
        if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= LARGEST:
            return raw
        raise _refusal(name, "a whole number that is not negative", where)
    value = _scalar(raw, name, where)
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        try:
            return float(value)
        except OverflowError:
            pass
    raise _refusal(name, "a number", where)


def _scalar(raw: object, name: str, where: str) -> Scalar:
    if isinstance(raw, str) and len(raw) > TEXT:
        raise _refusal(name, f"a text of at most {TEXT} characters", where)
    if isinstance(raw, dict) and not isinstance(raw.get("float"), str):
        raise _refusal(name, "a number, a text, true, false or null", where)
    try:
        return decode_scalar(raw, where)
    except BaselineError as error:
        raise _refusal(name, "a number, a text, true, false or null", where) from error


def _refusal(name: str, expected: str, where: str) -> ArtifactUnreadable:
    return ArtifactUnreadable(f"{name or 'the report'} should be {expected}", where=where)
