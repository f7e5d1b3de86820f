# SPDX-License-Identifier: Apache-2.0
"""Runs a step as processes of this machine, and leaves none of them behind.

What is guaranteed on Linux, however the step forks: when `LocalExecutor.run` returns or
raises, no process of the step is left; when repro is killed by SIGKILL, the same holds
before the lock of the project is free again. On macOS a process that leaves its group
within half a second of its start may escape.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.config.model import Step
from repro_action.config.sizes import size_text
from repro_action.errors import OutOfTime, StepError
from repro_action.paths.names import shown
from repro_action.progress import Progress
from repro_action.steps.outputs import clear_outputs
from repro_action.steps.record import StepFailed, StepRecord, StepRequest
from repro_action.steps.session import ProcessOutcome, Session
from repro_action.steps.supervised import LaunchRequest, Supervisors
from repro_action.steps.transcript import Transcript
from repro_action.steps.written import StepStart, check_outputs, place_output

PYTHONS = frozenset({"python", "python3"})
"""Names in `run[0]` that stand for the environment's interpreter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalExecutor:
    """Runs steps on this machine.

    Attributes:
        supervisors: of its steps.
        on_start: called whenever a step has just been started: work of repro's own that takes no
            time from anyone while it waits. Output of the step is shown when it returns.
    """

    supervisors: Supervisors = field(default_factory=Supervisors)
    on_start: Callable[[], None] | None = None

    def run(self, step: Step, request: StepRequest, progress: Progress) -> StepRecord:
        """Run a step to a good end.

        Its standard input is empty; standard output and error go into one log in the
        order in which they are written, about in that order where standard output is an output.

        Args:
            step: with cleaned paths.
            request: where and with what.
            progress: receives the output.

        Raises:
            StepError: it could not start or broke its promises about outputs.
            StepFailed: its command ended badly or took too long.
        """
        command = self._command(step, request)
        clear_outputs(step, request.root, request.protected)
        printed = request.log.with_name(f"{request.log.name}.stdout") if step.stdout else None
        transcript = Transcript(step.name, request.log, progress, stdout=printed)
        try:
            since, outcome = self._follow(step, request, command, transcript)
        except OutOfTime as error:
            raise _ended(error, step, request, transcript.tail.decode("utf-8", "replace")) from error
        except OSError as error:
            raise StepError(
                f"step {shown(step.name)} cannot be run: {error.strerror}",
                why=f"Its log is {shown(str(request.log))}.",
                remedy="Check for a full disk, or a limit on processes or open files.",
            ) from error
        if outcome.refused:
            raise _cannot_start(command.argv[0], outcome.refused)
        record = StepRecord(
            name=step.name,
            trained=True,
            exit_code=outcome.exit_code if outcome.exit_code is not None else -1,
            seconds=time.monotonic() - since.steady,
            log=request.log,
            tail=transcript.tail.decode("utf-8", "replace"),
            reason=_reason(outcome, step, request),
            stragglers=tuple(outcome.stragglers),
        )
        _judge(record, outcome)
        if printed is not None:
            place_output(step, step.stdout, request.root, printed)
        check_outputs(step, request.root, since)
        return record

    def _follow(
        self, step: Step, request: StepRequest, command: LaunchRequest, transcript: Transcript
    ) -> tuple[StepStart, ProcessOutcome]:
        """Start a command and follow it until none of its processes is left."""
        with transcript:
            since = StepStart.now(request.log)
            with Session(self.supervisors, command, transcript) as session:
                if request.followed:
                    self.supervisors.start_ahead()
                if self.on_start is not None:
                    self.on_start()
                return since, session.follow(_seconds(step, request))

    def _command(self, step: Step, request: StepRequest) -> LaunchRequest:
        if not step.run:
            raise StepError(
                f"step {shown(step.name)} has no command",
                remedy='Give it one, such as run = ["python", "train.py"].',
            )
        name, *arguments = step.run
        called = str(request.python) if name in PYTHONS else name
        argv = (*request.prefix, called, *arguments)
        # What encloses or precedes the command changes to the folder itself, inside of what it sets up.
        folder = request.root if request.surroundings else working_folder(step, request.root)
        return LaunchRequest(
            folder=folder,
            program="" if request.enclosure else _program(argv[0], folder, request.variables),
            enclosure=request.enclosure,
            argv=argv,
            variables=request.variables,
            limits=request.limits,
            written=request.written or tuple(request.root / output for output in step.outputs),
        )


def working_folder(step: Step, root: Path) -> Path:
    """Return the folder that a step's command runs in.

    Raises:
        StepError: it is not there.
    """
    folder = root / step.cwd
    if step.cwd and not folder.is_dir():
        raise StepError(
            f"step {shown(step.name)} cannot run in {shown(step.cwd)}: there is no such folder",
            remedy="Correct `cwd`, which is relative to the project's folder.",
        )
    return folder


