# SPDX-License-Identifier: Apache-2.0
"""Runs one step and outlives it: no process of the step survives this one, or repro.

repro imports this file in a process of its own (`python -I -S`), which then

- adopts every process that the step leaves behind (Linux: `PR_SET_CHILD_SUBREAPER`, so
  neither `setsid` nor a double fork escapes it),
- tells the kernel to kill the step should this process die (`PR_SET_PDEATHSIG`),
- watches a socket whose other end only repro holds: when repro dies, even by SIGKILL, the
  socket ends, and this process kills everything that the step started before it ends.

It also holds repro's lock until it ends, so that the next run cannot start beside what is
left of the last one. Elsewhere than on Linux processes are found by asking `ps` every half
second, which a process that forks and leaves within that time can escape.

NOTE: only `os`, `sys`, `time` and C modules at the top: start-up is paid by each step.

It may be started before there is a step for it, and then waits for its request.

Standard input brings the request: NUL-separated `folder, program, enclosure, "memory processes disk"`
(limits; 0 for none), `m, m written paths, n, n arguments, variables…, "end"`. Where an enclosure
is given (the specification of `repro_action.launch.enter`), the process of the step encloses
itself, and the program is looked up inside. The socket brings
`T` (stop the step) and receives lines: `started PID` | `refused ERRNO`, `ended STATUS` (as of
waitpid), `exceeded LIMIT`, `straggler PID HEX`, `left PID HEX` (could not be killed). HEX is the
command line.
"""

from __future__ import annotations

import os
import sys
import time
from select import select

from repro_action.launch.process_table import command_line, is_first_of_namespace, processes
from repro_action.launch.usage import LOOK_SECONDS, Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

HELPER_SECONDS = 1.0
"""Seconds in which helpers of a step that ended may end on their own."""
POLL_SECONDS = 0.5
"""Seconds between two looks at the processes where they cannot be adopted."""

_TERM, _KILL = 15, 9
_SUBREAPER, _PDEATHSIG = 36, 1  # linux/prctl.h
_LINUX = sys.platform == "linux"


class _Kernel:
    """The calls that Python does not offer; each does nothing where there is none."""

    def __init__(self) -> None:
        self._libc: ctypes.CDLL | None = None
        try:
            import ctypes

            self._libc = ctypes.CDLL(None)
        except (ImportError, OSError):
            return

    def adopt(self) -> bool:
        """Become the parent of all orphans below; whether the kernel can."""
        return bool(_LINUX and self._libc is not None and self._libc.prctl(_SUBREAPER, 1, 0, 0, 0) == 0)

    def die_with_parent(self) -> None:
        """Let the kernel kill this process as soon as its parent dies."""
        if _LINUX and self._libc is not None:
            self._libc.prctl(_PDEATHSIG, _KILL, 0, 0, 0)

    def default_signals(self) -> None:
        """Forget which signals are ignored: Python ignores SIGPIPE, and nohup SIGHUP."""
        if self._libc is not None:
            for number in range(1, 32):  # those of POSIX; KILL and STOP refuse
                self._libc.signal(number, None)


class Command:
    """What is to be started: a `repro_action.steps.supervised.LaunchRequest`, as its bytes arrive.

    Attributes:
        folder: working folder; an enclosure says its own.
        program: absolute path of what is executed; an enclosure looks it up.
        enclosure: path of the specification of `enter`; empty for none.
        argv: arguments, the first one being the name that it sees itself called by.
        variables: its whole environment.
    """

    def __init__(
        self,
        folder: bytes,
        program: bytes,
        enclosure: bytes,
        argv: list[bytes],
        variables: dict[bytes, bytes],
    ) -> None:
        self.folder = folder
        self.program = program
        self.enclosure = enclosure
        self.argv = argv
        self.variables = variables


