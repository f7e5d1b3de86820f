# SPDX-License-Identifier: Apache-2.0
"""`repro pin`: digests of data, written or checked."""

from __future__ import annotations

from pathlib import Path

from repro_action.digest import Digest
from repro_action.errors import PinError
from repro_action.flows.project import Project
from repro_action.pins.check import check_pins
from repro_action.pins.take import take_pins
from repro_action.pins.write import write_pins
from repro_action.progress import Progress


def check(project: Project, progress: Progress) -> dict[str, Digest]:
    """Hold all data against its pins.

    Raises:
        PinError: some data is missing or is not what was pinned.
    """
    with project.stat_cache() as cache:
        return check_pins(project.config, cache, progress, project.history.versions)


def pin(
    project: Project, directory: Path, paths: tuple[str, ...], progress: Progress
) -> tuple[dict[str, Digest], dict[str, str]]:
    """Digest data as it is and write that into the configuration.

    Args:
        project: the project.
        directory: where the user stands; `paths` are relative to it.
        paths: what to pin; empty for every path that is pinned already.
        progress: is told how far it is.

    Returns:
        Digests by path, and for each path `added`, `updated` or `unchanged`.

    Raises:
        PinError: a path is missing, lies outside the project, or is not the data itself.
    """
    config = project.config
    wanted = [_relative(config.root, directory, path) for path in paths] or [
        held.path for held in config.data
    ]
    with project.stat_cache() as cache:
        taken = take_pins(config, wanted, cache, progress)
    written = write_pins(config.path, taken) if taken else None
    states = dict.fromkeys(taken, "unchanged")
    if written is not None:
        states.update(dict.fromkeys(written.added, "added"))
        states.update(dict.fromkeys(written.updated, "updated"))
    return taken, states


def _relative(root: Path, directory: Path, path: str) -> str:
    # Only the folder is resolved: a linked file is pinned under the name that steps read.
    place = (directory / path).absolute()
    folder = place.parent.resolve() / place.name
    try:
        return folder.relative_to(root.resolve()).as_posix()
    except ValueError:
        raise PinError(
            f"{path} lies outside the project",
            why="A pin outside could not be found on another machine.",
            cure=f"Put it below {root.name}/, or link it there.",
        ) from None
