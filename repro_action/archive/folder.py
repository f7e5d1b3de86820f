# SPDX-License-Identifier: Apache-2.0
"""An archive in a folder, such as a mounted share."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from repro_action.archive.store import ArchiveError

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderStore:
    """A folder; satisfies `ArchiveStore`.

    Attributes:
        root: absolute; made when something is put there.
    """

    root: Path

    @property
    def address(self) -> str:
        """How people call it."""
        return str(self.root)

    def size(self, key: str) -> int | None:
        """Return how many bytes a name has; see `ArchiveStore`."""
        place = self._place(key)
        try:
            return place.lstat().st_size if place.is_file() else None
        except OSError as error:
            raise self._failed(error) from error

    def stream(self, key: str) -> Iterator[bytes]:
        """Yield the bytes of a name; see `ArchiveStore`."""
        place = self._place(key)
        try:
            with place.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._failed(error) from error

    def put(self, key: str, chunks: Iterator[bytes]) -> None:
        """Store bytes under a name; see `ArchiveStore`."""
        place = self._place(key)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._place(key)  # what was there by now may be a link
            descriptor, name = tempfile.mkstemp(prefix=".incoming-", dir=self.root)
        except OSError as error:
            raise self._failed(error) from error
        incoming = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            incoming.chmod(0o644)
            incoming.replace(place)
        except OSError as error:
            raise self._failed(error) from error
        finally:
            incoming.unlink(missing_ok=True)

    def names(self, folder: str, limit: int) -> tuple[str, ...]:
        """Return the names in a folder; see `ArchiveStore`."""
        place = self._place(folder)
        try:
            with os.scandir(place) as entries:
                return tuple(sorted(entry.name for entry in islice(entries, limit + 1)))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._failed(error) from error

    def remove(self, key: str) -> None:
        """Remove a name; see `ArchiveStore`."""
        try:
            self._place(key).unlink(missing_ok=True)
        except OSError as error:
            raise self._failed(error) from error

    def _place(self, key: str) -> Path:
        """Return where a name is.

        Raises:
            ArchiveError: a link in the archive leads elsewhere.
        """
        place = self.root / key
        if os.path.realpath(place) != os.path.join(os.path.realpath(self.root), key):  # noqa: PTH118 -- texts
            raise ArchiveError(
                f"{key} of the archive is a symbolic link",
                where=self.address,
                why="It leads out of the archive, and nothing is read or written through it.",
                remedy="Replace it with the file or folder itself.",
            )
        return place

    def _failed(self, error: OSError) -> ArchiveError:
        return ArchiveError(
            f"the archive cannot be used: {error.strerror or type(error).__name__}",
            where=self.address,
            remedy="Check that the folder is mounted, and that you may read and write there.",
        )
