# SPDX-License-Identifier: Apache-2.0
"""The first process of an enclosure: starts the step, reaps what it leaves, and ends last.

A step in a namespace of process numbers sees no process but its own, so it can neither
signal nor stop what watches it. Three processes take part:

- the *outer* one is what the supervisor started; it ends as the step ended,
- the *first* one inside has number 1, which no signal from inside can end; when it ends, the
  kernel ends everything that is left inside,
- the *step* is its child, in a session of its own.

While the step runs, the first process ends with the outer one. Afterwards it waits for
processes that the step left, which the supervisor reports and stops, and ends with the
supervisor.

NOTE: only C modules: it is loaded by each step.
"""

from __future__ import annotations

import ctypes
import os
from select import POLLIN, poll

from repro_action.launch.privileges import drop, give_up_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_PDEATHSIG = 1  # linux/prctl.h
_HANGUP, _INTERRUPT, _QUIT, _KILL, _TERMINATE = 1, 2, 3, 9, 15
_DEFAULT, _IGNORE = None, ctypes.c_void_p(1)  # SIG_DFL, SIG_IGN
_LINGER_MILLISECONDS = 20

_libc = ctypes.CDLL(None, use_errno=True)


def run(prepare: Callable[[], None], become: Callable[[], NoReturn]) -> NoReturn:
    """Start the first process and the step in it, and end as the step ends.

    The caller has entered a new namespace of process numbers, which holds for its children.

    Args:
        prepare: lays out the enclosure, in the first process; it ends the process if it cannot.
        become: executes the step's program.
    """
    supervisor = _watch(os.getppid())
    status_end, report_end = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(status_end)
        # NOTE: for number 1 the kernel heeds this from outside its namespace.
        _libc.prctl(_PDEATHSIG, _KILL, 0, 0, 0)
        os.setsid()
        prepare()
        drop()
        _first(supervisor, report_end, become)
    os.close(report_end)
    for number in (_HANGUP, _INTERRUPT, _QUIT, _TERMINATE):
        _libc.signal(number, _IGNORE)  # they are for the step, which may tidy up
    report = os.read(status_end, 32).split()
    if not report:
        _end_as(os.waitpid(first, 0)[1])
    status, alone = map(int, report)
    if alone:
        os.waitpid(first, 0)  # it is ending; nobody else may be there to reap it
    _end_as(status)


def _watch(process: int) -> int:
    """Return a descriptor that is readable when a process has ended; -1 on kernels before 5.3."""
    try:
        return os.pidfd_open(process)
    except (OSError, AttributeError):
        return -1


def _first(supervisor: int, report_end: int, become: Callable[[], NoReturn]) -> NoReturn:
    step = os.fork()
    if step == 0:
        os.setsid()
        become()
    give_up_own()
    status = _reap_until(step)
    alone = _alone()
    _libc.prctl(_PDEATHSIG, 0, 0, 0, 0)
    os.write(report_end, f"{status} {int(alone)}".encode())
    os.close(report_end)
    watch = poll()
    if supervisor >= 0:
        watch.register(supervisor, POLLIN)
    while not alone and supervisor >= 0 and not watch.poll(_LINGER_MILLISECONDS):
        alone = _alone()
    os._exit(0)


def _reap_until(step: int) -> int:
    while True:
        child, status = os.waitpid(-1, 0)
        if child == step:
            return status


def _alone() -> bool:
    """Reap what has ended; whether no process is left."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return False
        except ChildProcessError:
            return True


def _end_as(status: int) -> NoReturn:
    """End as another process did, by the status of `waitpid`."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # one dump is enough
        _libc.signal(number, _DEFAULT)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))
