# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH112 -- paths are texts here: they may hold any byte, and are many
"""The folder that stands for the project inside: empty but for places, and emptied into the project after.

It is in the run's folder, on the file system of the project, so that outputs of any size
are moved by renaming. Inputs are mounted over empty places; what is declared as very many
single files is copied, but for the largest (a hard link would let the step write to the
original, and moves its change time, which a seal takes for an edit).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.files import copy_file
from repro_action.paths.names import RESERVED
from repro_action.paths.patterns import within
from repro_action.sandbox.declared import Traced
from repro_action.sandbox.layout import Mount, read
from repro_action.sandbox.protocol import UndeclaredUse
from repro_action.sandbox.tidy import disarm, discard
from repro_action.sandbox.trackers import FOLDER
from repro_action.steps.outputs import remove

MOUNTS = 100
"""Single files that are mounted; a mount costs 0.05 ms, and with bubblewrap 1 ms at this number."""

_BARE = {"HEAD", "objects", "refs"}
"""By what git takes a folder for a repository, whose settings it then obeys."""


@dataclass(slots=True, kw_only=True)
class Staging:
    """What one step sees instead of the project, the user's folder and the temporary ones.

    Attributes:
        real: real path of the project.
        base: folder of the stage; made, and removed at the end.
        kept: folder for what cannot be moved into the project.
        tracked: folder for what it logged to trackers.
        seen: real path at which the step sees the project; empty for `real`.
        claimed: paths of the project that nothing undeclared may take or go into, though nothing is there.
    """

    real: Path
    base: Path
    kept: Path
    tracked: Path
    seen: Path = Path()
    claimed: tuple[str, ...] = ()
    _places: dict[str, None] = field(default_factory=dict)
    _copies: dict[str, None] = field(default_factory=dict)
    _logged: Path | None = None

    def __post_init__(self) -> None:
        self.seen = self.seen if self.seen.is_absolute() else self.real
        for name in ("project", "home", "tmp", "root"):
            (self.base / name).mkdir(parents=True)

    @property
    def project(self) -> Path:
        """The folder that stands for the project."""
        return self.base / "project"

    @property
    def root(self) -> Path:
        """The empty folder for the new root."""
        return self.base / "root"

    def inputs(self, traced: Traced) -> tuple[Mount, ...]:
        """Lay out declared files; return what is to be mounted."""
        mounts: list[Mount] = []
        for place, text in traced.links.items():
            inner = self._inner(place)
            if inner is None:
                mounts.append(Mount(kind="link", source=text, target=place))
            elif not os.path.lexists(self.project / inner):
                self._above(inner)
                (self.project / inner).symlink_to(text)
                self._copies[inner] = None
        folders = [path for path in traced.ends if os.path.isdir(path)]
        files = [path for path in traced.ends if not os.path.isdir(path)]
        files.sort(key=os.path.getsize, reverse=True)
        mounts += [self._read(path) for path in (*folders, *files[:MOUNTS])]
        for path in files[MOUNTS:]:
            inner = self._inner(path)
            if inner is None:
                mounts.append(read(path))
            else:
                self._copy(path, inner)
        return tuple(mounts)

    def hidden(self, traced: Traced, mounts: Sequence[Mount]) -> Iterator[Mount]:
        """Yield what hides folders that are no inputs, but for those that the environment is in."""
        for path in traced.hidden:
            inner = self._inner(path)
            target = path if inner is None else str(self.seen / inner)
            if not any(mount.target == target or mount.target.startswith(f"{target}/") for mount in mounts):
                yield Mount(kind="mask", source=path, target=target)

    def private(self, homes: Iterable[str], temporary: Iterable[str]) -> tuple[Mount, ...]:
        """Make the empty folders of the step; return what is to be mounted."""
        mounts: list[Mount] = []
        for source, places in (("home", homes), ("tmp", temporary)):
            for number, place in enumerate(places):
                folder = self.base / source / str(number)
                folder.mkdir()
                folder.chmod(0o1777 if source == "tmp" else 0o700)
                mounts.append(Mount(kind="write", source=str(folder), target=place))
                if FOLDER.startswith(f"{place}/"):
                    self._logged = folder / FOLDER.removeprefix(f"{place}/")
                    self._logged.mkdir()
                    self._logged.chmod(0o1777)
        return tuple(mounts)

    def make_places(self, mounts: Iterable[Mount]) -> None:
        """Make what mounts below the project are mounted on, outer ones first."""
        covered: list[str] = []
        for mount in mounts:
            inner = _below(mount.target, self.seen)
            if inner is None or any(inner.startswith(f"{folder}/") for folder in covered):
                continue
            place = self.project / inner
            self._above(inner)
            if os.path.lexists(place):
                continue
            self._places[inner] = None
            if os.path.isdir(mount.source):
                place.mkdir()
                covered.append(inner)
            else:
                place.touch()

    def make_folder(self, inner: str) -> None:
        """Make a folder of the project that may hold nothing declared, such as where a step is to run."""
        if inner:
            self._above(f"{inner}/.")

    def _inner(self, path: str) -> str | None:
        return _below(path, self.real)

    def _read(self, path: str) -> Mount:
        inner = self._inner(path)
        return read(path) if inner is None else Mount(kind="read", source=path, target=str(self.seen / inner))

    def _above(self, inner: str) -> None:
        for parent in list(Path(inner).parents)[-2::-1]:
            if not (self.project / parent).exists():
                (self.project / parent).mkdir()
                self._places[str(parent)] = None

    def _copy(self, path: str, inner: str) -> None:
        self._above(inner)
        self._copies[inner] = None
        copy_file(Path(path), self.project / inner)

    def bring_back(self, outputs: Sequence[str]) -> UndeclaredUse:
        """Move what the step wrote into the project, and remove the stage.

        Args:
            outputs: declared; whatever is there is replaced.

        Returns:
            What it wrote besides.
        """
        self._clear(outputs)
        for output in outputs:
            self._move_output(output)
        written: list[str] = []
        kept: list[str] = []
        for inner in self._strays(""):
            disarm(str(self.project / inner))
            if not os.path.lexists(self.project / inner):
                continue
            target = self.real / inner
            taken = os.path.lexists(target) or any(within(inner, place) for place in self.claimed)
            if taken or _is_of_git(self.project / inner, inner):
                kept.append(inner)
                target = self.kept / inner
                target.parent.mkdir(parents=True, exist_ok=True)
                remove(target)
            else:
                written.append(inner)
            shutil.move(self.project / inner, target)
        tracked = self._keep_logs()
        discard(self.base)
        return UndeclaredUse(written=tuple(written), kept=tuple(kept), tracked=tracked)

    def _keep_logs(self) -> bool:
        """Move what the step logged to trackers into the run's folder; say whether there is anything."""
        made = self._logged
        if made is None or made.is_symlink() or not made.is_dir() or not any(made.iterdir()):
            return False
        disarm(str(made))
        self.tracked.parent.mkdir(parents=True, exist_ok=True)
        remove(self.tracked)
        shutil.move(made, self.tracked)
        return True

    def _clear(self, outputs: Sequence[str]) -> None:
        """Remove what no step wrote; empty folders only where they would count as output.

        Those that nothing is moved out of go with the stage: removing a folder can take milliseconds.
        """
        for inner in filter(self._is_reached, self._copies):
            with suppress(OSError):
                (self.project / inner).unlink()
        for inner in sorted(filter(self._is_reached, self._places), key=len, reverse=True):
            place = self.project / inner
            with suppress(OSError):
                if place.is_symlink() or not place.is_dir():
                    # NOTE: an empty file that nothing was mounted on any more is still only a place.
                    place.unlink()
                elif any(within(inner, output) for output in outputs):
                    place.rmdir()

    def _is_reached(self, inner: str) -> bool:
        """Whether no link that the step put above a path leads out of the stage, to files of others."""
        project = Path(os.path.realpath(self.project))
        folder = (project / inner).parent
        return os.path.realpath(folder) == str(folder)

    def _move_output(self, output: str) -> None:
        made, target = self.project / output, self.real / output
        if not os.path.lexists(made) or not self._is_reached(output):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        remove(target)
        shutil.move(made, target)

    def _strays(self, folder: str) -> Iterator[str]:
        with os.scandir(self.project / folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            inner = f"{folder}/{entry.name}" if folder else entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield inner
                continue
            if entry.name == "__pycache__":
                continue
            target = self.real / inner
            if inner in self._places or (target.is_dir() and not target.is_symlink()):
                yield from self._strays(inner)
            else:
                yield inner


def _is_of_git(path: Path, inner: str) -> bool:
    """Whether something is, or holds, a repository of git or a folder of repro.

    Both obey what is in there: git runs programs that the settings of a repository name.
    """
    if any(part.lower() in RESERVED for part in inner.split("/")) or path.name == "HEAD":
        return True
    pending = [str(path)] if path.is_dir() and not path.is_symlink() else []
    while pending:
        names: set[str] = set()
        with suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                names.add(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
        if names >= _BARE or any(name.lower() in RESERVED for name in names):
            return True
    return False


def _below(path: str, folder: Path) -> str | None:
    inner = os.path.relpath(path, folder)
    return None if inner.split("/")[0] in ("..", ".") else inner
