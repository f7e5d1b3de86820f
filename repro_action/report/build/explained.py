# SPDX-License-Identifier: Apache-2.0
"""A difference explained: where it begins, the lines and values that show it, and its causes, ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from repro_action.compare.difference import Difference
from repro_action.finding import Evidence, Finding
from repro_action.findings.suspect import Suspect
from repro_action.report.build.conclusion import Conclusion
from repro_action.report.build.headline import causes_of, headline
from repro_action.report.build.lines import suspected_lines, with_source
from repro_action.report.build.model_requirements import other_requirements
from repro_action.report.build.run_evidence import RunEvidence
from repro_action.report.build.values import accidents
from repro_action.report.model import ArtifactDifference, Cause, Pair
from repro_action.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Why outputs differ, as far as that is known; of outputs that agree, what changed all the same.

    Attributes:
        conclusion: the verdict and the runs that it rests on.
        headline: one sentence.
        first: the first step whose products differ; empty where none is known.
        findings: lines of code that may have made the outputs differ, the most likely first.
        causes: all causes, ranked.
        named: whether lines or values are named among them.
    """

    conclusion: Conclusion
    headline: str
    first: str
    findings: tuple[Finding, ...]
    causes: tuple[Cause, ...]
    named: bool


def explain(
    evidence: RunEvidence,
    conclusion: Conclusion,
    difference: Difference,
    listed: Sequence[ArtifactDifference],
    *,
    suspects: Sequence[Suspect] = (),
    around: Sequence[Pair] = (),
) -> Explained:
    """Explain a difference.

    Args:
        evidence: what the run shows.
        conclusion: what the difference means.
        difference: between the run and what it is compared with.
        listed: its artifacts, as the report lists them.
        suspects: materials that differ.
        around: circumstances that differ.
    """
    again = conclusion.again
    steps = evidence.differing(again if again is not None and not again.same else difference)
    first = next(iter(steps), "")
    findings = _lines(evidence, conclusion, steps)
    values: tuple[Cause, ...] = ()
    if conclusion.verdict is Verdict.DRIFTED:
        values, nothing_else = accidents(listed, first)
        shown = again if again is not None and not again.same else difference
        inferred, only_inferred = other_requirements(shown, first)
        values = (*inferred, *values)
        if nothing_else or only_inferred:
            # A line that was only read in the source races for numbers; none of them differs.
            findings = tuple(one for one in findings if one.evidence is Evidence.SEEN)
    causes = causes_of(
        conclusion,
        suspects=suspects,
        around=around,
        first=first,
        reads=_suspected_reads(evidence, conclusion),
        findings=findings,
        values=values,
    )
    return Explained(
        conclusion=conclusion,
        headline=headline(conclusion, difference, causes=causes, first=first, findings=findings),
        first=first,
        findings=findings,
        causes=causes,
        named=bool(findings or values),
    )


def _lines(evidence: RunEvidence, conclusion: Conclusion, steps: Sequence[str]) -> tuple[Finding, ...]:
    """Return the lines that may have made the outputs differ, the most likely first."""
    verdict, flavour = conclusion.verdict, conclusion.flavour
    if verdict is Verdict.REPRODUCED:
        return ()
    found = suspected_lines(verdict, flavour, evidence.reaching, steps)
    if verdict is not Verdict.DRIFTED:
        return found
    first = next(iter(steps), "")
    unseeded = evidence.project.config.determinism.profile == "off"
    return with_source(found, flavour, evidence.sources(first), first, unseeded=unseeded)


def _suspected_reads(evidence: RunEvidence, conclusion: Conclusion) -> tuple[str, ...]:
    """Return reads of undeclared files that may be why two machines disagree, as sentences."""
    if conclusion.verdict is not Verdict.DRIFTED or conclusion.flaky:
        return ()
    from repro_action.init.undeclared import read_sentence, undeclared_reads

    return tuple(read_sentence(read) for read in undeclared_reads(evidence.project.config))
