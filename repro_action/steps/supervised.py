# SPDX-License-Identifier: Apache-2.0
"""The process that supervises a step, as repro starts it; it may wait for its step."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

from repro_action.config.model import LimitsConfig
from repro_action.launch import commands

# What a dynamic loader needs to start the interpreter. All else of the caller's is out of reach of a step
# that could look into the process, or into those of its enclosure, which are copies of it.
_OF_THE_LOADER = (
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "NIX_LD",
    "NIX_LD_LIBRARY_PATH",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchRequest:
    """What a supervisor starts.

    Attributes:
        folder: working folder, where no enclosure says its own.
        program: absolute path of what is executed; empty where an enclosure looks it up.
        enclosure: path of the specification of `repro_action.launch.enter`; empty for none.
        argv: its arguments, the first one being the name it sees itself called by.
        variables: its whole environment.
        limits: of memory, processes and disk.
        written: files and folders that count for the limit of disk.
    """

    folder: Path
    program: str
    enclosure: str = ""
    argv: tuple[str, ...]
    variables: Mapping[str, str]
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    written: tuple[Path, ...] = ()

    def encoded(self) -> bytes:
        """Return the request in the supervisor's form."""
        pairs = [f"{name}={value}" for name, value in self.variables.items()]
        bounds = (self.limits.memory, self.limits.processes, self.limits.disk)
        fields = [
            *(str(self.folder), self.program, self.enclosure),
            " ".join(str(bound or 0) for bound in bounds),
            *(str(len(self.written)), *map(str, self.written)),
            *(str(len(self.argv)), *self.argv, *pairs, "end"),
        ]
        return b"\0".join(map(os.fsencode, fields))


class SupervisorProcess:
    """A process of `repro_action.launch.supervisor`, with its socket and the step's output.

    Attributes:
        control: the socket; when it is closed here, the supervisor ends with all of its step.
        process: the process.
        apart: whether standard error comes apart from standard output.
    """

    def __init__(self, supervisors: Supervisors, *, apart: bool) -> None:
        """Start it.

        Args:
            supervisors: what it is told.
            apart: see above.

        Raises:
            OSError: it cannot be started.
        """
        self.apart = apart
        self.control, theirs = socket.socketpair()
        inherited = (theirs.fileno(), *supervisors.pass_fds)
        command = commands.supervisor(
            supervisors.grace, supervisors.give_up, theirs.fileno(), supervisors.pass_fds
        )
        with theirs:
            self.process = subprocess.Popen(
                command,
                env={name: os.environ[name] for name in _OF_THE_LOADER if name in os.environ},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if apart else subprocess.STDOUT,
                pass_fds=inherited,
                start_new_session=True,
                bufsize=0,
            )

    @property
    def streams(self) -> list[IO[bytes]]:
        """The output of the step."""
        return [stream for stream in (self.process.stdout, self.process.stderr) if stream is not None]

    def send(self, request: LaunchRequest) -> None:
        """Let it start a step; where it has ended already, the socket says so."""
        pipe = self.process.stdin
        if pipe is not None:
            with suppress(BrokenPipeError), pipe:
                view = memoryview(request.encoded())
                while view:
                    view = view[pipe.write(view) :]

    def dismiss(self) -> None:
        """End it, without a step."""
        self.process.kill()
        self.close(0.0)

    def close(self, seconds: float) -> None:
        """Take leave of it.

        Args:
            seconds: that it has to end by itself.
        """
        self.control.close()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for stream in (*self.streams, self.process.stdin):
            if stream is not None:
                stream.close()


@dataclass(slots=True, kw_only=True)
class Supervisors:
    """Supervisors of steps, all alike; one may be started ahead, and ends with the context.

    Attributes:
        pass_fds: descriptors that stay open until all processes of a step are gone, such as
            that of the project's lock; steps do not get them.
        grace: seconds that a step has to end after SIGTERM, before SIGKILL.
        give_up: seconds of SIGKILL after which a process is reported as left.
    """

    pass_fds: tuple[int, ...] = ()
    grace: float = 5.0
    give_up: float = 10.0
    _ahead: SupervisorProcess | None = None

    def start_ahead(self) -> None:
        """Start one that waits, unless there is one; what hinders it is met again when it is needed."""
        if self._ahead is None:
            with suppress(OSError):
                self._ahead = SupervisorProcess(self, apart=False)

    def take(self, *, apart: bool) -> SupervisorProcess:
        """Return a supervisor.

        Args:
            apart: whether standard error is to come apart from standard output.

        Raises:
            OSError: it cannot be started.
        """
        if not apart and self._ahead is not None:
            taken, self._ahead = self._ahead, None
            if taken.process.poll() is None:
                return taken
            taken.close(0.0)
        return SupervisorProcess(self, apart=apart)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._ahead is not None:
            ahead, self._ahead = self._ahead, None
            ahead.dismiss()
