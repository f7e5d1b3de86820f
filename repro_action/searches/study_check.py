# SPDX-License-Identifier: Apache-2.0
"""One study of a record, and what every question about it needs."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.config.model import Config, SearchConfig, Step
from repro_action.progress import Progress
from repro_action.readers.searches.record import SearchStudy
from repro_action.report.search_claims import ClaimState, SearchClaim, SearchQuestion
from repro_action.searches.best_trials import values_text
from repro_action.searches.runner import TaskRunner


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyCheck:
    """One study of one record.

    Attributes:
        config: of the project.
        search: what is asked of it.
        step: in whose place tasks are run.
        study: the record.
        library: that wrote it.
        name: of the record in reports.
        runner: runs tasks.
        progress: receives how far it is.
    """

    config: Config
    search: SearchConfig
    step: Step
    study: SearchStudy
    library: str
    name: str
    runner: TaskRunner
    progress: Progress

    @property
    def asked(self) -> bool:
        """Whether each trial was asked of a sampler of Optuna."""
        return any(param.distribution for trial in self.study.trials for param in trial.params)

    def claim(
        self, question: SearchQuestion, state: ClaimState, text: str, *, why: str = "", remedy: str = ""
    ) -> SearchClaim:
        """Return an answer; see `SearchClaim`."""
        return SearchClaim(
            search=self.name, question=question, state=state, text=text, why=why, remedy=remedy
        )

    def with_value(self, number: int) -> str:
        """Return a trial with its values."""
        if not 0 <= number < len(self.study.trials):
            return f"trial {number}"
        return f"trial {number} ({values_text(self.study.trials[number].values)})"
