# SPDX-License-Identifier: Apache-2.0
"""What the process that reads gives up before it meets the first artifact.

It keeps two pipes and the right to open files for reading. What a kernel does not know of is left out.
Nothing is imported here after the fork: another thread may have been at the same import.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import struct
import sys
from collections.abc import Callable
from contextlib import suppress

from repro_action.launch.privileges import KEPT_CAPABILITIES, keep_only, permitted, refuse_new
from repro_action.reading.limits import forbid_writing

_PDEATHSIG = 1  # linux/prctl.h
_READ_ALL = 1 << 2  # CAP_DAC_READ_SEARCH: root goes on reading files of others
_READ_AND_WRITE_ALL = 1 << KEPT_CAPABILITIES["CAP_DAC_OVERRIDE"]
"""What root in a container of docker reads them by; Landlock keeps it from writing."""
_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # landlock, the same for all processors
_VERSION = 1
_CHANGES = {1: 0x1FF3, 2: 0x3FF3, 3: 0x7FF3}
"""ABI of Landlock → all rights but those to read files and list folders."""
_TCP = 3
"""To listen and to connect, from ABI 4 on."""


def confine(pipes: tuple[int, int]) -> None:
    """Leave this process with the pipes alone, and without means to change anything."""
    _close_all_but(pipes)
    os.environ.clear()
    os.chdir("/")
    sys.dont_write_bytecode = True
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)
    # Ctrl-C goes to all processes of a terminal; the one that asks ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    forbid_writing()
    if sys.platform == "linux":
        _first_to_go()
        _without_privileges()
    # Objects from before are never garbage: looking at them would copy their memory.
    gc.freeze()


def _close_all_but(pipes: tuple[int, int]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    low, high = sorted(pipes)
    for start, end in ((3, low), (low + 1, high), (high + 1, os.sysconf("SC_OPEN_MAX"))):
        os.closerange(start, end)


def _first_to_go() -> None:
    """Let the kernel end this process rather than another one where memory runs out."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "wb") as file:  # noqa: PTH123
        file.write(b"1000")


def _without_privileges() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    refuse_new()
    _without_changes(libc.syscall)
    keep_only(_right_to_read() if os.geteuid() == 0 else 0)


def _right_to_read() -> int:
    """Return the least of this process's capabilities by which it reads files of others; 0 for none."""
    return next((one for one in (_READ_ALL, _READ_AND_WRITE_ALL) if permitted() & one), 0)


def _without_changes(syscall: Callable[..., int]) -> None:
    """Forbid to make, change or remove files, to start programs and to use TCP (Landlock, Linux 5.13)."""
    version = syscall(_CREATE_RULESET, None, 0, _VERSION)
    if version < 1:
        return
    files = _CHANGES.get(version, _CHANGES[3])
    rules = struct.pack("=Q", files) if version < 4 else struct.pack("=QQ", files, _TCP)
    ruleset = syscall(_CREATE_RULESET, rules, len(rules), 0)
    if ruleset >= 0:
        syscall(_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)
