# SPDX-License-Identifier: Apache-2.0
"""Where trials run: in processes of this machine, each of which ends with what it started.

The seam is `submit` of `concurrent.futures`, so that a distributed executor may stand in
where the project's folder is shared.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from types import FrameType
from typing import Protocol

from repro_action.errors import Interrupted
from repro_action.probe.trial import Trial, TrialOutcome, run_trial

END_WITHIN = 20.0
"""Seconds that a trial has to end its steps when it is stopped."""


class Executor(Protocol):
    """Runs trials somewhere; `concurrent.futures.Executor` is one."""

    def submit(self, function: Callable[[Trial], TrialOutcome], trial: Trial, /) -> Future[TrialOutcome]:
        """Begin a trial."""


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def local(jobs: int) -> Iterator[Executor]:
    """Provide an executor of so many processes; leaving early stops all trials and their steps."""
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    # Its end tells the workers that they are to stop, also where this process was killed.
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(theirs,))
    try:
        yield pool
    except BaseException:
        ours.close()
        pool.shutdown(cancel_futures=True)
        raise
    finally:
        pool.shutdown()
        ours.close()
        theirs.close()


def work(trial: Trial) -> TrialOutcome:
    """Run a trial in a process of a local executor, where it can be stopped.

    Raises:
        Interrupted: it was stopped.
    """
    with _WORKER.busy:
        _WORKER.stoppable = True
        try:
            return run_trial(trial)
        finally:
            _WORKER.stoppable = False


class _Worker:
    """What one process of the pool is at."""

    def __init__(self) -> None:
        self.busy = threading.Lock()
        self.stoppable = False

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        # Only once, since later signals must not break off the tidying.
        if self.stoppable:
            self.stoppable = False
            raise Interrupted("the trial was stopped")


_WORKER = _Worker()


def _begin(alive: Connection) -> None:
    # Ctrl-C reaches the whole group of processes; the first of them tells the others what to do.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGTERM, _WORKER.stop)
    threading.Thread(target=_watch, args=(alive,), daemon=True).start()


def _watch(alive: Connection) -> None:
    """End this process, and first the trial that it is at, when the one that began it is gone."""
    try:
        alive.poll(None)
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGTERM)
    _WORKER.busy.acquire(timeout=END_WITHIN)
    time.sleep(0.1)  # in which the pool may send an answer that is under way
    os._exit(0)
