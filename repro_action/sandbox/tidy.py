# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH101, PTH104, PTH106, PTH108 -- paths are texts here: they may hold any byte, and are many
"""Removes and makes harmless what a step left: it may be of any kind, any depth and any permissions."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from itertools import count
from pathlib import Path
from threading import Thread


class _Removals:
    """What is being removed, and folders of which nothing may be left afterwards."""

    def __init__(self) -> None:
        self.threads: list[Thread] = []
        self.emptied: list[Path] = []


_removals: ContextVar[_Removals | None] = ContextVar("removals", default=None)


@contextmanager
def removing_beside() -> Iterator[None]:
    """Remove what is no longer needed beside what goes on, and wait for the rest of it at the end.

    A stage has some forty folders, and a folder takes up to a millisecond.
    """
    removals = _Removals()
    token = _removals.set(removals)
    try:
        yield
    finally:
        finish_removals()
        _removals.reset(token)


def finish_removals() -> None:
    """Wait until everything that was to be removed is gone."""
    removals = _removals.get()
    if removals is not None:
        for thread in removals.threads:
            thread.join()
        for folder in removals.emptied:
            _remove_empty(folder)


def discard(base: Path) -> None:
    """Remove the folder of a stage, also where a step took permissions away or nested folders without end."""
    discard_beside(base)
    removals = _removals.get()
    if removals is None:
        _remove_empty(base.parent)
    else:  # not yet: the next step's stage is made in there meanwhile
        removals.emptied.append(base.parent)


def discard_beside(folder: Path) -> None:
    """Remove one folder as `discard_folder` does, inside `removing_beside` without waiting for it.

    Its name is free at once.
    """
    removals = _removals.get()
    if removals is None:
        discard_folder(folder)
        return
    unused = folder.with_name(f".{len(removals.threads)}.{folder.name}.tmp")
    try:
        folder.rename(unused)
    except OSError:  # a command that was killed left one of this name
        discard_folder(folder)
        return
    thread = Thread(target=discard_folder, args=(unused,), name="removal", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the machine gives no further thread
        discard_folder(unused)
    else:
        removals.threads.append(thread)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # another step's stage may be in it
        folder.rmdir()


def _remove_deep(base: str) -> None:
    """Remove a folder; folders in it are first moved beside it, so that no path becomes long."""
    pending, numbers = [base], count()
    while pending:
        folder = pending.pop()
        os.chmod(folder, 0o700)
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    os.chmod(entry.path, 0o700)  # a folder is moved only by those who may write to it
                    beside = f"{base}.{next(numbers)}.removed"
                    os.rename(entry.path, beside)
                    pending.append(beside)
                else:
                    os.unlink(entry.path)
        os.rmdir(folder)


def disarm(path: str) -> None:
    """Take away what must not leave a sandbox: sockets, pipes and devices, and the rights of setuid programs.

    Args:
        path: a file, or a folder with all below it; links are left as they are.
    """
    pending = [path]
    while pending:
        here = pending.pop()
        with suppress(OSError):
            mode = os.lstat(here).st_mode
            if stat.S_ISDIR(mode):
                with os.scandir(here) as entries:
                    pending += [entry.path for entry in entries]
            elif not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
                os.unlink(here)
            elif stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                os.chmod(here, stat.S_IMODE(mode) & 0o777)


def entries_of(folder: Path) -> frozenset[tuple[int, int]]:
    """Return what is in a folder, each by its device and inode."""
    try:
        with os.scandir(folder) as entries:
            found = [entry.stat(follow_symlinks=False) for entry in entries]
    except OSError:
        return frozenset()
    return frozenset((status.st_dev, status.st_ino) for status in found)


def keep_files_only(folder: Path, before: Container[tuple[int, int]]) -> None:
    """Remove everything from a folder but plain files with one name, such as reports of processes.

    Args:
        folder: that a step could write to.
        before: of `entries_of`, before the step; what is still there stays.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in list(entries):
            status = entry.stat(follow_symlinks=False)
            plain = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
            if plain or (status.st_dev, status.st_ino) in before:
                continue
            if stat.S_ISDIR(status.st_mode):
                discard_folder(Path(entry.path))
            else:
                os.unlink(entry.path)


def discard_folder(folder: Path) -> None:
    """Remove one folder, whatever is in it; of a link, the link alone."""
    if folder.is_symlink():
        with suppress(OSError):
            folder.unlink()
        return
    with suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        with suppress(OSError):
            _remove_deep(str(folder))
