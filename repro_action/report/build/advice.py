# SPDX-License-Identifier: Apache-2.0
"""What a report advises: hints for what was recognised, and the commands to run next."""

from __future__ import annotations

from collections.abc import Sequence

from repro_action.finding import FindingKind
from repro_action.findings.catalogue import CATALOGUE
from repro_action.report.build.headline import RACE
from repro_action.report.model import Cause, Flavour, Notice
from repro_action.verdict import Verdict


def hints(kinds: Sequence[FindingKind], *, named: bool) -> tuple[Notice, ...]:
    """Return what is known of the recognised reasons.

    Args:
        kinds: as they were recognised.
        named: whether lines or values are named as causes. What could be compared as bytes only may hold
            times, and then native order is not the likely reason.
    """
    is_named = named or FindingKind.OPAQUE_BYTES in kinds
    return tuple(hint(kind, named=is_named) for kind in kinds)


def hint(kind: FindingKind, *, named: bool) -> Notice:
    """Return what is known of a recognised reason; `named`: whether lines or values are named as causes."""
    if kind is FindingKind.DISAGREEMENT and not named:
        kind = FindingKind.NATIVE_ORDER
    reason = CATALOGUE[kind]
    return Notice(what=reason.sentence, remedy=reason.remedy, where=kind.value)


def next_commands(verdict: Verdict, flavour: Flavour, causes: Sequence[Cause]) -> tuple[str, ...]:
    """Return the commands to run next, each with what it is for."""
    match verdict:
        case Verdict.CHANGED:
            return ("repro verify", "repro accept   # if the change is intended")
        case Verdict.REPRODUCED if flavour is Flavour.MATERIALS:
            return ("repro accept   # refreshes the recorded materials",)
        case Verdict.DRIFTED if flavour is Flavour.FLAKY or any(one.name == RACE for one in causes):
            return ("repro probe   # tests what the outputs depend on", "repro verify")
        case Verdict.DRIFTED:
            return ("repro verify", "repro doctor")
        case _:
            return ()


def renewal_commands(verdict: Verdict, renewal: str) -> tuple[str, ...]:
    """Return the commands to run next where a run was compared with another tool's file.

    Args:
        verdict: of the run.
        renewal: the command by which that tool makes the file anew.
    """
    own = "repro init   # a configuration of your own: environment, tolerances, a baseline"
    match verdict:
        case Verdict.CHANGED | Verdict.NO_BASELINE:
            return (renewal, own)
        case Verdict.DRIFTED:
            return ("repro verify", own)
        case _:
            return (own,)
