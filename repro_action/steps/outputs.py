# SPDX-License-Identifier: Apache-2.0
"""Removes declared outputs before a step; `repro_action.steps.written` checks them afterwards.

Removing them is the proof that an output was written by this run. The time stamps of a
file prove nothing and are not asked: `shutil.copy2`, archives and SOURCE_DATE_EPOCH rightly
give a new file an old date, and a step can set any date it likes.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from repro_action.config.model import Step
from repro_action.errors import StepError
from repro_action.paths.names import shown
from repro_action.paths.patterns import is_pattern, literal_prefix
from repro_action.steps.tree_snapshot import walk


def clear_outputs(step: Step, root: Path, protected: Iterable[Path]) -> None:
    """Remove the declared outputs of a step and make the folders that they go to.

    A symbolic link is removed itself, never what it points to.

    Args:
        step: with cleaned paths.
        root: the project.
        protected: files and folders that must not go with an output.

    Raises:
        StepError: an output is outside the project, contains something protected, or cannot
            be removed. Nothing has been removed then, except in the last case.
    """
    real_root = Path(os.path.realpath(root))
    own = (*step.inputs, *step.params)
    kept = {root, root / ".git", root / ".repro", *protected, *(root / _anchor(path) for path in own)}
    guarded = {Path(os.path.realpath(path)) for path in kept} | {_settled(path) for path in kept}
    targets = [_settled(root / output) for output in step.outputs]
    for output, target in zip(step.outputs, targets, strict=True):
        _check_removable(step, output, target, real_root, guarded)
    for output, target in zip(step.outputs, targets, strict=True):
        try:
            remove(target)
            if not any(other in target.parents for other in targets):
                target.parent.mkdir(parents=True, exist_ok=True)
        except (OSError, RecursionError) as error:  # rmtree recurses into each folder
            raise StepError(
                f"the old output {shown(output)} of step {shown(step.name)} cannot be removed: {error}",
                why="A run must not find what an earlier one wrote.",
                remedy="Remove it yourself, or correct its permissions.",
            ) from error


def remove(path: Path) -> None:
    """Remove a file, a folder with all it holds, or a symbolic link itself; missing is fine."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISDIR(mode):
        shutil.rmtree(path)
    else:
        path.unlink()


def _check_removable(step: Step, output: str, target: Path, root: Path, guarded: set[Path]) -> None:
    name = f"the output {shown(output)} of step {shown(step.name)}"
    if root not in target.parents:
        raise StepError(
            f"{name} leads out of the project through a symbolic link",
            why="Outputs are removed before a step starts, and repro removes nothing outside the project.",
            remedy="Replace the link with a folder.",
        )
    lost = next((path for path in guarded if path == target or target in path.parents), None)
    behind = next((root / part for part in (".git", ".repro") if root / part in target.parents), None)
    is_folder = target.is_dir() and not target.is_symlink()
    nested = next(_repositories(target), None) if is_folder else None
    kept = lost or behind or nested
    if kept is not None and os.path.lexists(kept):
        raise StepError(
            f"{name} would be removed together with {shown(os.path.relpath(kept, root))}",
            why="Outputs are removed before a step starts; this one contains something that must stay.",
            remedy="Declare a folder that contains only what the step writes.",
        )
    if target != root / output:
        raise StepError(
            f"{name} leads through a symbolic link to {shown(os.path.relpath(target, root))}",
            why="The target of a link is not known to have been written by the step.",
            remedy="Declare the path without the link, or replace the link with a folder.",
        )


def _repositories(folder: Path) -> Iterator[Path]:
    return (path for _, path in walk(folder) if path.name == ".git")


def _anchor(pattern: str) -> str:
    """Return the path of an input, or the folder that a glob starts from."""
    return literal_prefix(pattern) if is_pattern(pattern) else pattern


def _settled(path: Path) -> Path:
    """Return a path whose folders are resolved, but not the entry itself."""
    return Path(os.path.realpath(path.parent)) / path.name
