# SPDX-License-Identifier: Apache-2.0
"""What every mechanism of enclosing a step provides, and what it reports of itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from repro_action.config.model import Step
from repro_action.steps.record import StepRequest

__all__ = ["Enclosed", "Enforced", "Sandbox", "UndeclaredUse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeclaredUse:
    """What a step did beyond its declaration; paths are relative to the project.

    Attributes:
        written: files and folders that it wrote besides its outputs; they are in the project now.
        kept: the same, but something of that name was in the project; they are in the run's folder.
        sought: undeclared files of the project that it looked for.
        tracked: whether it logged to trackers, into `tracking` of the run's folder.
    """

    written: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    sought: tuple[str, ...] = ()
    tracked: bool = False

    @property
    def own(self) -> tuple[str, ...]:
        """What it made itself, wherever that is now."""
        return (*self.written, *self.kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforced:
    """What a sandbox enforces, as its canary found it.

    Attributes:
        how: `namespaces`, `bubblewrap`, `none`.
        network: whether the network is unreachable.
        files: whether undeclared files are unreadable.
        numbered: whether the processes of each step are numbered from 1.
        reason: why something asked for is not enforced; empty where all of it is.
        seen: step → what it did undeclared. It explains and is never compared.
        earlier: step → folder of outputs that an earlier build from the same inputs gave, and that differ.
    """

    how: str = "none"
    network: bool = False
    files: bool = False
    numbered: bool = False
    reason: str = ""
    seen: Mapping[str, UndeclaredUse] = field(default_factory=dict, compare=False)
    earlier: Mapping[str, Path] = field(default_factory=dict, compare=False)

    @property
    def text(self) -> str:
        """One line for a report."""
        kept = [
            "no network" if self.network else "steps can reach the network",
            "only declared files" if self.files else "steps can read undeclared files",
        ]
        sentence = f"{self.how}: {', '.join(kept)}"
        return f"{sentence} ({self.reason})" if self.reason else sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """A step inside a sandbox.

    Attributes:
        request: the step's request, with the sandbox before its command.
        elsewhere: whether its processes run out of reach, and only their reports are brought here.
    """

    request: StepRequest
    elsewhere: bool = False


class Sandbox(Protocol):
    """One way of enclosing steps."""

    @property
    def enforced(self) -> Enforced:
        """What was proven to be enforced, and what was seen of the steps so far."""

    def enclose(self, step: Step, request: StepRequest) -> AbstractContextManager[Enclosed]:
        """Return the request to run instead; leaving the context brings the outputs back.

        Raises:
            StepError: the step's files cannot be laid out.
        """
