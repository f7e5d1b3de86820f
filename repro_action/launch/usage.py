# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH123 -- pathlib costs the supervisor as much as all the rest
"""What the processes of a step use: memory, processes and disk, against what the configuration allows.

Looked at ten times a second rather than enforced by the kernel: control groups are not open to
everybody, and the kernel's limits of a user count what other programs of that user do.

NOTE: only `os` and `time` at the top: the supervisor imports it.
"""

from __future__ import annotations

import os
import time

LOOK_SECONDS = 0.1
"""Seconds between two looks at memory and processes."""
DISK_SHARE = 20
"""A look at the disk may take this part of the time: one that takes 0.1 s is followed by 2 s without."""

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Usage:
    """Limits of one step, and when each is to be looked at.

    Attributes:
        memory: bytes of all processes together; 0 for no limit, as for the others.
        processes: how many at a time.
        disk: bytes of what the step wrote.
        written: files and folders that count as written.
    """

    def __init__(self, memory: int, processes: int, disk: int, written: list[bytes]) -> None:
        self.memory = memory
        self.processes = processes
        self.disk = disk
        self.written = written
        self._next = self._next_disk = 0.0

    def __bool__(self) -> bool:
        return bool(self.memory or self.processes or self.disk)

    def exceeded(self, pids: list[int]) -> str:
        """Return the limit that is exceeded: `memory`, `processes`, `disk`; empty for none.

        Args:
            pids: processes of the step.
        """
        now = time.monotonic()
        if now < self._next:
            return ""
        self._next = now + LOOK_SECONDS
        if self.processes and len(pids) > self.processes:
            return "processes"
        if self.memory and _uses_more(pids, self.memory):
            return "memory"
        if self.disk and now >= self._next_disk:
            size = sum(size_on_disk(path) for path in self.written)
            self._next_disk = now + max(LOOK_SECONDS, DISK_SHARE * (time.monotonic() - now))
            return "disk" if size > self.disk else ""
        return ""


def _uses_more(pids: list[int], limit: int) -> bool:
    """Whether processes use more memory; what they share is counted once, where the kernel says."""
    if sum(map(_resident, pids)) <= limit:
        return False
    return sum(map(_proportional, pids)) > limit


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _proportional(pid: int) -> int:
    """Return the memory of a process without files; pages of several are shared among them."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            fields = dict(line.split()[:2] for line in file.read().splitlines()[1:])
        return (int(fields[b"Pss_Anon:"]) + int(fields[b"Pss_Shmem:"])) << 10
    except (OSError, KeyError, ValueError):
        return _resident(pid)


def size_on_disk(path: bytes) -> int:
    """Return the bytes that a file, or a folder with all below it, takes; 0 where it is not there."""
    total, pending = 0, [path]
    while pending:
        here = pending.pop()
        try:
            total += os.lstat(here).st_blocks * 512
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:  # not a folder, or gone in the meantime
            continue
    return total
