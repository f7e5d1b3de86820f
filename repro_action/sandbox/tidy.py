# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH101, PTH104, PTH106, PTH108 -- paths are texts here: they may hold any byte, and are many
"""Removes and makes harmless what a step left: it may be of any kind, any depth and any permissions."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from itertools import count
from pathlib import Path

from repro_action.determinism.presence import PIPE


def discard(base: Path) -> None:
    """Remove the folder of a stage, also where a step took permissions away or nested folders without end."""
    discard_folder(base)
    with suppress(OSError):  # another step's may stand beside it
        base.parent.rmdir()


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


def keep_files_only(folder: Path) -> None:
    """Remove everything from a folder but plain files with one name, such as reports of processes.

    The pipe of the hook stays for the one who listens, and who removes it.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in list(entries):
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
                continue
            if stat.S_ISFIFO(status.st_mode) and entry.name == PIPE:
                continue
            if stat.S_ISDIR(status.st_mode):
                discard_folder(Path(entry.path))
            else:
                os.unlink(entry.path)


def discard_folder(folder: Path) -> None:
    """Remove one folder, whatever is in it."""
    with suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        with suppress(OSError):
            _remove_deep(str(folder))
