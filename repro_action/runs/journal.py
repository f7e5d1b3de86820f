# SPDX-License-Identifier: Apache-2.0
"""The journal of stashed outputs: on disk before anything is moved, so that a crash loses nothing.

.repro/stash.json lists every stash that was begun and not ended. It may come from a pull
request, so its paths are held to the project.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath

from repro_action.errors import StepError
from repro_action.files import read_regular, write_atomically
from repro_action.runs.store import JOURNAL

_FOLDER = re.compile(r"runs/[A-Za-z0-9-]+/(before|first)")


@dataclass(frozen=True, slots=True, kw_only=True)
class StashRecord:
    """One stash.

    Attributes:
        folder: where outputs are moved to, relative to `.repro`.
        outputs: declared outputs.
        present: those that were there.
        foreign: files in them that no run wrote.
        written: whether the run wrote its own to a good end; otherwise everything goes back.
    """

    folder: str
    outputs: tuple[str, ...]
    present: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    written: bool = False

    @property
    def run(self) -> str:
        """Name of the run's folder."""
        return self.folder.split("/")[1]


def read(state: Path) -> tuple[StashRecord, ...]:
    """Return the stashes that have not ended, the oldest first.

    Raises:
        StepError: the journal is damaged.
    """
    try:
        raw = json.loads(read_regular(state / JOURNAL))
    except FileNotFoundError:
        return ()
    except (ValueError, RecursionError) as error:
        raise _damaged(state) from error
    try:
        return tuple(_entry(each, state) for each in raw["stashes"])
    except (KeyError, TypeError, AttributeError) as error:
        raise _damaged(state) from error


def begin(state: Path, entry: StashRecord) -> None:
    """Write an entry, to the disk itself, before its first move."""
    _write(state, (*read(state), entry))


def mark_written(state: Path, entry: StashRecord) -> StashRecord:
    """Note that a stash's run came to its end."""
    done = replace(entry, written=True)
    _write(state, tuple(done if each == entry else each for each in read(state)))
    return done


def end(state: Path, entry: StashRecord) -> None:
    """Remove an entry whose outputs are all where they belong."""
    left = tuple(each for each in read(state) if each.folder != entry.folder)
    if left:
        _write(state, left)
    else:
        (state / JOURNAL).unlink(missing_ok=True)


def _write(state: Path, entries: tuple[StashRecord, ...]) -> None:
    write_atomically(
        state / JOURNAL, json.dumps({"stashes": [asdict(each) for each in entries]}), scratch=state
    )


def _entry(raw: Mapping[str, object], state: Path) -> StashRecord:
    folder = raw["folder"]
    if not isinstance(folder, str) or not _FOLDER.fullmatch(folder):
        raise _damaged(state)
    return StashRecord(
        folder=folder,
        outputs=_paths(raw["outputs"], state),
        present=_paths(raw["present"], state),
        foreign=_paths(raw["foreign"], state),
        written=raw["written"] is True,
    )


def _paths(raw: object, state: Path) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(each, str) and _is_inside(each) for each in raw):
        raise _damaged(state)
    return tuple(raw)


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and parts[0] not in ("/", "//", ".git", ".repro") and ".." not in parts


def _damaged(state: Path) -> StepError:
    return StepError(
        "the journal of moved outputs is damaged",
        where=str(state / JOURNAL),
        why="An earlier run was cut off; what it had moved is in `before` of its folder below .repro/runs.",
        remedy="Move back what you need from there, then remove the journal.",
    )
