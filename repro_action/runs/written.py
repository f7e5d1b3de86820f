# SPDX-License-Identifier: Apache-2.0
"""Which files of output folders a run of repro wrote; everything else there belongs to somebody.

.repro/written.json: path → [size, mtime in ns, inode], as the last run left it. A file that
has changed since is not the run's any more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from repro_action.files import read_regular, write_atomically

NAME = "written.json"
EMPTY_FOLDER = (-1, 0, 0)

Identity = tuple[int, int, int]


def entries(root: Path, outputs: Iterable[str]) -> Iterator[tuple[str, Identity]]:
    """Yield each file, link and empty folder of declared outputs, relative to the project."""
    for output in outputs:
        if os.path.lexists(root / output):
            yield from _entries(root, output)


def _entries(root: Path, name: str) -> Iterator[tuple[str, Identity]]:
    path = root / name
    if path.is_symlink() or not path.is_dir():
        status = path.lstat()
        yield name, (status.st_size, status.st_mtime_ns, status.st_ino)
        return
    folders, inside = [name], False
    while folders:
        folder = folders.pop()
        inside = False
        with os.scandir(root / folder) as found:
            for entry in found:
                inside = True
                inner = f"{folder}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    folders.append(inner)
                else:
                    status = entry.stat(follow_symlinks=False)
                    yield inner, (status.st_size, status.st_mtime_ns, status.st_ino)
        if not inside:
            yield folder, EMPTY_FOLDER


def foreign(root: Path, state: Path, outputs: Iterable[str]) -> tuple[str, ...]:
    """Return what stands in outputs and was written by no run, or changed since; sorted."""
    identities = _load(state)
    return tuple(
        sorted(name for name, identity in entries(root, outputs) if identities.get(name) != identity)
    )


def record(root: Path, state: Path, outputs: Iterable[str]) -> None:
    """Note what a run wrote; what is noted of other outputs stays."""
    names = tuple(outputs)
    others = {name: found for name, found in _load(state).items() if not is_within(name, names)}
    now = {**others, **dict(entries(root, names))}
    write_atomically(state / NAME, json.dumps(now, sort_keys=True), scratch=state, durable=False)


def is_within(name: str, outputs: Iterable[str]) -> bool:
    """Whether a path is one of some outputs, or inside one."""
    return any(name == output or name.startswith(f"{output}/") for output in outputs)


def _load(state: Path) -> Mapping[str, Identity]:
    try:
        raw = json.loads(read_regular(state / NAME))
        return {str(name): (int(size), int(time), int(inode)) for name, (size, time, inode) in raw.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}  # Then everything counts as somebody's, and is kept.
