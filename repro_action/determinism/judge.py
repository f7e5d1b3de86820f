# SPDX-License-Identifier: Apache-2.0
"""Compares what a step's processes report with what the profile promised, knob by knob.

A profile that cannot take effect is reported, never silently off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from repro_action.determinism.knob import Knob, KnobCheck, Value
from repro_action.determinism.profile import Expectations
from repro_action.determinism.read import HookReport


class KnobOutcome(Enum):
    """What is known of a knob; of several processes the first of these counts."""

    NO_EFFECT = "no effect"
    UNCONFIRMED = "set, not confirmed"
    CONFIRMED = "confirmed"
    NOT_LOADED = "library not loaded"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ProfileWarning:
    """One promise of the profile that is not kept, or could not be checked.

    Attributes:
        knob: the variable, or `hook`.
        expected: what was to be found.
        found: what was found.
        reason: the likely cause, and what to do.
    """

    knob: str
    expected: str
    found: str
    reason: str


class Judgement(NamedTuple):
    """What the processes of a step show of a profile.

    Attributes:
        outcomes: by variable, in the order of the table; empty for `off`.
        warnings: every promise that is not kept, each once, sorted.
    """

    outcomes: Mapping[str, KnobOutcome]
    warnings: tuple[ProfileWarning, ...]


_SILENT = ProfileWarning(
    knob="hook",
    expected="a report",
    found="none",
    reason="No Python process of this step reported: it is not Python, runs with -I, -E or -S, or ends "
    "by os._exit or a signal. Seeds, kernels and imported files are therefore not confirmed.",
)
_UNSET = "The variable was not set, because this release of the library is not known to read it."
_OVERRIDDEN = "The program, or the step's `env`, sets its own."


def judge(reports: Iterable[HookReport], expected: Expectations) -> Judgement:
    """Return what is known of every knob.

    Args:
        reports: of all processes of one step.
        expected: by `profile.expectations`.
    """
    given = tuple(reports)
    readable = [report for report in given if report.readable]
    if expected.profile == "off":
        return Judgement(outcomes={}, warnings=())
    if not readable:
        outcomes = dict.fromkeys((knob.variable for knob in expected.knobs), KnobOutcome.UNCONFIRMED)
        return Judgement(outcomes=outcomes, warnings=(_SILENT,))
    warnings = {warning for report in given for warning in _of_hook(report)}
    outcomes = {}
    for knob in expected.knobs:
        found = [KnobInProcess(knob, expected, report) for report in readable]
        outcomes[knob.variable] = strongest(knob_state.outcome for knob_state in found)
        warnings.update(warning for knob_state in found for warning in knob_state.warnings)
    return Judgement(outcomes=outcomes, warnings=tuple(sorted(warnings)))


def combined(judgements: Iterable[Judgement]) -> dict[str, KnobOutcome]:
    """Return the outcomes of several steps as one."""
    found: dict[str, list[KnobOutcome]] = {}
    for judgement in judgements:
        for variable, outcome in judgement.outcomes.items():
            found.setdefault(variable, []).append(outcome)
    return {variable: strongest(outcomes) for variable, outcomes in found.items()}


def strongest(outcomes: Iterable[KnobOutcome]) -> KnobOutcome:
    """Return the outcome of several processes or steps: what was seen to fail counts most."""
    seen = set(outcomes)
    return next((outcome for outcome in KnobOutcome if outcome in seen), KnobOutcome.NOT_LOADED)


def _of_hook(report: HookReport) -> Iterator[ProfileWarning]:
    for error in report.errors:
        yield ProfileWarning(
            knob="hook",
            expected="no errors",
            found=error,
            reason="That part of the process is not confirmed, or its generator is not seeded.",
        )


class KnobInProcess:
    """One knob in one process."""

    def __init__(self, knob: Knob, expected: Expectations, report: HookReport) -> None:
        self.knob = knob
        self.pinned = expected.pinned
        self.facts = report.facts
        self.is_set = knob.variable not in expected.unset
        self.warnings: list[ProfileWarning] = []
        answers = [
            self._outcome(check, value, where)
            for check in knob.checks
            for value, where in _answers(report, check.fact)
        ]
        if self.is_set and self._has_silent_reader(report):
            answers.append(self._unasked())
        # A report that was kept with a reused step may be older than these questions.
        self.outcome = strongest(answers) if report.facts else KnobOutcome.UNCONFIRMED

    def _has_silent_reader(self, report: HookReport) -> bool:
        """Return whether something may read the variable that cannot be asked."""
        knob = self.knob
        if knob.loaded_as:
            return any(library.api == knob.loaded_as for library in report.libraries)
        return not knob.checks or not set(knob.readers).isdisjoint(report.modules)

    def _unasked(self) -> KnobOutcome:
        """Say whether what cannot be asked of its library is at least still set."""
        found = self.facts.get(f"environ.{self.knob.variable}")
        wanted = self.pinned.fill(self.knob.value)
        if found is None or found == wanted:
            return KnobOutcome.UNCONFIRMED
        self._warn(wanted, str(found) or "unset", _OVERRIDDEN)
        return KnobOutcome.NO_EFFECT

    def _outcome(self, check: KnobCheck, value: Value, where: str) -> KnobOutcome:
        accepted = tuple(map(self.pinned.fill, check.accepted))
        if check.compute is not None:
            accepted = check.compute(self.pinned, self.facts)
        if not accepted or str(value) in check.silent:
            return self._unasked()
        wrong = _wrong(check, value, accepted)
        if wrong is None:
            return KnobOutcome.CONFIRMED
        expected = self.pinned.fill(check.expected) or " or ".join(sorted(accepted))
        self._warn(expected, f"{wrong} {where}".strip(), check.reason if self.is_set else _UNSET)
        return KnobOutcome.NO_EFFECT

    def _warn(self, expected: str, found: str, reason: str) -> None:
        self.warnings.append(
            ProfileWarning(knob=self.knob.variable, expected=expected, found=found, reason=reason)
        )


def _answers(report: HookReport, fact: str) -> Iterator[tuple[Value, str]]:
    """Yield the answers to a question, each with the words that say where it was found."""
    key, _, name = fact.partition(".")
    if fact in report.facts:
        version = report.facts.get(f"{key}.version", "")
        yield report.facts[fact], f"in {key} {version}" if version else ""
    for library in report.libraries:
        if library.api == key and name in library.facts:
            yield library.facts[name], f"in {library.file}"


def _wrong(check: KnobCheck, value: Value, accepted: tuple[str, ...]) -> str | None:
    """Return what of an answer is wrong; None where it is right."""
    members = value if isinstance(value, tuple) else (str(value),)
    refused = sorted(name for name in members if check.forbidden and name.lower().startswith(check.forbidden))
    if refused:
        return " ".join(refused)
    right = {text.lower() for text in accepted}
    if right.intersection(name.lower() for name in members):
        return None
    if check.at_most and isinstance(value, int) and all(value <= int(text) for text in accepted):
        return None
    return " ".join(members) or "nothing"
