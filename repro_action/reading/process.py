# SPDX-License-Identifier: Apache-2.0
"""The process that reads: how it is started, how it ends, and what its end means.

On Linux it is forked, so that nothing is imported twice. The pools of threads that native
libraries may have made are missing in it, which `repro_action.digest` allows for. Elsewhere a fork
of a process that uses the system's libraries is unsafe, and an interpreter is started.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass

from repro_action.readers.protocol import too_slow

ENDING = 5.0
"""Seconds that a process may take to end once it has closed its pipes."""

PIPE = 1 << 20
"""Bytes of replies that a process can send before anybody takes them."""

_SPAWN = """\
import sys
sys.path[:] = {path!r}
from repro_action.reading.child import serve
serve({pipes!r})
"""


@dataclass(slots=True, kw_only=True)
class ReadingProcess:
    """A process that reads artifacts.

    Attributes:
        pid: its number.
        owner: the process that started it.
        requests, replies: pipes to it and from it.
    """

    pid: int
    owner: int
    requests: int
    replies: int

    def end(self) -> int:
        """End it if it has not ended; return the status of `waitpid`."""
        self._close()
        if self.owner != os.getpid():
            return 0
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        try:
            return os.waitpid(self.pid, 0)[1]
        except ChildProcessError:  # somebody else saw it end
            return 0

    def wait(self) -> int:
        """Return the status of `waitpid` of a process that is ending by itself."""
        deadline = time.monotonic() + ENDING
        with suppress(ChildProcessError):
            while time.monotonic() < deadline:
                ended, status = os.waitpid(self.pid, os.WNOHANG)
                if ended:
                    self._close()
                    return status
                time.sleep(0.001)
        return self.end()

    def ended(self) -> bool:
        """Whether it has ended, which nothing but its pipes would tell; then it is gone."""
        if self.owner != os.getpid():
            return True
        try:
            if not os.waitpid(self.pid, os.WNOHANG)[0]:
                return False
        except ChildProcessError:  # somebody else saw it end
            pass
        self._close()
        return True

    def _close(self) -> None:
        for pipe in (self.requests, self.replies):
            os.close(pipe)


def start_process(*, fork: bool = sys.platform == "linux") -> ReadingProcess:
    """Start a process that serves requests, until its pipes are closed.

    Raises:
        OSError: the system has no more processes or descriptors.
    """
    theirs_in, requests = os.pipe()
    replies, theirs_out = os.pipe()
    try:
        pid = (_fork if fork else _spawn)((theirs_in, theirs_out))
    except BaseException:
        os.close(requests)
        os.close(replies)
        raise
    finally:
        os.close(theirs_in)
        os.close(theirs_out)
    with suppress(OSError, AttributeError):  # Linux: what is read ahead should not wait to be taken
        fcntl.fcntl(replies, fcntl.F_SETPIPE_SZ, PIPE)
    return ReadingProcess(pid=pid, owner=os.getpid(), requests=requests, replies=replies)


def _fork(pipes: tuple[int, int]) -> int:
    from repro_action.readers import load_readers
    from repro_action.reading.child import serve

    load_readers()
    with warnings.catch_warnings():
        # Python 3.12 warns where there are other threads: the child uses none of their locks.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        return pid
    try:
        serve(pipes)
    finally:
        os._exit(0)


def _spawn(pipes: tuple[int, int]) -> int:
    code = _SPAWN.format(path=sys.path, pipes=pipes)
    for pipe in pipes:
        os.set_inheritable(pipe, True)
    kept = {name: value for name, value in os.environ.items() if name.startswith(("LD_", "DYLD_", "NIX_"))}
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    arguments = [sys.executable, "-I", "-S", "-X", "utf8", "-c", code]
    return os.posix_spawn(sys.executable, arguments, {**kept, **one_thread})


def explain(status: int, *, late: bool, seconds: float) -> str:
    """Return why a process that reads ended, as the reason why an artifact was not read.

    Args:
        status: of `waitpid`.
        late: whether it was ended because nothing came of it.
        seconds: its limit of processor time.
    """
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if late or number in {signal.SIGXCPU, signal.SIGPROF}:
        return too_slow(seconds)
    if number == signal.SIGKILL:
        return "the system killed the process that was reading it, most likely for lack of memory"
    if number:
        return f"its reader crashed ({signal.Signals(number).name})"
    return "the process that was reading it ended early"
