# SPDX-License-Identifier: Apache-2.0
"""`repro pin`: digests of data, written or checked."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from repro_action.config.model import Config
from repro_action.data.check import check_pins
from repro_action.data.compute import compute_pins
from repro_action.data.signature import shown
from repro_action.data.write import write_pins
from repro_action.digest import Digest
from repro_action.errors import PinError
from repro_action.progress import Progress
from repro_action.runs.project import Project


def check(project: Project, directory: Path, paths: tuple[str, ...], progress: Progress) -> dict[str, Digest]:
    """Hold data against its pins.

    Args:
        project: the project.
        directory: the user's current folder; `paths` are relative to it.
        paths: which pins to check, `.dvc` files for what they point to; empty for all.
        progress: receives how far it is.

    Raises:
        PinError: some data is missing, is not what was pinned, or is not pinned at all.
    """
    config = project.config
    if paths:
        selected = {_pinned(config, _relative(config.root, directory, path)) for path in paths}
        config = replace(config, data=tuple(pin for pin in config.data if pin.path in selected))
    with project.stat_cache() as cache:
        return check_pins(config, cache, progress, project.history.versions)


def _pinned(config: Config, path: str) -> str:
    """Return the pin that a path names.

    Raises:
        PinError: there is none.
    """
    pinned = [pin.path for pin in config.data]
    for name in (path, path.removesuffix(".dvc")):
        if name in pinned:
            return name
    if not (config.root / path).exists():
        raise PinError(
            f"{shown(path)} does not exist, and is not pinned", remedy="`repro pin --check` checks every pin."
        )
    around = next((name for name in pinned if path.startswith(f"{name}/")), "")
    remedy = (
        f"It is part of {shown(around)}, which is pinned as a whole: `repro pin --check {shown(around)}`."
        if around
        else f"Pin it: `repro pin {shown(path)}`."
    )
    raise PinError(f"{shown(path)} is not pinned", remedy=remedy, where=config.path.name)


def pin(
    project: Project, directory: Path, paths: tuple[str, ...], progress: Progress
) -> tuple[dict[str, Digest], dict[str, str]]:
    """Digest data as it is and write that into the configuration.

    Args:
        project: the project.
        directory: the user's current folder; `paths` are relative to it.
        paths: what to pin; empty for every path that is pinned already.
        progress: receives how far it is.

    Returns:
        Digests by path, and for each path `added`, `updated` or `unchanged`.

    Raises:
        PinError: a path is missing, outside the project, or is not the data itself.
    """
    config = project.config
    known = [*(one.path for one in config.data), *(one.path for one in config.unpinned)]
    selected = [_relative(config.root, directory, path) for path in paths] or known
    _fetch_unpinned(config, selected, progress)
    with project.stat_cache() as cache:
        computed = compute_pins(config, selected, cache, progress)
    written = write_pins(config.path, computed) if computed else None
    states = dict.fromkeys(computed, "unchanged")
    if written is not None:
        states.update(dict.fromkeys(written.added, "added"))
        states.update(dict.fromkeys(written.updated, "updated"))
    return computed, states


def _fetch_unpinned(config: Config, selected: list[str], progress: Progress) -> None:
    """Fetch data that is to be pinned for the first time, where it has a source and is not there.

    Raises:
        FetchError: it cannot be fetched.
    """
    missing = [
        data
        for data in config.unpinned
        if data.source and data.path in selected and not (config.root / data.path).exists()
    ]
    if not missing:
        return
    from repro_action.data.fetch.supply import Supply

    supply = Supply(config=config, environ=os.environ, progress=progress)
    for data in missing:
        supply.fetch_unpinned(data)


def _relative(root: Path, directory: Path, path: str) -> str:
    # Only the folder is resolved: a linked file is pinned under the name that steps read.
    place = (directory / path).absolute()
    folder = place.parent.resolve() / place.name
    try:
        return folder.relative_to(root.resolve()).as_posix()
    except ValueError:
        raise PinError(
            f"{path} is outside the project",
            why="Another machine would not have a file outside the project.",
            remedy=f"Move it into {root.name}/, or link it there.",
        ) from None
