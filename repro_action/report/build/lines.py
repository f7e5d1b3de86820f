# SPDX-License-Identifier: Apache-2.0
"""The lines that may have made outputs differ: what processes were seen to do, and what the source shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from repro_action.finding import Confidence, Evidence, Finding, FindingKind
from repro_action.findings.observed import Agreement, suspicious
from repro_action.findings.source import (
    Explanation,
    explanations,
    harmless,
    races,
    unreported,
    unseeded_by_the_program,
)
from repro_action.observation import Observation
from repro_action.report.model import Flavour
from repro_action.verdict import Verdict

MAX_FINDINGS = 50

AGREEMENTS = {
    **dict.fromkeys(Flavour, Agreement.UNKNOWN),
    Flavour.FLAKY: Agreement.DISAGREE,
    Flavour.STABLE: Agreement.AGREE,
}
"""What a flavour says about two runs of the same materials."""


def suspected_lines(
    verdict: Verdict, flavour: Flavour, seen: Sequence[Observation], steps: Sequence[str]
) -> tuple[Finding, ...]:
    """Return the lines that were seen to do what may have made the outputs differ, the most likely first.

    A step whose outputs agree is ruled out, whatever it draws. A drift begins in the first step that
    differs: what comes after it may differ for no other reason.

    Args:
        verdict: of the run.
        flavour: of the verdict: flaky, stable or not known.
        seen: what the processes reported.
        steps: whose outputs differ, in the order of the run; empty where that is not known.
    """
    if verdict is Verdict.REPRODUCED:
        return ()
    suspected = steps[:1] if verdict is Verdict.DRIFTED else steps
    fitting = [item for item in seen if item.step in suspected or not steps]
    return suspicious(fitting, AGREEMENTS[flavour])[:MAX_FINDINGS]


def reaching(seen: Sequence[Observation], sources: Mapping[str, str]) -> tuple[Observation, ...]:
    """Return what was seen, without what is known to reach no result, such as a time that is only printed."""
    left_out = harmless(sources, seen)
    return tuple(item for item in seen if item not in left_out)


def with_source(
    found: Sequence[Finding],
    flavour: Flavour,
    sources: Mapping[str, str],
    step: str,
    *,
    unseeded: bool = False,
) -> tuple[Finding, ...]:
    """Add the lines of a drift that no process reports and that the source shows.

    Of a run that disagrees with itself that is whatever can do so; of one that agrees with itself it is
    a race, which seldom shows twice.

    Args:
        found: the lines that were seen.
        flavour: of the drift.
        sources: path → text of the step's code.
        step: where the drift begins.
        unseeded: whether nobody but the program seeds generators: then its draws can be why runs disagree.
    """
    read = unreported(sources) if flavour is Flavour.FLAKY else races(sources)
    if flavour is Flavour.FLAKY:
        found = _explained(found, explanations(sources) if found else ())
    if unseeded and flavour is Flavour.FLAKY:
        read = (*read, *unseeded_by_the_program(sources))
    locations = {finding.location for finding in found}
    added = [replace(finding, step=step) for finding in read if finding.location not in locations]
    order = list(Confidence)
    return tuple(sorted([*found, *added], key=lambda one: order.index(one.confidence))[:MAX_FINDINGS])


def _explained(found: Sequence[Finding], explanations: Sequence[Explanation]) -> list[Finding]:
    """Return what was seen, in the words of rules that know why it happens, each line once."""
    explained: dict[str, Finding] = {}
    for seen in found:
        more = _explanation(seen, explanations)
        if more is None:
            explained.setdefault(f"{seen.location} {seen.what}", seen)
        else:
            explained.setdefault(more.location, _in_words_of(more, seen))
    return list(explained.values())


def _explanation(seen: Finding, explanations: Sequence[Explanation]) -> Finding | None:
    """Return what explains a line: a rule that knows it, or one whose library draws there."""
    at = {one.finding.location: one.finding for one in explanations}
    if seen.location in at:
        return at[seen.location]
    if seen.kind is FindingKind.LIBRARY_GENERATOR:
        return next((one.finding for one in explanations if seen.what.startswith(f"{one.library}.")), None)
    return None


def _in_words_of(more: Finding, seen: Finding) -> Finding:
    return replace(
        more,
        kind=seen.kind if seen.kind is FindingKind.CLOCK else more.kind,
        step=seen.step,
        evidence=Evidence.SEEN if more.location == seen.location else more.evidence,
        confidence=Confidence.HIGH,
    )
