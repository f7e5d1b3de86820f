# SPDX-License-Identifier: Apache-2.0
"""What a report warns of, beside its verdict."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from repro_action.config.model import MetricRule
from repro_action.determinism.judge import ProfileWarning
from repro_action.environments.pinned import Unmet
from repro_action.fingerprint import Metrics
from repro_action.observation import Observation
from repro_action.paths.names import place
from repro_action.report.model import Notice
from repro_action.runs.stash import Returned
from repro_action.steps.record import StepRecord

_Fact = TypeVar("_Fact", bound=Hashable)


def some(names: Sequence[str]) -> str:
    """Return the first few names of a list, and how many more there are."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def by_fact(facts: Iterable[tuple[str, _Fact]]) -> dict[_Fact, list[str]]:
    """Return what holds of steps, each fact once with the steps of which it holds."""
    found: dict[_Fact, list[str]] = {}
    for step, fact in facts:
        found.setdefault(fact, []).append(step)
    return found


def steps_text(names: Sequence[str]) -> str:
    """Return `step train`, or `steps prepare, train`."""
    return f"step {names[0]}" if len(names) == 1 else f"steps {some(names)}"


def undeclared_notices(undeclared: Mapping[str, Sequence[str]]) -> tuple[Notice, ...]:
    """Warn about files that steps imported and that no step declares."""
    found = by_fact((step, tuple(paths)) for step, paths in undeclared.items())
    return tuple(
        Notice(
            what=f"{steps_text(steps)} imported files that {they_do(steps)} not declare: {some(paths)}",
            why="They were still recorded as code, but could only be sealed after the run.",
            remedy=f"Add them to `inputs` of {steps_text(steps)}.",
        )
        for paths, steps in found.items()
    )


def unvouched_notices(unvouched: Mapping[str, str]) -> tuple[Notice, ...]:
    """Warn about steps of which the hook cannot say what they did."""
    return tuple(
        Notice(
            what=f"the record of {steps_text(steps)} may be incomplete: {why}",
            why="It may have imported, read and drawn at random more than is shown.",
            remedy="Let every Python process exit normally: without `os._exit`, a signal, or -I, -E and -S.",
        )
        for why, steps in by_fact(unvouched.items()).items()
    )


def they_do(steps: Sequence[str]) -> str:
    """Return `it does` of one step, `they do` of several."""
    return "it does" if len(steps) == 1 else "they do"


def read_notices(reads: Mapping[str, Sequence[Observation]]) -> tuple[Notice, ...]:
    """Warn about files that steps were seen to read and that nothing declares."""
    facts = (
        (step, (tuple(dict.fromkeys(item.detail for item in found)), place(found[0].file, found[0].line)))
        for step, found in reads.items()
    )
    return tuple(
        Notice(
            what=f"{steps_text(steps)} read files that no step declares: {some(paths)}",
            why="They can change the model while every declared material stays the same.",
            remedy=f"Add them to `inputs` of {steps_text(steps)}, and `repro pin` what is data.",
            where=where,
        )
        for (paths, where), steps in by_fact(facts).items()
    )


def warning_notices(warnings: Mapping[str, Sequence[ProfileWarning]]) -> tuple[Notice, ...]:
    """Warn about promises of the determinism profile that were not kept, each once."""
    found = by_fact((step, warning) for step, all_of_it in warnings.items() for warning in all_of_it)
    return tuple(
        Notice(
            what=f"{warning.knob}: expected {warning.expected}, found {warning.found} ({steps_text(steps)})",
            why=warning.reason,
        )
        for warning, steps in found.items()
    )


def pinned_notices(found: Unmet | None) -> tuple[Notice, ...]:
    """Warn about packages of other versions than the project pins."""
    if found is None:
        return ()
    versions = [f"{one.name} {one.pinned} (installed: {one.installed})" for one in found.versions]
    return (
        Notice(
            what=f"the installed versions are not those that {found.path} pins: {some(versions)}",
            why="The steps ran with the installed versions; the file had no effect.",
            remedy="Install the versions that it pins, or build the environment from a lock file: "
            'backend = "venv" under [environment].',
        ),
    )


def straggler_notices(records: Sequence[StepRecord]) -> tuple[Notice, ...]:
    """Warn about processes that steps left running."""
    return tuple(
        Notice(
            what=f"step {record.name} left {len(record.stragglers)} process(es) running; they were stopped",
            why=f"They could have written into outputs later: {some(record.stragglers)}",
            remedy="Let the step wait for what it starts.",
        )
        for record in records
        if record.stragglers
    )


def returned_notices(returned: Returned) -> tuple[Notice, ...]:
    """Tell what became of files that were in outputs before the run and that are not its products."""
    found = []
    if returned.back:
        found.append(
            Notice(
                what=f"output folders hold files that no step wrote: {some(returned.back)}",
                why="They were moved aside while the steps ran, and are back in place. "
                "They are not part of what is compared.",
                remedy="Keep them outside the outputs.",
            )
        )
    if returned.kept:
        found.append(
            Notice(
                what=f"files that repro did not write were in the way of outputs: {some(returned.kept)}",
                why="The run wrote new files with these names.",
                remedy=f"They are in {returned.place}, and stay there until you remove them.",
            )
        )
    if returned.stale:
        found.append(
            Notice(
                what=f"earlier runs wrote files that this one did not: {some(returned.stale)}",
                why="They were moved aside, so that nothing from an earlier run counts as a product.",
                remedy="They are in `before` of the newest folder below .repro/runs, for ten runs.",
            )
        )
    return tuple(found)


def rule_notices(rules: Mapping[str, Mapping[str, MetricRule]], metrics: Metrics) -> tuple[Notice, ...]:
    """Warn about rules for metrics that are not there: they guard nothing."""
    return tuple(
        Notice(
            what=f"{file} has no metric {name!r}, so its rule checks nothing",
            remedy=f"Did you mean {near[0]!r}?" if near else "Correct the name, or remove the rule.",
            where="repro.toml",
        )
        for file, named in rules.items()
        for name in named
        if name != "*" and name not in metrics.get(file, {})
        for near in [difflib.get_close_matches(name, metrics.get(file, {}), n=1)]
    )
