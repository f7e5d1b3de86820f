# SPDX-License-Identifier: Apache-2.0
"""The words that every medium uses for a verdict, a state, a strip and a count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from repro_action.findings.suspects import describe
from repro_action.report.model import (
    ArtifactDifference,
    Comparison,
    Counts,
    Flavour,
    Goal,
    InputState,
    LeafDifference,
    MetricRow,
    Report,
    Side,
    State,
    StepLine,
    StepState,
)
from repro_action.report.render.numbers import seconds
from repro_action.text import plural
from repro_action.verdict import Verdict

_FLAVOURS = {
    Flavour.NONE: "",
    Flavour.BYTES_ONLY: ", only container bytes differ",
    Flavour.MATERIALS: " with changed materials",
    Flavour.STABLE: " (stable)",
    Flavour.FLAKY: " (flaky)",
    Flavour.NEAREST: " for this platform class",
}

EXACT = "exact"
"""The rule of a metric that declares no tolerance."""

KEPT = 6
"""Metrics that are told with their value though they are the same."""

_STATES = {
    State.IDENTICAL: "identical",
    State.BYTES_ONLY: "only bytes differ",
    State.TOLERATED: "within tolerance",
    State.ADDED: "added",
    State.DIFFERS: "differs",
    State.MISSING: "missing",
    State.UNREADABLE: "not comparable",
}


_LABELS = {"mean", "std", "min", "max", "nan"}
"""Words of a summary that stand before their value."""


def title(report: Report) -> str:
    """Return the verdict in words: `drifted (flaky)`, `reproduced with changed materials`."""
    return report.verdict.value.replace("_", " ") + _FLAVOURS[report.flavour]


def headline(report: Report) -> str:
    """Return the report's sentence, or the verdict's meaning where it has none."""
    return report.headline or report.verdict.meaning


def state(held: State) -> str:
    """Return a state in words."""
    return _STATES[held]


def arrow(goal: Goal) -> str:
    """Return the direction in which a metric is better, with a space before it, or nothing."""
    return {Goal.NONE: "", Goal.MAX: " ↑", Goal.MIN: " ↓"}[goal]


def judgement(row: MetricRow, *, judged: bool) -> str:
    """Return `differs, better`, `within tolerance, worse`; only `better` where nothing is judged."""
    better = {None: "", True: "better", False: "worse"}[row.better]
    if better and not judged:
        return better
    return ", ".join(part for part in (state(row.state), better) if part)


def effect(row: MetricRow) -> str:
    """Return what a meant change does to a metric, in two words: `🔴 worse`, `added`."""
    sense = {None: "", True: "🟢 better", False: "🔴 worse"}[row.better]
    return sense or ("" if row.state in {State.DIFFERS, State.TOLERATED} else state(row.state))


def material_lines(comparison: Comparison) -> list[str]:
    """Return a line for each material that differs: `params.toml: C 1.0 → 0.5`."""
    return [describe(found, found.extent) for found in comparison.materials]


def differs(comparison: Comparison) -> bool:
    """Whether anything at all is not the same on both sides, hardware aside."""
    return bool(
        comparison.artifacts
        or comparison.materials
        or changed_rows(comparison)
        or not comparison.same_platform
        or counts(comparison.hidden)
        or comparison.hidden_materials
    )


def after_words(before: str, after: str) -> str:
    """Return `after` without the words that both start with, a label before a value excepted.

    `<f8 13 mean 0.1` and `<f8 13 mean 0.2` → `mean 0.2`.
    """
    old, new = before.split(), after.split()
    place = 0
    while place < min(len(old), len(new)) - 1 and old[place] == new[place]:
        place += 1
    if place and new[place - 1] in _LABELS:
        place -= 1
    return " ".join(new[place:])


def counts(held: Counts) -> str:
    """Return `4 artifacts, 61 leaves, 5 metrics`, without what there is none of."""
    parts = [
        *([plural(held.artifacts, "artifact")] if held.artifacts else []),
        *([plural(held.leaves, "leaf")] if held.leaves else []),
        *([plural(held.metrics, "metric")] if held.metrics else []),
    ]
    return ", ".join(parts)


def hidden(comparison: Comparison) -> str:
    """Return what differs and is not listed, or nothing."""
    held = comparison.hidden
    told = counts(held)
    one = held.artifacts + held.leaves + held.metrics == 1
    return f"{told} more {'differs and is' if one else 'differ and are'} not listed" if told else ""


def more(count: int, noun: str, one: str = "differs", many: str = "differ") -> str:
    """Return `1 more leaf differs`, `3 more leaves differ`."""
    number, named = plural(count, noun).split(" ", 1)
    return f"{number} more {named} {one if count == 1 else many}"


def same(comparison: Comparison) -> str:
    """Return what is identical; metrics with their file, which is compared as metrics alone."""
    told = counts(comparison.unchanged)
    if not comparison.unchanged.metrics:
        return told
    files = sorted({row.file for row in comparison.metrics if row.state is State.IDENTICAL and row.file})
    named = " and ".join(files) if len(files) <= 2 else f"{len(files)} files"
    return f"{told} of {named}" if named else told


def strip_mark(place: InputState) -> str:
    """Return `=`, `≠`, or `?` where it is not known."""
    return {True: "=", False: "≠", None: "?"}[place.same]


def side(held: Side, *, platform: bool = True) -> str:
    """Return `baseline at commit 1a2b3c4 (x86_64-v3)`, without what is not known."""
    revision = f" at commit {held.revision}" if held.revision else ""
    return held.label + revision + (f" ({held.platform})" if platform and held.platform else "")


def sides(comparison: Comparison) -> str:
    """Return both sides, the platform class once where they share it."""
    before = side(comparison.before, platform=not comparison.same_platform)
    return f"{before} against {side(comparison.after)}"


def of_leaves(item: ArtifactDifference) -> str:
    """Return `5 of 61 leaves`, or nothing where none was compared."""
    count = item.differing
    return f"{count} of {plural(item.leaf_count, 'leaf')}" if count and item.leaf_count else ""


def leaf(held: LeafDifference) -> str:
    """Return what became of a line's leaves: `differs`, `30 leaves differ`, `added, 27 leaves`."""
    if held.count == 1:
        return state(held.state)
    many = plural(held.count, "leaf")
    return f"{many} differ" if held.state is State.DIFFERS else f"{state(held.state)}, {many}"


