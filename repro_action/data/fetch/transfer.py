# SPDX-License-Identifier: Apache-2.0
"""One file comes from elsewhere: bounded, resumable, checked, and there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from repro_action.errors import FetchError
from repro_action.progress import Progress
from repro_action.report.numbers import size as size_text

RESERVE = 64 << 20
"""Bytes of a disk that are left free."""

_STEP = 16 << 20
"""Bytes after which the disk is looked at again where nobody said how many come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """Bytes that come.

    Attributes:
        start: from which byte on; 0 where the other side does not resume.
        size: of the whole file; None where nobody says.
        chunks: the bytes.
        end: lets go of what they come through.
    """

    start: int
    size: int | None
    chunks: Iterable[bytes]
    end: Callable[[], object] = field(default=lambda: None)


class RemoteFile(Protocol):
    """A file that can be fetched.

    Attributes:
        name: for people; holds no secret.
    """

    @property
    def name(self) -> str:
        """The address for people, without secrets."""

    def arriving(self, start: int) -> Arriving:
        """Begin to send, from a byte on where that is possible.

        Raises:
            FileNotFoundError: there is no such file.
            FetchError: it cannot be had.
        """


def fetch_into(remote: RemoteFile, part: Path, progress: Progress, *, size: int | None = None) -> None:
    """Fetch a file to a place of its own, and go on where an earlier attempt was cut off.

    Args:
        remote: the file.
        part: where its bytes are collected; what is there was sent before.
        progress: hears how many bytes are there.
        size: that is promised; None where nobody said.

    Raises:
        FileNotFoundError: there is no such file.
        FetchError: it cannot be had, has more bytes than were promised, or the disk has no room.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    present = part.stat().st_size if part.exists() else 0
    arriving = remote.arriving(present)
    try:
        _write(remote, arriving, part, progress, size)
    finally:
        arriving.end()


def fetch_checked(
    remote: RemoteFile,
    part: Path,
    progress: Progress,
    is_right: Callable[[Path], bool],
    *,
    size: int | None = None,
) -> bool:
    """Fetch a file and check it; one that was gone on with is fetched anew where it is wrong.

    Args:
        remote: the file.
        part: as of `fetch_into`; a wrong one stays, so that its digest can be shown.
        progress: likewise.
        is_right: whether the file is the one that is wanted.
        size: as of `fetch_into`.

    Returns:
        Whether the right file is there.

    Raises:
        FileNotFoundError: as `fetch_into`.
        FetchError: likewise.
    """
    resumed = part.exists()
    fetch_into(remote, part, progress, size=size)
    right = is_right(part)
    if right or not resumed:
        return right
    # What came the first time may have been of another version.
    part.unlink()
    fetch_into(remote, part, progress, size=size)
    return is_right(part)


def _write(remote: RemoteFile, arriving: Arriving, part: Path, progress: Progress, size: int | None) -> None:
    whole = arriving.size if arriving.size is not None else size
    if size is not None and whole != size:
        raise _other_size(remote, size, whole)
    require_room(part.parent, (whole or 0) - arriving.start, remote.name)
    progress.stage(f"fetching {remote.name}" + (f" ({size_text(whole)})" if whole else ""))
    with part.open("r+b" if arriving.start else "wb") as file:
        file.seek(arriving.start)
        file.truncate()
        done = looked = arriving.start
        progress.advance(done, whole or 0, "bytes")
        for chunk in arriving.chunks:
            done += len(chunk)
            if whole is not None and done > whole:
                raise _other_size(remote, whole, None)
            if whole is None and done - looked > _STEP:
                require_room(part.parent, _STEP, remote.name)
                looked = done
            file.write(chunk)
            progress.advance(done, whole or 0, "bytes")
        file.flush()
        os.fsync(file.fileno())
    if whole is not None and done < whole:
        raise FetchError(
            f"{remote.name} was cut off after {size_text(done)} of {size_text(whole)}",
            remedy="Run again: what came is kept, and the rest is fetched.",
        )


def require_room(folder: Path, size: int, name: str) -> None:
    """Refuse to begin what a disk has no room for.

    Raises:
        FetchError: it has not.
    """
    free = shutil.disk_usage(folder).free
    if size + RESERVE > free:
        raise FetchError(
            f"{name} needs {size_text(max(size, 0))}, and the disk of the cache has {size_text(free)} free",
            remedy="Make room, or set REPRO_CACHE_DIR to a folder on a larger disk.",
        )


def _other_size(remote: RemoteFile, promised: int, found: int | None) -> FetchError:
    sent = "more" if found is None else size_text(found)
    return FetchError(
        f"{remote.name} is not the file that is promised",
        why=f"{size_text(promised)} are promised, and the server has {sent}.",
        remedy="Check the address and the digest.",
    )


@contextmanager
def only_one(place: Path) -> Iterator[None]:
    """Wait until nobody else fetches the same file into the same place."""
    import fcntl

    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
