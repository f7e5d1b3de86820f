# SPDX-License-Identifier: Apache-2.0
"""The second net: catches a step's processes if even their supervisor was killed (Linux).

While a step runs, repro itself adopts orphans. If the supervisor ends without having said
how the step ended, every child that came to repro since then is killed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress

from repro_action.launch.process_table import processes

_SET_SUBREAPER, _GET_SUBREAPER = 36, 37  # linux/prctl.h


def adopt() -> bool:
    """Let this process adopt orphans below it; whether this changed anything."""
    return _adopting() is False and _set_adopting(True)


def release(*, adopted: bool) -> None:
    """Undo `adopt`, given what it returned."""
    if adopted:
        _set_adopting(False)


def now() -> int | None:
    """Return the present as the start time of a process, in the kernel's ticks; None where unknown."""
    if sys.platform != "linux":
        return None
    return int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK"))


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped by a signal or by whoever traces it; False where unknown."""
    return _fields(pid)[:1] in ([b"T"], [b"t"])


def _fields(pid: int) -> list[bytes]:
    """Return the fields of `/proc/PID/stat` from the third on; none where there is no such file."""
    if sys.platform != "linux":
        return []
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123  # as hot as a step's start
            stat = file.read(4096)
    except OSError:
        return []
    return stat[stat.rindex(b")") + 2 :].split()


def kill_since(start: int | None, *, give_up: float) -> None:
    """Kill all children of this process that started at `start` or later, and theirs.

    Args:
        start: in the kernel's ticks, of `now`.
        give_up: seconds after which to leave what cannot be killed.
    """
    if start is None:
        return
    deadline = time.monotonic() + give_up
    while time.monotonic() < deadline:
        table = processes()
        family = {
            pid for pid, (parent, when) in table.items() if parent == os.getpid() and int(when) >= start
        }
        growing = family
        while growing:
            growing = {pid for pid, (parent, _) in table.items() if parent in growing} - family
            family |= growing
        if not family:
            return
        for pid in family:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            with suppress(OSError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.01)


def _adopting() -> bool | None:
    """Whether this process adopts orphans; None where the kernel does not know such."""
    if sys.platform != "linux":
        return None
    import ctypes

    answer = ctypes.c_int(0)
    failed = ctypes.CDLL(None).prctl(_GET_SUBREAPER, ctypes.byref(answer), 0, 0, 0)
    return None if failed else bool(answer.value)


def _set_adopting(value: bool) -> bool:
    import ctypes

    return bool(ctypes.CDLL(None).prctl(_SET_SUBREAPER, int(value), 0, 0, 0) == 0)
