# SPDX-License-Identifier: Apache-2.0
"""The labels that every medium uses: of verdicts, states, inputs, counts and sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from repro_action.findings.suspects import describe
from repro_action.paths.names import place
from repro_action.report.model import (
    ArtifactDifference,
    Cause,
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
from repro_action.report.numbers import seconds
from repro_action.report.render.cell_names import cell_name
from repro_action.report.sections.artifacts import ArtifactEntry
from repro_action.report.sections.comparison import ComparisonSection
from repro_action.report.sections.listed import Listed
from repro_action.text import distinct, plural
from repro_action.verdict import Verdict

_FLAVOURS = {
    Flavour.NONE: "",
    Flavour.BYTES_ONLY: ", only container bytes differ",
    Flavour.MATERIALS: " with changed materials",
    Flavour.STABLE: " (stable)",
    Flavour.FLAKY: " (flaky)",
    Flavour.NEAREST: " for this platform class",
}

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


def untrained(report: Report) -> str:
    """Say what of a result was not trained here, and where it was; empty where all of it was trained."""
    if report.verified_in is not None:
        earlier = report.verified_in
        return f"not trained here; verified in run {earlier.run} on {earlier.date}"
    reused = sum(step.state is StepState.REUSED for step in report.steps)
    if not reused:
        return ""
    if reused == len(report.steps):
        return "not trained here; every step was reused"
    return f"{reused} of {len(report.steps)} steps reused"


def verdict(report: Report) -> str:
    """Return the verdict, with what was not trained here: `reproduced, 1 of 2 steps reused`."""
    return ", ".join(filter(None, (title(report), untrained(report))))


def counted_as(verdict: Verdict) -> str:
    """Return a verdict behind a number of models: `3 without a baseline`."""
    return "without a baseline" if verdict is Verdict.NO_BASELINE else verdict.value.replace("_", " ")


def headline(report: Report) -> str:
    """Return the report's sentence, or the verdict's meaning where it has none."""
    return report.headline or report.verdict.meaning


def state(value: State) -> str:
    """Return a state in words."""
    return _STATES[value]


def arrow(goal: Goal) -> str:
    """Return the direction in which a metric is better, with a space before it, or nothing."""
    return {Goal.NONE: "", Goal.MAX: " ↑", Goal.MIN: " ↓"}[goal]


ROUNDING = 16
"""Units in the last place up to which a difference is one of rounding, and neither better nor worse."""


def is_rounding(row: MetricRow) -> bool:
    """Whether a metric differs in its last digits alone."""
    return row.ulp is not None and row.ulp <= ROUNDING


def sense(row: MetricRow) -> str:
    """Return `better`, `worse` or `rounding`; empty where there is no direction or no difference."""
    if is_rounding(row):
        return "rounding"
    return {None: "", True: "better", False: "worse"}[row.better]


def judgement(row: MetricRow, *, judged: bool) -> str:
    """Return `better`, or `worse, within tolerance` where a rule judges; without a direction, the state."""
    better = sense(row)
    if not better:
        return state(row.state)
    return f"{better}, {state(row.state)}" if judged and row.state is State.TOLERATED else better


def effect(row: MetricRow) -> str:
    """Return what a meant change does to a metric, in two words: `🔴 worse`, `added`."""
    better = {None: "", True: "🟢 better", False: "🔴 worse"}[row.better]
    return better or ("" if row.state in {State.DIFFERS, State.TOLERATED} else state(row.state))


def materials(comparison: Comparison, limit: int) -> Listed[str]:
    """Return a line for each material that differs: `params.toml: C 1.0 → 0.5`."""
    lines = (describe(found, found.extent) for found in comparison.materials)
    return Listed.of(lines, limit, hidden=comparison.hidden_materials)


def names(paths: Iterable[str], width: int) -> Mapping[str, str]:
    """Return what is shown of each path within a width: unlike paths stay unlike."""
    unique = tuple(dict.fromkeys(paths))
    return dict(zip(unique, distinct(unique, width), strict=True))


def leaf_names(entry: ArtifactEntry, width: int) -> Mapping[str, str]:
    """Return what is shown of the path of each leaf of an artifact within a width; a notebook has cells."""
    paths = tuple(dict.fromkeys(leaf.path for leaf in entry.leaves))
    if entry.artifact.format != "notebook":
        return names(paths, width)
    return dict(zip(paths, distinct(tuple(map(cell_name, paths)), width), strict=True))


def cause_place(cause: Cause) -> str:
    """Return `params.toml:3`, where a cause is written; empty where its text says it, or nobody knows."""
    found = place(cause.file, cause.line)
    return found if cause.line and not cause.text.startswith(found) else ""


def without_shared_words(before: str, after: str) -> str:
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


def counts(numbers: Counts) -> str:
    """Return `4 artifacts, 61 leaves, 5 metrics`, without what there is none of."""
    named = ((numbers.artifacts, "artifact"), (numbers.leaves, "leaf"), (numbers.metrics, "metric"))
    return ", ".join(plural(count, noun) for count, noun in named if count)


def hidden(numbers: Counts) -> str:
    """Return what differs and is not listed, or nothing."""
    text = counts(numbers)
    one = numbers.artifacts + numbers.leaves + numbers.metrics == 1
    return f"{text} more {'differs and is' if one else 'differ and are'} not listed" if text else ""


def more(count: int, noun: str, one: str = "differs", many: str = "differ") -> str:
    """Return `1 more leaf differs`, `3 more leaves differ`.

    Args:
        count: of things.
        noun: singular.
        one: what one does.
        many: what several do.
    """
    number, named = plural(count, noun).split(" ", 1)
    return f"{number} more {named} {one if count == 1 else many}"


def files(names: Sequence[str]) -> str:
    """Return metrics files by their names, or how many they are."""
    return " and ".join(names) if len(names) <= 2 else f"{len(names)} files"


def identical(section: ComparisonSection) -> str:
    """Return what is identical; metrics with their file, which is compared as metrics alone."""
    text = counts(section.identical)
    return f"{text} of {files(section.identical_files)}" if section.identical_files else text


def input_mark(state: InputState) -> str:
    """Return `=`, `≠`, or `?` where it is not known."""
    return {True: "=", False: "≠", None: "?"}[state.same]


def uncommitted(named: Side) -> str:
    """Return `train.py, params.toml and 3 more`: files that are not as in the commit."""
    more = len(named.uncommitted) - _UNCOMMITTED
    return ", ".join(named.uncommitted[:_UNCOMMITTED]) + (f" and {more} more" if more > 0 else "")


_UNCOMMITTED = 5


def side(named: Side, *, platform: bool = True) -> str:
    """Return `baseline at commit 1a2b3c4 (x86_64-v3)`, without what is not known."""
    revision = f" at commit {named.revision}" if named.revision else ""
    if revision and named.merged_into:
        revision += f" merged into {named.merged_into[:12]}"
    if revision and named.uncommitted:
        revision += f" with uncommitted changes: {uncommitted(named)}"
    return named.label + revision + (f" ({named.platform})" if platform and named.platform else "")


def sides(section: ComparisonSection) -> str:
    """Return both sides, the platform class once where they share it."""
    return f"{side(section.before, platform=not section.same_platform)} against {side(section.after)}"


def of_leaves(item: ArtifactDifference) -> str:
    """Return `5 of 61 leaves`, or nothing where none was compared."""
    count = item.differing
    return f"{count} of {plural(item.leaf_count, 'leaf')}" if count and item.leaf_count else ""


def leaf(line: LeafDifference) -> str:
    """Return what became of a line's leaves: `differs`, `30 leaves differ`, `added, 27 leaves`."""
    if line.count == 1:
        return state(line.state)
    many = plural(line.count, "leaf")
    return f"{many} differ" if line.state is State.DIFFERS else f"{state(line.state)}, {many}"


def step(line: StepLine) -> str:
    """Return what became of a step: `12 s`, `reused`, `failed after 3.1 s`, `not run`."""
    duration = seconds(line.seconds) if line.seconds is not None else ""
    match line.state:
        case StepState.RAN:
            return duration or "ran"
        case StepState.REUSED:
            return "reused, not run"
        case StepState.FAILED:
            return f"failed after {duration}" if duration else "failed"
        case StepState.NOT_RUN:
            return "not run"
