# SPDX-License-Identifier: Apache-2.0
"""repro's end of a supervised step; see `repro_action.launch.supervisor` for the other."""

from __future__ import annotations

import os
import selectors
import time
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Self

from repro_action.errors import StepError
from repro_action.steps import orphans
from repro_action.steps.supervised import LaunchRequest, Supervisors
from repro_action.steps.transcript import Transcript

CHUNK = 64 << 10
FROZEN_LOOKS = 3
"""Looks, a second apart, that find a supervisor stopped before it is given up."""
LOOK_SECONDS = 1.0
IDLE = 0.2
"""Seconds after which an open line is shown as far as it is."""


@dataclass(slots=True, kw_only=True)
class ProcessOutcome:
    """How a step's process ended.

    Attributes:
        exit_code: None until its command ended; `-n` if signal n ended it.
        refused: errno with which its program could not be started; 0 if it was.
        timed_out: whether it was stopped for the time it took.
        exceeded: limit that it was stopped for: `memory`, `processes`, `disk`.
        frozen: whether its supervisor was stopped, by the step or somebody else, and was killed.
        stragglers: processes it left running, that were stopped.
        left: processes that could not be killed.
    """

    exit_code: int | None = None
    refused: int = 0
    timed_out: bool = False
    exceeded: str = ""
    frozen: bool = False
    stragglers: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class Session:
    """One supervised step; leaving the context stops whatever is left of it.

    Leaving it early (an exception, Ctrl-C) sends SIGTERM to all processes of the step and,
    after the grace, SIGKILL. A second interruption during that time closes the socket, which
    makes the supervisor kill at once.
    """

    def __init__(self, supervisors: Supervisors, request: LaunchRequest, transcript: Transcript) -> None:
        """Start the step.

        Raises:
            OSError: no supervisor can be started.
        """
        self._transcript = transcript
        self._words = b""
        self._over = False
        self._give_up = supervisors.give_up
        self._stop_seconds = supervisors.grace + self._give_up + 1.0
        self._kill_at: float | None = None
        self._frozen_looks = 0
        self._looked = time.monotonic()
        self.outcome = ProcessOutcome()
        self._adopted = orphans.adopt()
        self._supervisor = supervisors.take(apart=transcript.apart)
        self._control = self._supervisor.control
        self._started = orphans.now()
        self._supervisor.send(request)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if not self._over:
                self.stop()
                self._pump(None, quiet=True)
        finally:
            self._supervisor.close(self._stop_seconds)
            if self.outcome.exit_code is None and not self.outcome.refused:
                orphans.kill_since(self._started, give_up=self._give_up)
            orphans.release(adopted=self._adopted)

    def stop(self) -> None:
        """Ask the supervisor to stop the step; returns at once.

        A supervisor that does not answer, say because the step froze it, is killed when
        it has had more than the time it may take.
        """
        self._kill_at = time.monotonic() + self._stop_seconds
        with suppress(OSError):
            self._control.send(b"T")

    def follow(self, timeout: float | None) -> ProcessOutcome:
        """Take the step's output until none of its processes is left.

        Args:
            timeout: seconds after which it is stopped; None for no limit.

        Raises:
            StepError: the supervisor was killed or stopped.
        """
        self._pump(timeout, quiet=False)
        outcome = self.outcome
        if outcome.frozen:
            raise StepError(
                "the process that supervises the step was stopped (SIGSTOP), and did not resume",
                why="The step was ended, because its processes were no longer supervised.",
                remedy="Check for a step that sends signals to processes that are not its own.",
            )
        if outcome.exit_code is None and not outcome.refused:
            raise StepError(
                "the process that supervises the step was killed",
                why="The step was stopped too, because its processes could no longer be tracked.",
                remedy="Check for a step that kills other processes, or a machine that ran out of memory.",
            )
        return outcome

    def _pump(self, timeout: float | None, *, quiet: bool) -> None:
        deadline = None if timeout is None else time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            for stream in self._supervisor.streams:
                os.set_blocking(stream.fileno(), False)
                selector.register(stream, selectors.EVENT_READ, stream)
            while not self._over:
                ready = selector.select(self._pause(deadline))
                for key, _ in ready:
                    if key.fileobj is self._control:
                        self._hear()
                    elif not self._read(key.data, quiet=quiet):
                        selector.unregister(key.fileobj)
                if not ready and not quiet:
                    self._transcript.flush()
                now = time.monotonic()
                if self._is_frozen(now):
                    self._supervisor.process.kill()
                    self._over = self.outcome.frozen = True
                elif self._kill_at is not None and now >= self._kill_at:
                    self._supervisor.process.kill()
                    self._over = True
                elif deadline is not None and now >= deadline:
                    deadline, self.outcome.timed_out = None, True
                    self.stop()
        for stream in self._supervisor.streams:
            while self._read(stream, quiet=quiet) == CHUNK:
                pass
        if not quiet:
            self._transcript.flush(final=True)

    def _is_frozen(self, now: float) -> bool:
        """Whether the supervisor has been found stopped several times in a row."""
        if now - self._looked < LOOK_SECONDS:
            return False
        self._looked = now
        self._frozen_looks = self._frozen_looks + 1 if orphans.is_stopped(self._supervisor.process.pid) else 0
        return self._frozen_looks >= FROZEN_LOOKS

    def _pause(self, deadline: float | None) -> float:
        """Return how long to wait for news before the next look at the supervisor."""
        now = time.monotonic()
        moments = (deadline, self._kill_at, self._looked + LOOK_SECONDS)
        until = [moment - now for moment in moments if moment is not None]
        if self._transcript.pending:
            until.append(IDLE)
        return max(0.0, min(until))

    def _read(self, output: IO[bytes], *, quiet: bool) -> int:
        """Take what a pipe holds; 0 at its end or if it holds nothing."""
        if output.closed:
            return 0
        try:
            data = os.read(output.fileno(), CHUNK)
        except BlockingIOError:
            return 0
        if data and not quiet:
            self._transcript.feed(data, stdout=output is self._supervisor.process.stdout)
        return len(data)

    def _hear(self) -> None:
        try:
            words = self._control.recv(4096)
        except OSError:
            words = b""
        self._over = not words
        *lines, self._words = (self._words + words).split(b"\n")
        for line in lines:
            self._note(line.decode("ascii").split(" "))

    def _note(self, words: list[str]) -> None:
        match words:
            case ["refused", number]:
                self.outcome.refused = int(number)
            case ["ended", status]:
                self.outcome.exit_code = os.waitstatus_to_exitcode(int(status))
            case ["exceeded", limit]:
                self.outcome.exceeded = limit
            case ["straggler", pid, *line]:
                self.outcome.stragglers.append(_process(pid, line))
            case ["left", pid, *line]:
                self.outcome.left.append(_process(pid, line))
            case _:
                pass


def _process(pid: str, line: list[str]) -> str:
    command = bytes.fromhex("".join(line)).decode("utf-8", "replace")
    return f"{pid} {command}".rstrip()
