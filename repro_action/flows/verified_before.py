# SPDX-License-Identifier: Apache-2.0
"""A result that a trusted run verified, in place of a training: where `repro status` finds no difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro_action import __version__
from repro_action.codec.baseline import fingerprint_id
from repro_action.compare.judge import compare
from repro_action.environments.circumstances import platform_class
from repro_action.init.undeclared import undeclared_reads
from repro_action.report.build.comparison import comparison
from repro_action.report.build.conclusion import Conclusion
from repro_action.report.build.headline import headline
from repro_action.report.build.labels import Labels
from repro_action.report.model import Fact, Flavour, Report, Side
from repro_action.verdict import Verdict

if TYPE_CHECKING:
    from repro_action.baseline import Baseline
    from repro_action.fingerprint import Fingerprint
    from repro_action.interpreter.environment import Environment
    from repro_action.report.verification import EarlierVerification
    from repro_action.runs.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedBefore:
    """What was verified before, and by whom this checkout is known.

    Attributes:
        project: that is checked out.
        environment: built: without it, packages would not be compared.
        labels: by which people know what is checked out.
    """

    project: Project
    environment: Environment
    labels: Labels

    def report(self, baseline: Baseline, earlier: Sequence[EarlierVerification]) -> Report | None:
        """Return the report of the run that verified just this baseline, from just these materials.

        The committed baseline stays what is compared: it must be the one that the run reproduced, and the
        present materials must be those that it records. A file that a step reads and does not declare can
        change unseen, so where the source shows such a read, nothing is believed.

        Args:
            baseline: as it is committed.
            earlier: what trusted runs verified of this configuration.

        Returns:
            None where the model has to be trained.
        """
        from repro_action.flows.present_materials import compare_with

        config = self.project.config
        platform = platform_class(config.determinism.profile, self.environment.circumstances)
        accepted = baseline.platforms.get(platform)
        if accepted is None:
            return None
        found = next((one for one in earlier if one.record.vouches_for(config.name, accepted)), None)
        if found is None or undeclared_reads(config):
            return None
        whole = self.project.store.with_kept_values(accepted)
        if compare_with(self.project, self.environment, whole):
            return None
        self.project.store.save_candidate(config.name, accepted)
        return self._report(accepted, found)

    def _report(self, accepted: Fingerprint, earlier: EarlierVerification) -> Report:
        config = self.project.config
        difference = compare(accepted, accepted, metrics=config.metrics, artifacts=config.artifacts)
        conclusion = Conclusion(verdict=Verdict.REPRODUCED, flavour=Flavour.NONE)
        head = self.labels.commit or self.project.history.commit("HEAD") or ""
        sides = (
            Side(label="baseline", platform=accepted.platform),
            Side(
                label="the verified run",
                platform=accepted.platform,
                revision=head[:12],
                merged_into=self.labels.merged_into,
            ),
        )
        # On which machine that run was is not recorded.
        there = replace(accepted, circumstances={})
        return Report(
            tool=__version__,
            name=config.name,
            verdict=Verdict.REPRODUCED,
            headline=headline(conclusion, difference, causes=(), first=""),
            claim=comparison(difference, accepted, there, sides=sides),
            environment=self._facts(accepted.platform),
            environment_digest=str(self.environment.digest),
            fingerprint=fingerprint_id(accepted),
            verified_in=earlier.run,
        )

    def _facts(self, platform: str) -> tuple[Fact, ...]:
        environment = self.environment
        named = {
            "backend": environment.backend,
            "python": environment.python_version,
            "packages": str(len(environment.distributions)),
            "platform": platform,
        }
        return tuple(Fact(name=name, value=value) for name, value in named.items())