class Supervisor:
    """One step from its start until none of its processes is left."""

    def __init__(self, control: int, grace: float, give_up: float, usage: Usage) -> None:
        self.control = control
        self.grace = grace
        self.give_up = give_up
        self.usage = usage
        self.kernel = _Kernel()
        self.adopts = self.kernel.adopt()
        self.step = 0
        self.seen: dict[int, str] = {}
        self.glance = 0.0
        self.kill_from: float | None = None

    def report(self, *words: object) -> None:
        """Report to repro; a closed connection is noticed elsewhere."""
        try:
            os.write(self.control, " ".join(map(str, words)).encode() + b"\n")
        except OSError:
            self.kill_from = self.kill_from or time.monotonic()

    def start(self, command: Command) -> bool:
        """Start the step in a session of its own; whether it started."""
        read_end, write_end = os.pipe()
        me = os.getpid()
        self.step = os.fork()
        if self.step == 0:
            self._become(command, write_end, me)
        os.close(write_end)
        refusal = os.read(read_end, 16)
        os.close(read_end)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        if refusal:
            os.waitpid(self.step, 0)
            self.report("refused", refusal.decode())
            return False
        self.report("started", self.step)
        return True

    def _become(self, command: Command, write_end: int, parent: int) -> NoReturn:
        try:
            os.setsid()
            self.kernel.die_with_parent()
            if os.getppid() != parent:
                os._exit(1)
            self.kernel.default_signals()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            if command.enclosure:
                from repro_action.launch import enter

                _close_all()
                enter.main(command.enclosure, command.argv, command.variables)
            os.chdir(command.folder)
            os.execve(command.program, command.argv, command.variables)  # noqa: S606  # a shell would change it
        except OSError as error:
            os.write(write_end, str(error.errno).encode())
        finally:
            os._exit(127)

    def watch(self, wake: int) -> None:
        """Wait for the step and for repro; end when no process of the step is left."""
        limit: float | None = None
        ended = termed = False
        while self._remain():
            now = time.monotonic()
            if self.step == 0 and not ended:
                ended, limit = True, limit or now + HELPER_SECONDS
            if limit is not None and now >= limit and self.kill_from is None:
                if not termed:
                    self._report("straggler")
                    self._signal_all(_TERM)
                    termed, limit = True, now + self.grace
                else:
                    self.kill_from = now
            if self.usage and self.kill_from is None and (limit_name := self.usage.exceeded(self._own())):
                self.report("exceeded", limit_name)
                self.kill_from = now
            if self.kill_from is not None:
                self._signal_all(_KILL)
                if now > self.kill_from + self.give_up:
                    self._report("left")
                    return
            if self._stop_requested(wake, self._pause(limit)) and not termed:
                self._signal_all(_TERM)
                termed, limit = True, time.monotonic() + self.grace

    def _pause(self, limit: float | None) -> float | None:
        if self.kill_from is not None:
            return 0.01
        longest = LOOK_SECONDS if self.usage else POLL_SECONDS
        if limit is None:
            return None if self.adopts and not self.usage else longest
        # NOTE: processes that cannot be adopted end without a signal to us.
        return max(0.0, min(limit - time.monotonic(), longest if self.adopts else 0.05))

    def _stop_requested(self, wake: int, pause: float | None) -> bool:
        """Wait for news; whether somebody asked to stop. The end of repro means: kill."""
        watched = [wake] if self.kill_from is not None else [wake, self.control]
        ready, _, _ = select(watched, (), (), pause)
        requested = wake in ready and bytes([_TERM]) in os.read(wake, 4096)
        if self.control in ready:
            try:
                word = os.read(self.control, 16)
            except OSError:
                word = b""
            requested = requested or bool(word)
            if not word:
                self.kill_from = time.monotonic()
        return requested

    def _reap(self) -> bool:
        """Take leave of children that ended; whether there are others."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.step:
                self.report("ended", status)
                self.step = 0

    def _remain(self) -> bool:
        """Whether any process of the step is left."""
        children = self._reap()
        if self.adopts:
            return children
        now = time.monotonic()
        if now >= self.glance:
            self._alive()
            self.glance = now + (POLL_SECONDS if self.step else 0.05)
        return children or bool(self.seen)

    def _alive(self) -> list[int]:
        """Return the processes of the step, the oldest known first."""
        table = processes()
        if not self.adopts:
            # A number may have been given to another process since.
            self.seen = {pid: when for pid, when in self.seen.items() if table.get(pid, (0, ""))[1] == when}
        family = {os.getpid(), *self.seen}
        growing = True
        while growing:
            found = {pid for pid, (parent, _) in table.items() if parent in family} - family
            family |= found
            growing = bool(found)
        family.discard(os.getpid())
        if not self.adopts:
            self.seen = {pid: table[pid][1] for pid in family}
        return sorted(family)

    def _own(self) -> list[int]:
        """Return the processes of the step but those that only enclose it."""
        first = [pid for pid in self._alive() if is_first_of_namespace(pid)]
        enclosing = {*first, *([self.step] if first else [])}
        return [pid for pid in self._alive() if pid not in enclosing]

    def _signal_all(self, number: int) -> None:
        for pid in self._alive():
            try:
                os.kill(pid, number)
            except OSError:
                continue

    def _report(self, word: str) -> None:
        for pid in self._alive():
            if not is_first_of_namespace(pid):
                self.report(word, pid, command_line(pid).hex())


def _request() -> tuple[Usage, Command]:
    with open(0, "rb", closefd=False) as file:
        fields = file.read().split(b"\0")
    if fields[-1] != b"end":
        sys.exit(1)  # nobody needed it
    folder, program, enclosure, limits, count, *rest = fields[:-1]
    written, (number, *rest) = rest[: int(count)], rest[int(count) :]
    argv, pairs = rest[: int(number)], rest[int(number) :]
    variables = dict(pair.split(b"=", 1) for pair in pairs)
    memory, processes, disk = map(int, limits.split())
    return Usage(memory, processes, disk, written), Command(folder, program, enclosure, argv, variables)


def main(grace: float, give_up: float, control: int, inherited: list[int]) -> None:
    """Run the step that standard input asks for, and end the process.

    Args:
        grace: seconds between SIGTERM and SIGKILL.
        give_up: seconds of SIGKILL after which a process is reported as left.
        control: socket to repro.
        inherited: descriptors to keep open until the end, and from the step.
    """
    for descriptor in (control, *inherited):
        os.set_inheritable(descriptor, False)
    _preload()
    usage, command = _request()
    supervisor = Supervisor(control, grace, give_up, usage)
    if supervisor.start(command):
        supervisor.watch(_wake())
    os._exit(0)  # spares the interpreter's own tidying


def _preload() -> None:
    """Import what is needed later; a supervisor that was started ahead does so while it waits."""
    try:
        import signal  # noqa: F401  # costs as much as all the rest

        if _LINUX:
            import _socket  # noqa: F401
            import fcntl  # noqa: F401

            from repro_action.launch import enter  # noqa: F401
    except ImportError:  # fails where it is used
        return


def _close_all() -> None:
    """Close what this process has open but for the standard streams.

    The processes of an enclosure live as long as the step.
    """
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208  # pathlib costs as much as all the rest
        if int(name) > 2:
            try:
                os.close(int(name))
            except OSError:  # that of the listing itself
                continue


def _wake() -> int:
    """Return a descriptor that brings the number of each signal received."""
    import signal

    wake, awake = os.pipe()
    os.set_blocking(awake, False)
    signal.set_wakeup_fd(awake, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return wake
