# SPDX-License-Identifier: Apache-2.0
"""The record of one search, question by question: asked again, the best, trained again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from repro_action import reading
from repro_action.config.model import Config, SearchConfig
from repro_action.errors import ArtifactUnreadable
from repro_action.paths.names import shown
from repro_action.progress import Progress
from repro_action.readers.protocol import ReadOptions
from repro_action.readers.searches.ray_trials import LIBRARY
from repro_action.readers.searches.record import FORMAT, SearchRecord, SearchStudy, from_text
from repro_action.report.search_claims import ClaimState, SearchClaim, SearchQuestion
from repro_action.searches.best_trials import FRONT, FrontTooLarge, best_of
from repro_action.searches.reported_metric import with_metric
from repro_action.searches.retrained_claim import retrained_claim
from repro_action.searches.runner import TaskRunner
from repro_action.searches.sampler_claim import sampler_claim
from repro_action.searches.study_check import StudyCheck
from repro_action.searches.tasks import step_of
from repro_action.searches.winner_claim import winner_claim
from repro_action.tree import Leaf

_LONGEST = 1 << 30
"""Bytes of a record's text."""


def read_record(config: Config, search: SearchConfig) -> SearchRecord:
    """Return the record of a search; it is read in the process that reads artifacts.

    Raises:
        ArtifactUnreadable: it is none, or cannot be read.
    """
    options = ReadOptions(algorithm=config.digest, search=True)
    limits = reading.ReadingLimits.of(config.limits)
    tree = reading.read(config.root / search.path, options, limits=limits)
    if tree.format != FORMAT or not isinstance(tree.root, Leaf) or tree.root.payload is None:
        raise ArtifactUnreadable(tree.reason or "it is no record of a search")
    text = bytearray()
    for chunk in tree.root.payload.chunks(1 << 20):
        text += chunk
        if len(text) > _LONGEST:
            raise ArtifactUnreadable("its record is too large")
    return from_text(text.decode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCheck:
    """One search of a project.

    Attributes:
        config: of the project.
        search: what is asked of it.
        runner: runs steps.
        progress: receives how far it is.
    """

    config: Config
    search: SearchConfig
    runner: TaskRunner
    progress: Progress

    def claims(self) -> Iterator[SearchClaim]:
        """Yield the answer to each question; one that cannot be answered says why."""
        try:
            record = read_record(self.config, self.search)
            study, name = self._study(record)
        except ArtifactUnreadable as error:
            for question in SearchQuestion:
                yield SearchClaim(
                    search=self.search.path,
                    question=question,
                    state=ClaimState.UNCHECKED,
                    text=f"the record cannot be read: {error.what}",
                    remedy=error.remedy,
                )
            return
        check = StudyCheck(
            config=self.config,
            search=self.search,
            step=step_of(self.config, self.search),
            study=study,
            library=record.library,
            name=name,
            runner=self.runner,
            progress=self.progress,
        )
        yield from _answers(check)

    def _study(self, record: SearchRecord) -> tuple[SearchStudy, str]:
        """Return the study that is meant, and how reports call it.

        Raises:
            ArtifactUnreadable: there is none, or several.
        """
        names = [study.name for study in record.studies]
        wanted = self.search.study
        found = [study for study in record.studies if wanted in ("", study.name)]
        if len(found) != 1:
            listed = ", ".join(map(shown, names[:10])) or "none"
            raise ArtifactUnreadable(
                f"it holds {f'no study {shown(wanted)}' if wanted else f'{len(names)} studies'}",
                remedy=f"Set `study` to one of: {listed}.",
            )
        if any(trial.number != place for place, trial in enumerate(found[0].trials)):
            raise ArtifactUnreadable("the numbers of its trials have gaps")
        name = f"{self.search.path}: {wanted}" if len(names) > 1 else self.search.path
        return with_metric(found[0], self.search), name


def _answers(check: StudyCheck) -> Iterator[SearchClaim]:
    """Yield the answers; a library whose trials are not asked for one by one has no sampler."""
    library: tuple[int, ...] = ()
    if check.asked:
        claim, replayed = sampler_claim(check)
        library = replayed.best if replayed is not None else ()
        yield claim
    elif check.library == LIBRARY:
        yield check.claim(
            SearchQuestion.SAMPLER,
            ClaimState.UNCHECKED,
            "Ray Tune cannot be asked for its parameters again",
            why="its trials are drawn and end side by side, and it records neither the seed nor what was "
            "known when each was drawn",
        )
    try:
        best = best_of(check.study)
    except FrontTooLarge:
        text = f"more than {FRONT} trials are the best of several objectives"
        yield check.claim(SearchQuestion.WINNER, ClaimState.UNCHECKED, text)
        return
    yield winner_claim(check, best, library)
    if check.search.retrain and (check.asked or check.search.trial):
        yield retrained_claim(check, best)
