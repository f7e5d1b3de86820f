# SPDX-License-Identifier: Apache-2.0
"""Outputs that exist before a run are moved away for its duration, and nobody's file is lost.

Nothing of an earlier run can so be mistaken for this one's. Where the run fails, is stopped
or is killed, everything goes back, at the latest with the next command. Where it succeeds,
what no run of repro wrote goes back to its place; a file whose place is taken is moved to
`.repro/kept/RUN`, which nothing ever removes. What an earlier run wrote stays in `before` of
the run's folder and is removed with it.
"""

from __future__ import annotations

import errno
import filecmp
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from repro_action.errors import StepError
from repro_action.paths.names import shown
from repro_action.runs import journal, written
from repro_action.steps.outputs import remove

BEFORE = "before"
FIRST = "first"
PARTIAL = "partial"
KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What became of files that were in outputs before a run.

    Attributes:
        back: files that no run wrote; they are at their places again.
        kept: such files whose places are taken; they are in `place`.
        place: below the project.
        aside: where they are before that, below the project.
        stale: files of earlier runs that this one did not write again.
    """

    back: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    place: str = ""
    aside: str = ""
    stale: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Stash:
    """Outputs of a project while one run goes on; `with` moves them, and `settle` ends it.

    Attributes:
        root: the project.
        state: its `.repro`.
        folder: of the run.
        outputs: declared paths.
        first: they are the outputs of this very verification, moved away for a repetition:
            they go back in any case.
    """

    root: Path
    state: Path
    folder: Path
    outputs: tuple[str, ...]
    first: bool = False
    _entry: journal.StashRecord | None = field(default=None, init=False)

    @property
    def place(self) -> Path:
        """Where outputs are moved to."""
        return self.folder / (FIRST if self.first else BEFORE)

    def __enter__(self) -> Self:
        for output in self.outputs:
            _require_movable(self.root, output)
        entry = self._entry = journal.StashRecord(
            folder=self.place.relative_to(self.state).as_posix(),
            outputs=self.outputs,
            present=tuple(each for each in self.outputs if os.path.lexists(self.root / each)),
            foreign=() if self.first else written.foreign(self.root, self.state, self.outputs),
        )
        journal.begin(self.state, entry)
        try:
            for output in entry.present:
                move(self.root / output, self.place / output)
        except BaseException:
            self._restore(entry)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._entry is None:
            return
        if kind is not None or self.first:
            self._restore(self._entry)
            return
        written.record(self.root, self.state, self.outputs)
        self._entry = journal.mark_written(self.state, self._entry)

    def _restore(self, entry: journal.StashRecord) -> None:
        restore(self.root, self.state, entry, rescue=self.folder / PARTIAL)
        self._entry = None

    def plan(self) -> Returned:
        """Return what `settle` will do, which is known as soon as the run has written its outputs."""
        return Returned() if self._entry is None else _plan(self.root, self.state, self._entry)

    def settle(self) -> None:
        """Put back what belongs to somebody; without effect where the run did not succeed."""
        if self._entry is not None:
            settle(self.root, self.state, self._entry)
            self._entry = None


def restore(root: Path, state: Path, entry: journal.StashRecord, *, rescue: Path) -> None:
    """Put everything back as it was before a run; may be cut off at any time and begun again.

    Args:
        root: the project.
        state: its `.repro`.
        entry: of the journal.
        rescue: folder for what is at those places now.
    """
    place = state / entry.folder
    for output in entry.outputs:
        _require_movable(root, output)
        old, new = place / output, root / output
        if output in entry.present and not os.path.lexists(old):
            continue  # It was not moved yet, or is back already.
        if os.path.lexists(new):
            move(new, _free(rescue / output))
        if os.path.lexists(old):
            move(old, new)
    journal.end(state, entry)


def settle(root: Path, state: Path, entry: journal.StashRecord) -> Returned:
    """Put back what no run wrote; may be cut off at any time and begun again."""
    planned = _plan(root, state, entry)
    place = state / entry.folder
    for name in planned.back:
        _make_folders(root, place, name)
        if (place / name).is_dir() and not (place / name).is_symlink():
            (root / name).mkdir(exist_ok=True)
        else:
            move(place / name, root / name)
    for name in planned.kept:
        move(place / name, _free(state / KEPT / entry.run / name))
    journal.end(state, entry)
    return planned


def recover(root: Path, state: Path) -> tuple[Returned, ...]:
    """Bring every stash of the journal to its end, the newest first. Needs the lock of the project.

    Raises:
        StepError: the journal is damaged, or an output is outside the project.
        OSError: something cannot be moved; what was moved till then is where it belongs.
    """
    done = []
    for entry in reversed(journal.read(state)):
        if entry.written:
            done.append(settle(root, state, entry))
            continue
        rescue = _free(state / KEPT / entry.run)
        restore(root, state, entry, rescue=rescue)
        left = tuple(each for each in entry.outputs if os.path.lexists(rescue / each))
        place = _shown_place(root, rescue) if left else ""
        done.append(Returned(back=entry.present, kept=left, place=place))
    return tuple(done)


def _plan(root: Path, state: Path, entry: journal.StashRecord) -> Returned:
    place = state / entry.folder
    owned = set(entry.foreign)
    back, kept, stale = [], [], []
    for name, _ in written.entries(place, entry.present):
        taken = os.path.lexists(root / name) or not _is_reachable(root, name)
        if name not in owned:
            stale.extend([] if taken or _is_folder(place / name) else [name])
        elif not taken:
            back.append(name)
        elif not _same(place / name, root / name):
            kept.append(name)
    return Returned(
        back=tuple(sorted(back)),
        kept=tuple(sorted(kept)),
        place=_shown_place(root, state / KEPT / entry.run) if kept else "",
        aside=_shown_place(root, place) if kept else "",
        stale=tuple(sorted(stale)),
    )


def _shown_place(root: Path, folder: Path) -> str:
    return folder.relative_to(root).as_posix()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _is_reachable(root: Path, name: str) -> bool:
    """Whether every folder above a path is one, or is not there."""
    parents = [root / parent for parent in Path(name).parents][:-1]
    return all(_is_folder(parent) or not os.path.lexists(parent) for parent in parents)


def _same(old: Path, new: Path) -> bool:
    """Whether one of two entries can go without loss."""
    if _is_folder(old):
        return True
    if old.is_symlink() or new.is_symlink():
        return old.is_symlink() and new.is_symlink() and old.readlink() == new.readlink()
    return old.is_file() and new.is_file() and filecmp.cmp(old, new, shallow=False)


def _make_folders(root: Path, place: Path, name: str) -> None:
    for parent in [*Path(name).parents][-2::-1]:
        if not (root / parent).exists():
            (root / parent).mkdir()
            shutil.copystat(place / parent, root / parent)


def _free(path: Path) -> Path:
    """Return a path that does not exist: this one, or one with a number."""
    number, free = 1, path
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.name}.{number}")
    return free


def _require_movable(root: Path, output: str) -> None:
    place = root / output
    if not Path(os.path.realpath(place.parent)).is_relative_to(os.path.realpath(root)):
        raise StepError(
            f"the output {shown(output)} leads out of the project through a symbolic link",
            why="Outputs are moved away before a run, and repro moves nothing outside the project.",
            remedy="Replace the link with a folder.",
        )
    if os.path.ismount(place):  # of a path that may be anything
        raise StepError(
            f"the output {shown(output)} is a mount point",
            why="Outputs are moved away before a run, and a mount point cannot be moved.",
            remedy="Declare a folder inside it.",
        )


def move(source: Path, target: Path) -> None:
    """Move a file, link or folder to a path that is free; a crash leaves one of both whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    else:
        return
    half = target.with_name(f".{target.name}.copying")
    remove(half)
    if _is_folder(source):
        shutil.copytree(source, half, symlinks=True)
    else:
        shutil.copy2(source, half, follow_symlinks=False)
    half.rename(target)
    # Renamed first, so that a half removed folder is not taken for a whole one.
    gone = _free(source.with_name(f".{source.name}.moved"))
    source.rename(gone)
    remove(gone)
