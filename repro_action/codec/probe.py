# SPDX-License-Identifier: Apache-2.0
"""A probe's report as canonical JSON: ASCII with sorted keys, inside the bounds of `probe.v1.schema.json`."""

from __future__ import annotations

import dataclasses
import json
from enum import StrEnum

from repro_action.codec import probe_schema as probe_shape
from repro_action.codec import report_schema as shape
from repro_action.codec.canonical import Json, encode_scalar
from repro_action.report.model import Notice
from repro_action.report.probe_model import ProbeReport
from repro_action.text import middle


def dump(report: ProbeReport) -> str:
    """Write a report; texts and lists beyond their bound are cut, and a warning says so."""
    cuts: list[str] = []
    fields = _fields(report, cuts)
    if cuts:
        named = ", ".join(sorted(set(cuts))[:10])
        told = Notice(what=f"the report was too long, and parts of it were cut: {named}")
        kept = report.warnings[: probe_shape.items("warnings") - 1]
        fields = _fields(dataclasses.replace(report, warnings=(*kept, told)), [])
    document = {"version": probe_shape.VERSION, "robust": report.robust, **fields}
    return json.dumps(document, sort_keys=True, indent=1, allow_nan=False, ensure_ascii=True) + "\n"


def _fields(value: object, cuts: list[str]) -> dict[str, Json]:
    held = {name: getattr(value, name) for name in shape.members(type(value))}
    return {
        shape.key(name): _encode(item, name, cuts)
        for name, item in held.items()
        if item or not shape.may_lack(type(value), name)
    }


def _encode(value: object, name: str, cuts: list[str]) -> Json:
    match value:
        case StrEnum():
            return value.value
        case str():
            if len(value) > shape.TEXT:
                cuts.append(name)
            return middle(value, shape.TEXT)
        case tuple():
            most = probe_shape.items(name)
            if len(value) > most:
                cuts.append(f"{name} ({len(value) - most} left out)")
            return [_encode(item, name, cuts) for item in value[:most]]
        case None | bool() | int() | float():
            return encode_scalar(value)
    return _fields(value, cuts)
