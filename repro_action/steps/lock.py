# SPDX-License-Identifier: Apache-2.0
"""One run at a time for a project, by a lock of the kernel that cannot go stale.

The lock belongs to the open file, not to a process: every process with the descriptor has it.
`LocalExecutor(pass_fds=(lock.fileno(),))` passes it to the supervisor of each step (never to
the step), so that after a `kill -9` of repro the lock stays acquired until the supervisor has
killed every process of that run. The next run waits for this, and hence never runs beside
an orphan (on Linux; elsewhere as far as the supervisor can see processes).
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from repro_action.errors import Busy

TIMEOUT = 20.0
"""Seconds to wait while the run that holds the lock is dead but its processes are not."""
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class ProjectLock:
    """A lock that this process has acquired."""

    descriptor: int

    def fileno(self) -> int:
        """Return the descriptor that holds it."""
        return self.descriptor


@contextmanager
def lock_project(state: Path) -> Iterator[ProjectLock]:
    """Hold a project for one run.

    Args:
        state: the project's `.repro`; made if missing.

    Raises:
        Busy: another run holds it, or the file cannot be made.
    """
    path = state / "lock"
    try:
        state.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise Busy(
            f"the lock of the project cannot be created: {error.strerror}",
            where=str(path),
            remedy="Make the folder writable, and remove the file if it is a link.",
        ) from error
    try:
        _acquire(descriptor)
        # NOTE: released by closing, never by LOCK_UN, which would release it for a
        # supervisor too that is still at work; the file stays, since removing it would let
        # two runs hold two different files of one name.
        yield ProjectLock(descriptor)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not _try(descriptor):
        pid = _holder(descriptor)
        # An empty file is that of a run which has just begun to hold it.
        if pid == 0 or _alive(pid) or time.monotonic() >= deadline:
            raise Busy(
                "another run of this project is in progress" + (f" (process {pid})" if pid else ""),
                why="Two runs at once would overwrite each other's outputs.",
                remedy="Wait until it has finished"
                + (f", or stop it with `kill {pid}`." if pid and _alive(pid) else "."),
            )
        time.sleep(_PAUSE)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise Busy(
            f"this file system has no locks: {error.strerror}",
            remedy="Keep the project on a local file system.",
        ) from error
    return True


def _holder(descriptor: int) -> int:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() and len(text) < 10 else 0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
