# SPDX-License-Identifier: Apache-2.0
"""The port that every kind of archive fills: named bytes that are put whole, and never overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from repro_action.errors import ReproError


class ArchiveError(ReproError):
    """An archive cannot be reached, or what it holds is not what was put there."""


class ArchiveStore(Protocol):
    """A place for named bytes; names are made by `Archive` alone, of letters, digits, `/`, `.` and `-`."""

    @property
    def address(self) -> str:
        """How people call it; holds no secret."""

    def size(self, key: str) -> int | None:
        """Return how many bytes a name has; None where there is none.

        Raises:
            ArchiveError: the archive cannot be asked.
        """

    def stream(self, key: str) -> Iterator[bytes]:
        """Yield the bytes of a name.

        Raises:
            FileNotFoundError: there is none.
            ArchiveError: the archive cannot be read.
        """

    def put(self, key: str, chunks: Iterator[bytes]) -> None:
        """Store bytes under a name, whole or not at all; an error of `chunks` leaves nothing.

        Raises:
            ArchiveError: the archive cannot be written.
        """

    def names(self, folder: str, limit: int) -> tuple[str, ...]:
        """Return the last parts of the names in a folder, at most `limit` and one more, sorted.

        Raises:
            ArchiveError: the archive cannot be listed.
        """

    def remove(self, key: str) -> None:
        """Remove a name; one that is not there is removed.

        Raises:
            ArchiveError: the archive cannot be written.
        """
