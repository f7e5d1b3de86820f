# SPDX-License-Identifier: Apache-2.0
"""The second question of a pull request, asked before a run and answered beside its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro_action.report.build.change import change_since
from repro_action.report.build.labels import Labels
from repro_action.report.model import Comparison, Report
from repro_action.runs.project import Project
from repro_action.verdict import Verdict

if TYPE_CHECKING:
    from repro_action.report.build.predictions import ChangedPredictions


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineChange:
    """What a change does to the baseline, as both were before the run.

    Attributes:
        comparison: of the two baselines; None where they cannot be compared.
        predictions: those of both, where the configuration declares any: their rows are compared once the
            run is over, which may write those of the newer one.
    """

    comparison: Comparison | None
    predictions: ChangedPredictions | None = None

    @classmethod
    def of(cls, project: Project, revision: str, labels: Labels) -> BaselineChange:
        """Compare the baseline of a revision with the present one; raises as `change_since`."""
        comparison = change_since(project, revision, labels)
        if comparison is None or not project.config.predictions:
            return cls(comparison=comparison)
        from repro_action.report.build.predictions import ChangedPredictions

        return cls(comparison=comparison, predictions=ChangedPredictions.of(project, comparison))

    def beside(self, report: Report) -> Comparison | None:
        """Return what a report shows of it; nothing of a run that failed.

        Numbers of the committed baseline would read as those of a run that made none.
        """
        if report.verdict is Verdict.FAILED or self.comparison is None:
            return None
        return self.predictions.beside(self.comparison) if self.predictions else self.comparison
