# SPDX-License-Identifier: Apache-2.0
"""Fetched files by digest, in the user's cache folder, for all projects; checked whenever they are used."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from repro_action.data.fetch.transfer import RemoteFile, fetch_checked, only_one, require_room
from repro_action.data.hash_file import digest_file
from repro_action.digest import Digest
from repro_action.errors import FetchError
from repro_action.files import copy_file
from repro_action.progress import Progress


@dataclass(frozen=True, slots=True)
class DataCache:
    """The folder."""

    folder: Path

    def place(self, digest: Digest) -> Path:
        """Return where a file with a digest is, if it is there."""
        return self.folder / digest.algorithm / digest.value[:2] / digest.value[2:]

    def holds(self, digest: Digest) -> bool:
        """Whether a file is there with the very digest; one that was damaged is removed."""
        place = self.place(digest)
        if not place.is_file():
            return False
        if digest_file(place, digest.algorithm) == digest:
            return True
        place.unlink(missing_ok=True)
        return False

    def fetch(
        self, remote: RemoteFile, digest: Digest, progress: Progress, *, size: int | None = None
    ) -> Path:
        """Return a file with a digest, fetched if it is not there.

        Args:
            remote: where it comes from.
            digest: of a file.
            progress: hears how far it is.
            size: in bytes; None where it is not known.

        Raises:
            FileNotFoundError: there is no such file.
            FetchError: it cannot be had, or has another digest.
        """
        place = self.place(digest)
        lock = place.with_name(f"{place.name}.lock")
        with only_one(lock):
            if not self.holds(digest):
                self._fetch(remote, place, digest, progress, size)
            lock.unlink(missing_ok=True)  # who waits for it finds the file there
        return place

    def _fetch(
        self, remote: RemoteFile, place: Path, digest: Digest, progress: Progress, size: int | None
    ) -> None:
        part = place.with_name(f"{place.name}.part")
        found: list[Digest] = []

        def is_right(file: Path) -> bool:
            found.append(digest_file(file, digest.algorithm))
            return found[-1] == digest

        if not fetch_checked(remote, part, progress, is_right, size=size):
            part.unlink()
            raise FetchError(
                f"{remote.name} is not the data that is promised",
                why=f"  promised {digest}\n  fetched  {found[-1]}",
                remedy="The file there has changed, or the digest is of another one; nothing was kept.",
            )
        part.replace(place)


def put_in_place(source: Path, target: Path, name: str) -> None:
    """Copy a file to where steps read it, there whole or not at all; blocks are shared where they can be.

    Raises:
        FetchError: there is no room, or it cannot be written.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        require_room(target.parent, source.stat().st_size, name)
        copy_file(source, temporary)
        temporary.chmod(0o644)
        temporary.replace(target)
    except OSError as error:
        raise FetchError(
            f"{name} cannot be written: {error.strerror}", remedy="Correct the permissions of its folder."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