def step(line: StepLine) -> str:
    """Return what became of a step: `12 s`, `reused`, `failed after 3.1 s`, `not run`."""
    took = seconds(line.seconds) if line.seconds is not None else ""
    match line.state:
        case StepState.RAN:
            return took or "ran"
        case StepState.REUSED:
            return "reused, not run"
        case StepState.FAILED:
            return f"failed after {took}" if took else "failed"
        case StepState.NOT_RUN:
            return "not run"


def changed_rows(comparison: Comparison) -> tuple[MetricRow, ...]:
    """Return the metrics that differ, those that are not accepted first."""
    rows = [row for row in comparison.metrics if row.state is not State.IDENTICAL]
    return tuple(sorted(rows, key=lambda row: row.state.accepted))


def kept_rows(comparison: Comparison) -> tuple[MetricRow, ...]:
    """Return the metrics that are the same, where a few say how good the model is, and none differs."""
    rows = [row for row in comparison.metrics if row.state is State.IDENTICAL]
    return tuple(rows) if len(rows) == len(comparison.metrics) <= KEPT else ()


def by_file(rows: Iterable[MetricRow]) -> list[tuple[str, list[MetricRow]]]:
    """Group rows by metrics file, in the order of their first row."""
    held = list(rows)
    order = {file: place for place, file in reversed(list(enumerate(row.file for row in held)))}
    ranked = sorted(held, key=lambda row: order[row.file])
    return [(file, list(group)) for file, group in groupby(ranked, key=lambda row: row.file)]


def quiet(report: Report) -> bool:
    """Whether nothing asks for the reader's attention."""
    return (
        report.verdict is Verdict.REPRODUCED
        and report.flavour is Flavour.NONE
        and not report.warnings
        and not report.hints
    )


def shown(items: Sequence[object], limit: int) -> str:
    """Return `and 4 more` for what a limit leaves out, or nothing."""
    return f"and {len(items) - limit} more" if len(items) > limit else ""
