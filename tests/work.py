# SPDX-License-Identifier: Apache-2.0
"""Bounds that hold on a loaded machine: work is counted, waiting ends when something has happened."""

from __future__ import annotations

import cProfile
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

HANG = 240.0
"""Seconds after which what a test waits for is taken never to happen; no measure of speed."""


@dataclass(slots=True)
class Work:
    """What a block cost, known at its end.

    Attributes:
        calls: of functions, Python's and the libraries' own; the same on every machine.
        cpu: processor seconds of this process. Bound it at five times what was measured, or
            more, and only for work inside a library, which makes no calls.
        children: processor seconds of processes that were started and waited for; bound likewise.
    """

    calls: int = 0
    cpu: float = 0.0
    children: float = 0.0


@contextmanager
def counted() -> Iterator[Work]:
    """Count the work of a block."""
    work, profile, start, before = Work(), cProfile.Profile(), time.process_time(), _children()
    profile.enable()
    try:
        yield work
    finally:
        profile.disable()
        work.cpu = time.process_time() - start
        work.children = _children() - before
        work.calls = sum(entry.callcount for entry in profile.getstats())


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def eventually(happened: Callable[[], object], *, within: float = HANG) -> bool:
    """Wait until something has happened; returns whether it has.

    Raises nothing, so that a test asserts on what it finds.
    """
    limit = time.monotonic() + within
    while not happened():
        if time.monotonic() > limit:
            return False
        time.sleep(0.02)
    return True
