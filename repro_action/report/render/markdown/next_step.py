# SPDX-License-Identifier: Apache-2.0
"""The one line that says what to do next: where a change was meant, and where it was not."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.report.model import Flavour, Report
from repro_action.report.render.markdown.escape import Markdown, code, joined, prose
from repro_action.report.render.markdown.links import NOWHERE, SourceLinks
from repro_action.report.search_claims import refuted
from repro_action.report.sections.lead import LeadSection
from repro_action.verdict import Verdict

_NOTHING = Markdown()
_ACCEPT = Markdown("run `repro accept`")
_PROBE = Markdown("`repro probe`")
_COMPARE = Markdown(
    "compare this machine with the one that made the baseline; `repro doctor` describes each."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What a reader can do.

    Attributes:
        accept: how a run becomes the baseline, as the rest of a sentence.
        probe: the command that looks for what outputs depend on.
        base: the base branch as people call it, foreign; empty outside of a pull request.
        log: says where the log of a failed step is; empty for its path on the machine that ran.
        links: of the project's files.
        done: whether the run was accepted since.
    """

    accept: Markdown = _ACCEPT
    probe: Markdown = _PROBE
    base: str = ""
    log: Markdown = _NOTHING
    links: SourceLinks = NOWHERE
    done: bool = False

    def line(self, report: Report, lead: LeadSection) -> Markdown:
        """Return the line, without its heading word; empty where there is nothing to do."""
        rules = report.config_changes
        match report.verdict:
            case _ if self.done:
                return _NOTHING
            case _ if report.claimed_by:
                return self._of_claims(report, lead)
            case Verdict.CHANGED | Verdict.NO_BASELINE if false := refuted(report.searches):
                remedy = false[0].remedy or "fix what wrote it, and run it again"
                return Markdown(f"the record of {code(false[0].search, 60)} is false: {prose(remedy, 200)}")
            case Verdict.EQUIVALENT | Verdict.REPRODUCED if rules is not None and rules.weakened:
                theirs = prose(self.base or rules.base, 60)
                return Markdown(f"review the weaker rules; merging makes them those of {theirs}.")
            case Verdict.CHANGED:
                return Markdown(f"intended → {self.accept}; not intended → {self._look(lead)}.")
            case Verdict.DRIFTED:
                return self._drifted(report, lead)
            case Verdict.FAILED:
                return self._failed(report, lead)
            case Verdict.NO_BASELINE if report.flavour is Flavour.FLAKY:
                return self._drifted(report, lead)
            case Verdict.NO_BASELINE:
                return Markdown(f"to make this run the baseline, {self.accept}.")
            case Verdict.EQUIVALENT:
                return Markdown(f"nothing has to be done; to make this run the baseline, {self.accept}.")
            case Verdict.REPRODUCED if report.flavour is Flavour.MATERIALS:
                return Markdown(f"nothing has to be done; to record the new inputs, {self.accept}.")
            case Verdict.REPRODUCED if lead.of_change:
                base = prose(self.base, 60) or "the base branch"
                return Markdown(f"review the numbers; merging makes this the baseline on {base}.")
            case _:
                return _NOTHING

    def _of_claims(self, report: Report, lead: LeadSection) -> Markdown:
        """Return the line where another tool's file was held against the run; it is not accepted."""
        file = code(report.claimed_by, 40)
        match report.verdict:
            case Verdict.CHANGED:
                return Markdown(
                    f"intended → run `dvc repro` and commit {file}; not intended → {self._look(lead)}."
                )
            case Verdict.NO_BASELINE:
                return Markdown(f"run `dvc repro` and commit {file}.")
            case Verdict.DRIFTED:
                return self._drifted(report, lead)
            case Verdict.FAILED:
                return self._failed(report, lead)
            case _:
                return _NOTHING

    def _look(self, lead: LeadSection) -> Markdown:
        if lead.place is None:
            return Markdown("look at the details below")
        return Markdown(f"look at {self.links.at(lead.place.file, lead.place.line)}")

    def _drifted(self, report: Report, lead: LeadSection) -> Markdown:
        """Return the remedy at the likeliest line, or that of a known cause, or how to look for one."""
        found = lead.place
        if found is not None:
            place = self.links.at(found.file, found.line)
            what = (
                f"at {place}, {prose(found.remedy, 160).rstrip('.')}" if found.remedy else f"look at {place}"
            )
            return Markdown(f"{what}; {self.probe} tests what the outputs depend on.")
        remedy = next((hint.remedy for hint in report.hints if hint.remedy), "")
        if remedy:
            return prose(remedy, 200)
        if report.flavour is Flavour.FLAKY:
            return Markdown(f"run {self.probe}, which tests what the outputs depend on.")
        return _COMPARE

    def _failed(self, report: Report, lead: LeadSection) -> Markdown:
        found = lead.place
        remedy = report.error.remedy if report.error is not None else ""
        fix = (
            Markdown(f"fix {self.links.at(found.file, found.line)}.")
            if found is not None and report.causes
            else prose(remedy, 200)
        )
        return joined((fix, self.log if report.error is not None and report.error.log else _NOTHING), " ")
