# SPDX-License-Identifier: Apache-2.0
"""What running a step needs, and what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from repro_action.config.model import LimitsConfig, Step
from repro_action.errors import StepError
from repro_action.launch.commands import enclosure
from repro_action.paths.names import shown
from repro_action.progress import Progress

TAIL_LIMIT = 64 << 10
"""Bytes of a log that a record keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRequest:
    """What a step is run with, besides its declaration.

    Attributes:
        root: absolute path of the project; the step's working folder.
        python: absolute path of the interpreter that `python` and `python3` stand for.
        variables: all environment variables that the step sees; nothing is added.
        log: file that receives all output; its folder is made.
        protected: files and folders that removing an output must never touch: the
            configuration, the baseline, code, data and params of any step. `.git`,
            `.repro` and the step's own inputs are protected without being listed.
        prefix: command that the step's command is appended to, such as a sandbox.
        enclosure: specification of `repro_action.launch.enter` for what encloses all of that; empty for none.
        limits: what the step may use.
        written: folders whose content counts for the limit of disk; empty for its outputs.
        seen_as: where the project is inside a sandbox that lays out its files; None for where it is.
        host: name of the machine inside a sandbox; empty for the machine's own.
        followed: whether another step is likely to be run after it, for which something can be prepared.
    """

    root: Path
    python: Path
    variables: Mapping[str, str] = field(repr=False)
    log: Path
    protected: tuple[Path, ...] = ()
    prefix: tuple[str, ...] = ()
    enclosure: str = ""
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    written: tuple[Path, ...] = ()
    seen_as: Path | None = None
    host: str = ""
    followed: bool = False

    @property
    def surroundings(self) -> tuple[str, ...]:
        """The whole command that a program is appended to, so that it runs as the step would."""
        return (*(enclosure(self.enclosure) if self.enclosure else ()), *self.prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What is kept of a step that ran, or was restored; a byproduct, never compared.

    Attributes:
        name: the step's name.
        trained: whether its command ran; False if its outputs were restored.
        exit_code: the command's exit status; `-n` if signal n ended it.
        seconds: how long it took.
        log: file with its output; None if it did not run.
        tail: the last `TAIL_LIMIT` bytes of its output, raw: it may hold any character.
        reason: why it failed or was restored; empty if it ran to a good end.
        stragglers: processes that it left running and that were stopped, each
            `PID command line`, raw.
    """

    name: str
    trained: bool
    exit_code: int
    seconds: float
    log: Path | None = None
    tail: str = field(default="", repr=False)
    reason: str = ""
    stragglers: tuple[str, ...] = ()


class StepFailed(StepError):  # reads as the verdict does
    """A step ran and failed; the record is kept.

    Attributes:
        record: what is known of the run.
        undeclared: what of the project it needs and does not declare, relative to the project.
    """

    def __init__(
        self,
        what: str,
        *,
        record: StepRecord,
        why: str = "",
        remedy: str = "",
        undeclared: tuple[str, ...] = (),
    ) -> None:
        log = shown(str(record.log)) if record.log is not None else ""
        super().__init__(what, why=why, remedy=remedy, log=log)
        self.record = record
        self.undeclared = undeclared


class StepExecutor(Protocol):
    """Runs steps; one file an executor."""

    def run(self, step: Step, request: StepRequest, progress: Progress) -> StepRecord:
        """Run a step to a good end.

        Raises:
            StepError: it could not start, failed, timed out or broke its promises about
                outputs. `StepFailed`, with the record, as soon as its command has run.
        """
