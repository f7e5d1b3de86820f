# SPDX-License-Identifier: Apache-2.0
"""Lists and copies files and folders exactly, for the cache of steps."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is at a path.

    Attributes:
        entries: POSIX path below it (`""` for itself) → what it is: `folder`,
            `file sha256:HEX`, `program sha256:HEX` (executable), `link TARGET`.
        size: bytes of all files.
    """

    entries: Mapping[str, str]
    size: int = field(compare=False)


def take_snapshot(path: Path) -> Snapshot | None:
    """List what is at a path; None if any of it is missing, unreadable or special."""
    entries: dict[str, str] = {}
    size = 0
    try:
        for name, entry in walk(path):
            status = entry.lstat()
            match stat.S_IFMT(status.st_mode):
                case stat.S_IFLNK:
                    entries[name] = f"link {entry.readlink()}"
                case stat.S_IFDIR:
                    entries[name] = "folder"
                case stat.S_IFREG:
                    kind = "program" if status.st_mode & stat.S_IXUSR else "file"
                    with entry.open("rb") as file:
                        entries[name] = f"{kind} sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
                    size += status.st_size
                case _:
                    return None
    except OSError:
        return None
    return Snapshot(entries=dict(sorted(entries.items())), size=size)


def copy(source: Path, target: Path) -> None:
    """Copy a file, folder or symbolic link itself; the target's parent is made.

    Contents are copied, never hard-linked: editing the copy must not change the source.

    Raises:
        OSError: it cannot be copied.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, copy_function=_copy_file)
    else:
        _copy_file(source, target)


def _copy_file(source: str | Path, target: str | Path) -> None:
    shutil.copyfile(source, target, follow_symlinks=False)
    if not Path(source).is_symlink():
        shutil.copymode(source, target)


def walk(path: Path) -> Iterator[tuple[str, Path]]:
    """Yield a path as `""` and all below it, by POSIX path; symbolic links are not entered.

    Raises:
        OSError: a folder cannot be listed.
    """
    yield "", path
    if path.is_symlink() or not path.is_dir():
        return
    pending = [""]
    while pending:
        here = pending.pop()
        with os.scandir(path / here) as entries:
            entry_list = list(entries)
        for entry in entry_list:
            name = f"{here}/{entry.name}" if here else entry.name
            yield name, path / name
            if entry.is_dir(follow_symlinks=False):
                pending.append(name)
