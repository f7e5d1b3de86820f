# SPDX-License-Identifier: Apache-2.0
"""A file or folder of this machine as a subject."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from repro_action.data.hash_file import digest_file
from repro_action.errors import FetchError
from repro_action.progress import Progress
from repro_action.subjects.collect import MAX_FILES
from repro_action.subjects.subject import FetchedSubject, SubjectFile


@dataclass(frozen=True, slots=True)
class LocalPath:
    """Takes a path as it is: nothing is copied."""

    def names(self, address: str) -> bool:
        """Whether it is there, or cannot be anything else."""
        return ":" not in address or os.path.lexists(address)

    def fetch(self, address: str, into: Path, progress: Progress) -> FetchedSubject:
        """Return the files at a path; see `SubjectKind`.

        Raises:
            FetchError: it is not there, is a link, or a folder with too many files.
        """
        del into, progress
        root = Path(address)
        if not root.exists():
            raise FetchError(f"{address[:200]!r} is not there", remedy="Check the path.")
        return FetchedSubject(address=address, resolved=address, files=files_of(root), root=root)


def files_of(root: Path) -> tuple[SubjectFile, ...]:
    """Return the files at a path, with their digests.

    Raises:
        FetchError: a link or device is among them, or too many are.
    """
    if not root.is_dir():
        return (_file(root, root.name),)
    found: list[SubjectFile] = []
    for folder, folders, names in os.walk(root, onerror=_unreadable):
        folders.sort()
        linked = [name for name in folders if Path(folder, name).is_symlink()]
        for name in sorted([*names, *linked]):
            place = Path(folder, name)
            found.append(_file(place, place.relative_to(root).as_posix()))
            if len(found) > MAX_FILES:
                raise FetchError(f"{root.name} holds more than {MAX_FILES:,} files")
    return tuple(sorted(found, key=lambda file: file.path))


def _unreadable(error: OSError) -> None:
    """Refuse a folder that cannot be listed: what is in it would be served and not compared."""
    raise FetchError(f"{error.filename} cannot be read: {error.strerror}", remedy="Correct its permissions.")


def _file(place: Path, path: str) -> SubjectFile:
    if place.is_symlink() or not place.is_file():
        raise FetchError(f"{path} is a link or no regular file", remedy="Copy what it points at: `cp -rL`.")
    return SubjectFile(path=path, place=place, size=place.stat().st_size, sha256=digest_file(place, "sha256"))
