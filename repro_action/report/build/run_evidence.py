# SPDX-License-Identifier: Apache-2.0
"""What a finished run shows of its steps: what they were seen to do, their code, and where outputs differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from repro_action.compare.difference import Difference
from repro_action.findings.observed import Agreement, suspicious, unseeded
from repro_action.findings.source import races
from repro_action.findings.suspect import Suspect
from repro_action.findings.suspects import differing_steps, rank
from repro_action.fingerprint import MaterialKind
from repro_action.observation import Observation, ObservationKind
from repro_action.pyanalysis.accesses import Access
from repro_action.report.build import undeclared_reads as reads
from repro_action.report.build.details import edits_of
from repro_action.report.build.lines import reaching
from repro_action.report.build.listings import without_sorted
from repro_action.report.build.sources import sources_of
from repro_action.runs.plan import RunPlan
from repro_action.runs.project import Project
from repro_action.runs.run import Run


@dataclass(kw_only=True, eq=False)
class RunEvidence:
    """What is known of one finished run; everything is worked out once.

    Attributes:
        project: whose run it is.
        plan: its steps.
        run: what came of it.
        base: revision that the change starts from; empty where unknown.
    """

    project: Project
    plan: RunPlan
    run: Run
    base: str = ""

    @cached_property
    def undeclared_reads(self) -> Mapping[str, tuple[Observation, ...]]:
        """Reads of files that no step declares, by step."""
        own = {step: use.own for step, use in self.run.enforced.seen.items()}
        return reads.undeclared(self.project.config, self.plan, self.run.observations, own)

    @cached_property
    def observations(self) -> tuple[Observation, ...]:
        """What of all that was seen has a place in the report: of reads, the undeclared ones."""
        everything = (item for found in self.run.observations.values() for item in found)
        listed = [item for item in everything if item.kind is not ObservationKind.READ]
        listed += [item for found in self.undeclared_reads.values() for item in found]
        code = {path for files in self.plan.inputs.values() for path in files.code}
        code |= {path for files in self.run.undeclared.values() for path in files}
        return without_sorted(self.project.config.root, code, dict.fromkeys(listed))

    @cached_property
    def reaching(self) -> tuple[Observation, ...]:
        """What was seen and may reach a result."""
        return reaching(self.observations, self.sources(""))

    @cached_property
    def writes(self) -> Mapping[str, Access]:
        """The line of the project that writes each file, as far as the source says it."""
        from repro_action.init.seen_files import SeenFiles
        from repro_action.init.source_reads import source_writes

        config = self.project.config
        return source_writes(config, SeenFiles(config.root))

    def sources(self, step: str) -> Mapping[str, str]:
        """Return path → text of a step's code; of all steps where that is unknown."""
        return sources_of(self.project.config.root, self.plan, self.run.undeclared, step)

    def differing(self, difference: Difference) -> tuple[str, ...]:
        """Return the steps whose products or metrics differ, in the order in which they ran."""
        writers = {file: self.plan.writer(file) for file in self.project.config.metrics}
        return differing_steps(difference, [step.name for step in self.plan.steps], writers)

    def first_step(self, difference: Difference) -> str:
        """Return the first step whose products or metrics differ; empty where none is known."""
        return next(iter(self.differing(difference)), "")

    def suspects(self, difference: Difference) -> tuple[Suspect, ...]:
        """Rank the materials that differ."""
        params = {found.name: None for found in difference.materials if found.kind is MaterialKind.PARAMS}
        first = self.first_step(difference)
        consumed = set(self.plan.consumed(first, params))
        consumed |= {(MaterialKind.CODE, path) for path in self.run.undeclared.get(first, ())}
        return rank(
            difference.materials,
            consumed=consumed,
            imported=self.run.imported,
            edits=edits_of(self.project, difference.materials, perhaps=self.base),
        )

    def may_race(self, step: str) -> bool:
        """Whether workers of a step race for few outcomes: then runs that agree prove little."""
        return bool(races(self.sources(step)))

    def draws_unseeded(self, step: str) -> bool:
        """Whether a step was seen to draw randomness that nobody seeded."""
        return bool(unseeded(self.run.observations.get(step, ())))

    def reads_moment(self, step: str) -> bool:
        """Whether a step was seen to take something that is another at each moment, such as the time."""
        return bool(suspicious(self.run.observations.get(step, ()), Agreement.DISAGREE))
