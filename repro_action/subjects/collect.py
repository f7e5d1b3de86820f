# SPDX-License-Identifier: Apache-2.0
"""Files that a list names, fetched into one folder: bounded in number and size, and never outside of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from repro_action.data.fetch.transfer import Arriving, RemoteFile, fetch_into
from repro_action.data.hash_file import digest_file
from repro_action.errors import FetchError
from repro_action.paths.names import refusal, shown
from repro_action.progress import Progress
from repro_action.report.numbers import size as size_text
from repro_action.subjects.subject import SubjectFile

MAX_FILES = 10_000
LARGEST = 64 << 30
"""Bytes of one subject, all files together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """One file of a list.

    Attributes:
        path: relative to the subject, as the other side wrote it.
        remote: where it is.
        size: bytes, as the list says; None where it says nothing.
    """

    path: str
    remote: RemoteFile
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _AtMost:
    """A file of which no more than some bytes are taken; satisfies `RemoteFile`."""

    remote: RemoteFile
    limit: int

    @property
    def name(self) -> str:
        return self.remote.name

    def arriving(self, start: int) -> Arriving:
        found = self.remote.arriving(start)
        if found.size is not None and found.size > self.limit:
            found.end()
            raise _too_large(self.name)
        return Arriving(start=found.start, size=found.size, chunks=self._counted(found), end=found.end)

    def _counted(self, found: Arriving) -> Iterator[bytes]:
        count = found.start
        for chunk in found.chunks:
            count += len(chunk)
            if count > self.limit:
                raise _too_large(self.name)
            yield chunk


def collect(listed: Iterable[ListedFile], into: Path, progress: Progress) -> tuple[SubjectFile, ...]:
    """Fetch files of a list, which may be a stranger's and without end.

    Returns:
        The files, ordered by path.

    Raises:
        FetchError: a path leads outside, two are the same on some file system, there are none, too many or
            too many bytes, or a file is not there or not as long as the list says.
    """
    found: dict[str, SubjectFile] = {}
    total = 0
    for one in listed:
        _require_usable(one.path, found)
        if len(found) == MAX_FILES:
            raise FetchError(
                f"the subject holds more than {MAX_FILES:,} files", remedy="Name one file of it."
            )
        place = into / one.path
        try:
            remote = _AtMost(remote=one.remote, limit=LARGEST - total)
            fetch_into(remote, place, progress, size=one.size)
        except FileNotFoundError:
            raise FetchError(f"there is no file at {one.remote.name}", remedy="Check the address.") from None
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise FetchError(f"{shown(one.path)} is listed both as a file and as a folder") from None
        size = place.stat().st_size
        total += size
        found[one.path.casefold()] = SubjectFile(
            path=one.path, place=place, size=size, sha256=digest_file(place, "sha256")
        )
    if not found:
        raise FetchError("there are no files at the address", remedy="Check the address.")
    return tuple(sorted(found.values(), key=lambda file: file.path))


def _require_usable(path: str, found: dict[str, SubjectFile]) -> None:
    problem = refusal(path, wildcards="")
    if problem is not None or path != "/".join(part for part in path.split("/") if part not in {"", "."}):
        raise FetchError(
            f"the list of files names {shown(path)}, which is no path below the subject",
            why=problem[0] if problem is not None else "",
        )
    if path.casefold() in found:
        raise FetchError(f"the list of files names {shown(path)} twice")


def _too_large(name: str) -> FetchError:
    return FetchError(f"{name} and the files before it hold more than {size_text(LARGEST)}")
