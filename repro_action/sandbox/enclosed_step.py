# SPDX-License-Identifier: Apache-2.0
"""What must be known of a step to say whether its enclosure made it fail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from repro_action.config.model import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class EnclosedStep:
    """A step that ended inside a sandbox.

    Attributes:
        step: the step.
        root: the project.
        declared: files and folders that it could read, relative.
        hook: folder of its processes' reports.
        files: whether undeclared files were hidden.
        network: whether the network was cut off.
        how: by which means.
        seen_as: where the step saw the project; None for where it is.
        own: undeclared files and folders that it wrote itself: those are in the project by now.
    """

    step: Step
    root: Path
    declared: tuple[str, ...]
    hook: Path
    files: bool
    network: bool
    how: str
    seen_as: Path | None = None
    own: tuple[str, ...] = ()
