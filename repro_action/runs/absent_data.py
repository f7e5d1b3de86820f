# SPDX-License-Identifier: Apache-2.0
"""Says where to get data that is not there, or only as a pointer: DVC, Git LFS, a download."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from repro_action.data.missing_data import DOWNLOAD, LFS_REMEDY, is_lfs_pointer, not_pulled
from repro_action.paths.names import shown
from repro_action.steps.graph import AbsentInput
from repro_action.steps.record import StepFailed


def with_source(error: AbsentInput, root: Path) -> AbsentInput:
    """Return the error of an input that is not there, with where to get it."""
    why, remedy = not_pulled(root, error.path)
    found = AbsentInput(error.what, path=error.path)
    found.why = why or error.why
    found.remedy = remedy or f"{error.remedy.removesuffix('.')} (in GitHub Actions: {DOWNLOAD})."
    return found


def with_pointer(error: StepFailed, root: Path, inputs: Iterable[str]) -> StepFailed:
    """Return the error of a step one of whose inputs is a Git LFS pointer with that cause, or as it is."""
    pointer = next((path for path in inputs if is_lfs_pointer(root / path)), "")
    if not pointer:
        return error
    why = f"{shown(pointer)} is a Git LFS pointer, not the data itself.\n{error.why}"
    return StepFailed(error.what, record=error.record, why=why, remedy=LFS_REMEDY)
