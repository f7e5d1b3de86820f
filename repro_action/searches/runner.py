# SPDX-License-Identifier: Apache-2.0
"""Runs what checks a record, as a step in a copy of the project: the same enclosure, settings and seal."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.config.model import Config
from repro_action.interpreter.environment import Environment
from repro_action.probe.trial import Trial, run_trial
from repro_action.runs.workspace import remove
from repro_action.searches.tasks import ANSWER, PRINTED, SearchTask

if TYPE_CHECKING:
    from repro_action.sandbox.protocol import Sandbox

_LARGEST = 64 << 20
"""Bytes of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a sampler asked for.

    Attributes:
        checked: trials that it was asked for.
        differing: those that it asked for in another way.
        asked: what it asked for instead, in JSON.
        resumed: where new samplers began that together ask for all that is recorded.
        sampler: its class.
        best: trials that the library takes for the best of the record.
    """

    checked: int
    differing: tuple[int, ...]
    asked: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    resumed: tuple[int, ...] = ()
    sampler: str = ""
    best: tuple[int, ...] = ()


class TaskFailed(Exception):
    """A task came to no answer.

    Attributes:
        reason: why.
        remedy: what to do about it; empty where that is not known.
    """

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(slots=True, kw_only=True)
class TaskRunner:
    """Runs tasks one after another.

    Attributes:
        config: of the project.
        environment: of its steps.
        sandbox: that encloses them.
        base: folder for copies of the project.
        runs: how many were made.
    """

    config: Config
    environment: Environment
    sandbox: Sandbox | None
    base: Path
    runs: int = 0

    def replayed(self, task: SearchTask) -> Replayed:
        """Ask a sampler again.

        Raises:
            TaskFailed: it came to no answer.
        """
        answer = self._answer(task)
        import msgspec

        try:
            found = msgspec.convert(answer, Replayed)
            return replace(found, sampler=found.sampler[:100])
        except ValueError as error:
            raise TaskFailed(f"the answer of the sampler is malformed: {error}") from error

    def retrained(self, task: SearchTask) -> tuple[float, ...]:
        """Train a trial again, and return its values.

        Raises:
            TaskFailed: it has none.
        """
        if task.step.stdout:
            return _printed(self._output(task, PRINTED))
        answer = self._answer(task)
        match answer:
            case {"raised": str(reason)}:
                raise TaskFailed(f"the objective raised {reason}")
            case {"values": [*values]} if all(isinstance(one, str) for one in values):
                try:
                    return tuple(float.fromhex(str(one)) for one in values)
                except (ValueError, OverflowError) as error:
                    raise TaskFailed("the answer of the objective is malformed") from error
        raise TaskFailed("the answer of the objective is malformed")

    def _answer(self, task: SearchTask) -> dict[str, object]:
        try:
            answer = json.loads(self._output(task, ANSWER))
        except (ValueError, RecursionError) as error:
            raise TaskFailed("the answer is malformed") from error
        if not isinstance(answer, dict) or "uncalled" in answer:
            raise TaskFailed(
                "the step ended without a call of Study.optimize for this study",
                'Name the objective and the sampler: objective = "module:function", '
                'sampler = "module:function", or a command: trial = ["python", …, "{params}"].',
            )
        return answer

    def _output(self, task: SearchTask, name: str) -> bytes:
        self.runs += 1
        outcome = run_trial(
            Trial(
                config=replace(self.config, steps=(task.step,), metrics={}, artifacts=(), searches=()),
                environment=self.environment,
                place=self.base / "0",
                kept=self.base / f"kept-{self.runs}",
                sandbox=self.sandbox,
                added=task.added,
                left_out=task.left_out,
            )
        )
        try:
            if outcome.failure is not None:
                notice = outcome.failure.notice
                # Of a traceback its last line; the log is removed with the copy.
                lines = [line.strip() for line in notice.why.splitlines() if line.strip()]
                raise TaskFailed(f"{notice.what}: {lines[-1]}" if lines else notice.what)
            with (outcome.root / name).open("rb") as file:
                content = file.read(_LARGEST + 1)
        except OSError as error:
            raise TaskFailed(f"the answer cannot be read: {error.strerror}") from error
        finally:
            remove(outcome.root.parent)
        if len(content) > _LARGEST:
            raise TaskFailed("the answer is too large")
        return content


def _printed(content: bytes) -> tuple[float, ...]:
    lines = [line for line in content.decode("utf-8", "replace").splitlines() if line.strip()]
    try:
        found = json.loads(lines[-1]) if lines else None
    except (ValueError, RecursionError):
        found = None
    values = found if isinstance(found, list) else [found]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in values):
        last = ascii(lines[-1][:100]) if lines else "nothing"
        raise TaskFailed(
            f"the last line that the trial printed is no value: {last}",
            "Let the command print the value of the trial, or a JSON list of values, last.",
        )
    try:
        return tuple(map(float, values))
    except OverflowError:
        return (math.inf,)
