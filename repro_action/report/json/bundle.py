# SPDX-License-Identifier: Apache-2.0
"""A bundle as canonical JSON, and back.

`load` reads what a stranger's pull request may have written: it checks every bound of
`bundle.v1.schema.json` itself, and more than a schema can say. What it returns is inside the
bounds; the texts in it are as foreign as before.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

from repro_action.baseline import Baseline
from repro_action.codec import baseline
from repro_action.errors import ArtifactUnreadable
from repro_action.report.bundle import ENTRIES, LARGEST, NAME, PATH, Bundle, Entry, path_fault
from repro_action.report.json import layout as report_layout
from repro_action.report.json.document import of_a_stranger
from repro_action.report.json.layout import TEXT, inside_bounds
from repro_action.text import clean

CANDIDATE_TABLE = 20_000
"""Members of any table of a candidate."""

CANDIDATE_LIST = 1_000
"""Entries of any list of a candidate."""

CANDIDATE = replace(
    baseline.LAYOUT,
    longest=lambda _name: TEXT,
    most=lambda _name: CANDIDATE_LIST,
    members=CANDIDATE_TABLE,
)

_LISTS = {**report_layout.LISTS, "entries": ENTRIES, "affected": ENTRIES, "models": ENTRIES}
_TEXTS = {"config": PATH, "baseline": PATH}
_OPTIONAL = frozenset({"Bundle.models", "Bundle.plan", "ModelChange.before"})

LAYOUT = replace(
    report_layout.LAYOUT,
    longest=lambda name: _TEXTS.get(name, TEXT),
    most=_LISTS.__getitem__,
    nonempty=frozenset({"Entry.config", "Entry.baseline", "AffectedModel.config", "ModelChange.config"}),
    optional=report_layout.OPTIONAL | _OPTIONAL,
    extra={**report_layout.LAYOUT.extra, Bundle: {"version": Literal[1]}},
    nested={Baseline: CANDIDATE},
)

_SPLIT = "Split the configurations over several jobs."


def dump(bundle: Bundle) -> str:
    """Write a bundle; reports beyond their bounds are cut as `report.dump` cuts them.

    Raises:
        ArtifactUnreadable: `load` would refuse it, because of its size, its count or its paths.
    """
    from repro_action.codec.typed.document import DocumentMismatch, write

    fault = _fault(bundle)
    if fault:
        raise ArtifactUnreadable(fault, where=NAME, remedy=_SPLIT)
    short = replace(bundle, tool=clean(bundle.tool, TEXT))
    try:
        try:
            value = write(short, LAYOUT)
        except DocumentMismatch:
            entries = tuple(replace(entry, report=inside_bounds(entry.report)) for entry in bundle.entries)
            value = write(replace(short, entries=entries), LAYOUT)
    except DocumentMismatch as error:
        raise ArtifactUnreadable(str(error), where=NAME) from error
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=True) + "\n"
    if len(text) > LARGEST:
        raise ArtifactUnreadable(
            f"the reports have more than {LARGEST} bytes together", where=NAME, remedy=_SPLIT
        )
    return text


def load(text: str | bytes, where: str = NAME) -> Bundle:
    """Read what `dump` wrote, or what somebody else says it wrote.

    Raises:
        ArtifactUnreadable: it is not a bundle of this version, or exceeds a bound.
    """
    bundle = of_a_stranger(text, Bundle, LAYOUT, where, largest=LARGEST, called="a bundle of reports")
    fault = _fault(bundle)
    if fault:
        raise ArtifactUnreadable(fault, where=where)
    return bundle


def schema() -> dict[str, object]:
    """Return the JSON Schema of a bundle."""
    from repro_action.codec.typed.schema import schema as described

    return described(
        Bundle, LAYOUT, identifier="urn:repro-action:bundle:v1", title="The reports of the runs of one job"
    )


def _fault(bundle: Bundle) -> str:
    """Say what is wrong with the entries together, or nothing."""
    least = 1 if bundle.plan is None else 0
    if not least <= len(bundle.entries) <= ENTRIES:
        return f"it should have {least} to {ENTRIES} reports, and has {len(bundle.entries)}"
    keys = [entry.key for entry in bundle.entries]
    if len(set(keys)) < len(keys):
        return "two of its reports have the same configuration and platform"
    named = [change.config for change in bundle.models]
    named += [model.config for model in bundle.plan.affected] if bundle.plan is not None else []
    faults = (*map(path_fault, named), *map(_entry_fault, bundle.entries))
    return next((fault for fault in faults if fault), "")


def _entry_fault(entry: Entry) -> str:
    fault = path_fault(entry.config) or path_fault(entry.baseline)
    if fault:
        return fault
    if entry.config.rpartition("/")[0] != entry.baseline.rpartition("/")[0]:
        return "a baseline should be beside its configuration"
    if entry.candidate is not None and len(entry.candidate.platforms) != 1:
        return "a candidate should have exactly one platform class"
    return ""
