# SPDX-License-Identifier: Apache-2.0
"""What every way of enclosing a step provides, and what it says of itself."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from repro_action.config.model import Step
from repro_action.steps.record import StepRequest

__all__ = ["Enclosed", "Enforced", "Sandbox"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforced:
    """What a sandbox enforces, as its canary found it.

    Attributes:
        how: `bubblewrap`, `namespaces`, `none`.
        network: whether the network is out of reach.
        files: whether undeclared files are out of reach.
        reason: why something asked for is not enforced; empty where all of it is.
    """

    how: str = "none"
    network: bool = False
    files: bool = False
    reason: str = ""

    @property
    def text(self) -> str:
        """One line for a report."""
        held = [
            *(["no network"] if self.network else ["steps can reach the network"]),
            *(["only declared files"] if self.files else ["steps can read undeclared files"]),
        ]
        said = f"{self.how}: {', '.join(held)}"
        return f"{said} ({self.reason})" if self.reason else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """A step inside a sandbox.

    Attributes:
        request: the step's request, with the sandbox before its command.
    """

    request: StepRequest


class Sandbox(Protocol):
    """One way of enclosing steps."""

    @property
    def enforced(self) -> Enforced:
        """What was proven to be enforced."""

    def enclose(self, step: Step, request: StepRequest) -> AbstractContextManager[Enclosed]:
        """Return the request to run instead; leaving the context brings the outputs back."""
