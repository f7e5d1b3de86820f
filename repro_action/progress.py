# SPDX-License-Identifier: Apache-2.0
"""The port through which long work reports its progress; rendering is in `report`."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives what goes on; must never raise."""

    def stage(self, text: str) -> None:
        """Begin a stage of the flow, such as `checking pins`."""

    def output(self, step: str, text: str) -> None:
        """Show output of a step as it comes; `text` is raw and may hold any character."""

    def advance(self, done: int, total: int, unit: str) -> None:
        """Tell how much of the current stage is done; `total` is 0 where unknown."""


class Silent:
    """A Progress that shows nothing."""

    def stage(self, text: str) -> None:
        """Ignore the stage."""

    def output(self, step: str, text: str) -> None:
        """Ignore the output."""

    def advance(self, done: int, total: int, unit: str) -> None:
        """Ignore the count."""
