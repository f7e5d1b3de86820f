# SPDX-License-Identifier: Apache-2.0
"""Whether a record shows that a search was resumed, or that several workers asked at the same time."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.readers.searches.record import SearchStudy, TrialState


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingOrder:
    """What a record shows of who asked, and when.

    Attributes:
        parallel: the first trial that was asked for before an earlier one had ended; None for none.
        resumed: trials at which another worker went on where one had ended.
        unfinished: trials without an end: a search was cut off there.
    """

    parallel: int | None = None
    resumed: tuple[int, ...] = ()
    unfinished: tuple[int, ...] = ()

    @property
    def why(self) -> str:
        """Why a sampler that is asked again does not know what those of the search knew; may be empty."""
        if self.parallel is not None:
            return f"two workers asked at the same time from trial {self.parallel} on"
        if self.resumed:
            return f"the search was resumed at {trials_text(self.resumed)}, with a new sampler"
        if self.unfinished:
            return f"the search was cut off in {trials_text(self.unfinished)}"
        return ""

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if self.parallel is not None:
            return (
                "Search with n_jobs=1 and in one process, and let each trial use the cores; the winner and "
                "single trials can be verified all the same."
            )
        return (
            "Search in one go, or go on with the sampler itself: keep it in a pickle beside the study. The "
            "winner and single trials can be verified all the same."
        )


def asking_order(study: SearchStudy) -> AskingOrder:
    """Find out by the times and workers of a study's trials."""
    return AskingOrder(
        parallel=_parallel(study),
        resumed=_resumed(study),
        unfinished=tuple(trial.number for trial in study.trials if trial.state is TrialState.RUNNING),
    )


def _parallel(study: SearchStudy) -> int | None:
    latest = float("-inf")
    ended: set[str] = set()
    worker = ""
    for trial in study.trials:
        if trial.started is not None and trial.started < latest:
            return trial.number
        if trial.worker != worker:
            ended.add(worker)
            worker = trial.worker
            if worker and worker in ended:
                return trial.number
        latest = max(latest, trial.ended if trial.ended is not None else latest)
    return None


def _resumed(study: SearchStudy) -> tuple[int, ...]:
    pairs = zip(study.trials, study.trials[1:], strict=False)
    return tuple(now.number for before, now in pairs if before.worker != now.worker)


def trials_text(numbers: tuple[int, ...]) -> str:
    """Return `trial 15`, or `trials 5, 15 and 3 more`."""
    listed = ", ".join(map(str, numbers[:5]))
    more = f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
    return f"trial{'s' if len(numbers) > 1 else ''} {listed}{more}"