def _program(name: str, folder: Path, variables: Mapping[str, str]) -> str:
    """Find a command as a shell in the step's folder would, by the step's own PATH."""
    if "/" in name:
        return str(folder / name)
    candidates = [folder / path / name for path in variables.get("PATH", os.defpath).split(os.pathsep)]
    files = [str(path) for path in candidates if path.is_file()]
    usable = [path for path in files if os.access(path, os.X_OK)]
    if not files:
        raise _cannot_start(name, errno.ENOENT)
    return (usable or files)[0]


def _cannot_start(name: str, number: int) -> StepError:
    match number:
        case errno.ENOENT | errno.ENOTDIR:
            why = (
                "There is no such file in the environment's PATH, "
                "or the interpreter in its first line is missing."
            )
            remedy = "Add the command to the environment, or correct its name in `run`."
        case errno.EACCES | errno.EPERM:
            from repro_action.steps.diagnosis import escaped

            why = "It is not executable."
            remedy = f"Run `chmod +x` on it, or call it through its interpreter: `python {escaped(name)}`."
        case errno.ENOEXEC:
            why = "It is not a program for this machine, and has no `#!` line."
            remedy = "Add a `#!` line, or call it through its interpreter."
        case errno.E2BIG:
            why = "Its arguments and environment variables are too long for the kernel."
            remedy = "Pass long values in a file."
        case _:
            why, remedy = "", "Run it by hand to see more."
    return StepError(
        f"the command {shown(name)} cannot be started: {os.strerror(number)}",
        why=why,
        remedy=remedy,
    )


def _seconds(step: Step, request: StepRequest) -> float | None:
    """Return how long a step may take, by its own limit and by that of all steps."""
    return min((one for one in (step.timeout, request.limits.seconds) if one is not None), default=None)


def _reason(outcome: ProcessOutcome, step: Step, request: StepRequest) -> str:
    if outcome.left:
        return "processes could not be killed"
    if outcome.exceeded:
        return f"stopped: {_used_more(outcome.exceeded, request)}"
    if outcome.timed_out:
        seconds = _seconds(step, request)
        if seconds != step.timeout:
            return f"stopped: it ran longer than {seconds:g} s (limits.seconds)"
        return f"timed out after {seconds:g} s"
    match outcome.exit_code:
        case None | 0:
            return ""
        case code if code < 0:
            return f"killed by signal {-code}"
        case code:
            return f"exit status {code}"


def _used_more(limit: str, request: StepRequest) -> str:
    limits = request.limits
    match limit:
        case "memory":
            return f"it used more than {size_text(limits.memory or 0)} of memory (limits.memory)"
        case "disk":
            return f"it wrote more than {size_text(limits.disk or 0)} (limits.disk)"
    return f"it had more than {limits.processes} processes at a time (limits.processes)"


def _ended(error: OutOfTime, step: Step, request: StepRequest, tail: str) -> StepFailed:
    """Return what is known of a step that was ended because the time of the whole run was over."""
    from repro_action.steps.diagnosis import last_lines

    record = StepRecord(
        name=step.name, trained=True, exit_code=-1, seconds=0.0, log=request.log, tail=tail, reason=error.what
    )
    last = last_lines(tail)
    quoted = f"Its last lines were:\n{last}" if last else "It wrote no output."
    what = f"step {shown(step.name)} was stopped: {error.what}"
    return StepFailed(what, record=record, why=quoted, remedy=error.remedy)


def _judge(record: StepRecord, outcome: ProcessOutcome) -> None:
    if not record.reason:
        return
    from repro_action.steps.diagnosis import diagnose, escaped, last_lines

    what = f"step {shown(record.name)} failed: {record.reason}"
    last = last_lines(record.tail)
    quoted = f"Its last lines were:\n{last}" if last else "It wrote no output."
    if outcome.left:
        raise StepFailed(
            what,
            record=record,
            why=f"Still running: {escaped('; '.join(outcome.left))}.",
            remedy="Stop them yourself before the next run, or they may write into it.",
        )
    if outcome.exceeded or "(limits.seconds)" in record.reason:
        remedy = "Let the step use less, or raise the limit in the configuration."
        raise StepFailed(what, record=record, why=quoted, remedy=remedy)
    if outcome.timed_out:
        remedy = "Make the step faster, or raise its `timeout`."
        raise StepFailed(what, record=record, why=quoted, remedy=remedy)
    cause = diagnose(record.exit_code, record.tail)
    why = "\n".join(part for part in (cause.why, quoted) if part)
    raise StepFailed(what, record=record, why=why, remedy=cause.remedy)
