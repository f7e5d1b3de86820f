# SPDX-License-Identifier: Apache-2.0
"""What reading one artifact may cost, as the kernel enforces it on the process that reads."""

from __future__ import annotations

import math
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass

from repro_action.config.model import READING_MEMORY, READING_SECONDS, LimitsConfig

_MOST = 1 << 60
"""Bytes; more than that no kernel takes for a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLimits:
    """Hard limits of one artifact; of a folder, memory counts anew for each file.

    Attributes:
        memory: bytes that reading may take, besides three times the file's size.
        seconds: of processor time, and half of the time that may pass.
    """

    memory: int = READING_MEMORY
    seconds: float = READING_SECONDS

    @classmethod
    def of(cls, limits: LimitsConfig) -> ReadingLimits:
        """Return those of a configuration."""
        return cls(memory=min(limits.reading_memory, _MOST), seconds=limits.reading_seconds)

    @property
    def longest_wait(self) -> float:
        """Seconds that may pass: other programs may need the processors."""
        return 2 * self.seconds + 60


def limit_memory(allowance: int, size: int) -> None:
    """Let this process take some bytes more than it has now, and three times the size of a file.

    Private memory is what counts (`RLIMIT_DATA`). The address space is bounded far above it, for
    kernels that do not count, and since threads reserve addresses that they never use.
    """
    now = _pages()
    if now is None:
        return
    total, private = now
    more = allowance + 3 * size
    _lower(resource.RLIMIT_DATA, private + more)
    _lower(resource.RLIMIT_AS, total + 2 * more + (4 << 30))


def limit_time(seconds: float) -> None:
    """Let this process use some seconds of processor time from now on, and a tenth more to give up itself.

    A timer ends it to the millisecond, and the kernel's limit a second later if the timer is gone.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    signal.setitimer(signal.ITIMER_PROF, 1.1 * seconds)
    _lower(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + 1.1 * seconds) + 1)


def forbid_writing() -> None:
    """Let this process neither make a file grow nor leave its memory on a disk."""
    for what in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (0, 0))


def _lower(what: int, value: int) -> None:
    """Set the soft limit, which the next artifact may raise again."""
    hard = resource.getrlimit(what)[1]
    with suppress(OSError, ValueError):
        resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _pages() -> tuple[int, int] | None:
    """Return the bytes of address space and of private memory in use; None where unknown."""
    if sys.platform != "linux":
        return None
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 -- once for each file of a folder
            fields = file.read().split()
    except OSError:
        return None
    size = resource.getpagesize()
    return int(fields[0]) * size, int(fields[5]) * size
