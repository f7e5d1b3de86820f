# SPDX-License-Identifier: Apache-2.0
"""The input `timeout`: training ends with a report that says where it was, before the runner ends the job."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from repro_action.errors import OutOfTime
from repro_action.progress import Progress


class TimeLimit:
    """A Progress that remembers its stage, and ends what goes on when its minutes are over."""

    def __init__(self, minutes: float | None, progress: Progress) -> None:
        """Start to count; None is no limit."""
        self.minutes = minutes
        self._progress = progress
        self._end = time.monotonic() + 60 * minutes if minutes is not None else None
        self._stage = ""

    def stage(self, text: str) -> None:
        """Remember the stage, and pass it on."""
        self._stage = text
        self._progress.stage(text)

    def output(self, step: str, text: str) -> None:
        """Pass output on."""
        self._progress.output(step, text)

    def advance(self, done: int, total: int, unit: str) -> None:
        """Pass a count on."""
        self._progress.advance(done, total, unit)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """End what the main thread does when the time is over; once, or tidying up would be broken off.

        Raises:
            OutOfTime: it is over, perhaps from the start.
        """
        if self._end is None:
            yield
            return
        left = self._end - time.monotonic()
        if left <= 0:
            raise self._over("It was not begun.")
        previous = signal.signal(signal.SIGALRM, self._ring)
        others = signal.setitimer(signal.ITIMER_REAL, left)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)
            signal.setitimer(signal.ITIMER_REAL, *others)

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        raise self._over(f"It was at: {self._stage}." if self._stage else "")

    def _over(self, why: str) -> OutOfTime:
        return OutOfTime(
            f"the job's `timeout` of {self.minutes:g} min is over",
            why=why,
            remedy="Raise the action's input `timeout`, or make the training shorter.",
        )
