# SPDX-License-Identifier: Apache-2.0
"""An archive in S3, Google Cloud Storage or Azure, by obstore; credentials are those of the environment."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from repro_action.archive.store import ArchiveError
from repro_action.data.fetch.buckets import RIGHTS, Bucket, BucketFile
from repro_action.errors import FetchError, ReproError

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketStore:
    """A part of a bucket; satisfies `ArchiveStore`.

    Attributes:
        bucket: of obstore.
        prefix: before each name; empty, or ends with a slash.
    """

    bucket: Bucket
    prefix: str = ""

    @property
    def address(self) -> str:
        """How people call it."""
        return f"{self.bucket.address}/{self.prefix}".rstrip("/")

    def size(self, key: str) -> int | None:
        """Return how many bytes a name has; see `ArchiveStore`."""
        try:
            found = self._asked(lambda obstore, store: obstore.head(store, self.prefix + key))
        except FileNotFoundError:
            return None
        return int(found["size"])

    def stream(self, key: str) -> Iterator[bytes]:
        """Yield the bytes of a name; see `ArchiveStore`."""
        file = BucketFile(bucket=self.bucket, key=self.prefix + key)
        try:
            yield from file.arriving(0).chunks
        except FetchError as error:
            raise self._as_archive_error(error) from error

    def put(self, key: str, chunks: Iterator[bytes]) -> None:
        """Store bytes under a name; see `ArchiveStore`."""
        failures: list[Exception] = []

        def watched() -> Iterator[bytes]:
            try:
                yield from chunks
            except Exception as error:
                failures.append(error)
                raise

        try:
            self._asked(lambda obstore, store: obstore.put(store, self.prefix + key, watched()))
        except ReproError:
            # What went wrong with the bytes themselves says more than that the upload ended.
            if failures:
                raise failures[0] from None
            raise

    def names(self, folder: str, limit: int) -> tuple[str, ...]:
        """Return the names in a folder; see `ArchiveStore`."""

        def listed(obstore: Any, store: Any) -> list[str]:
            found: list[str] = []
            for page in obstore.list(store, f"{self.prefix}{folder}/"):
                found += [str(entry["path"]).rpartition("/")[2] for entry in page]
                if len(found) > limit:
                    break
            return found

        return tuple(sorted(self._asked(listed)[: limit + 1]))

    def remove(self, key: str) -> None:
        """Remove a name; see `ArchiveStore`."""
        try:
            self._asked(lambda obstore, store: obstore.delete(store, self.prefix + key))
        except FileNotFoundError:
            return

    def _asked(self, question: Callable[[Any, Any], _T]) -> _T:
        """Ask the store.

        Raises:
            FileNotFoundError: there is no such name.
            ArchiveError: it cannot be asked, or refuses. The library's own text may hold signed addresses.
        """
        try:
            store = self.bucket.open()
        except FetchError as error:
            raise self._as_archive_error(error) from error
        try:
            return question(importlib.import_module("obstore"), store)
        except FileNotFoundError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a compiled library raises
            text = str(error)
            refused = (
                type(error).__name__ in {"PermissionDeniedError", "UnauthenticatedError"} or "403" in text
            )
            what = "refuses: there are no rights" if refused else f"cannot be used ({type(error).__name__})"
            raise ArchiveError(
                f"the archive {what}",
                where=self.address,
                remedy=f"Check the network, the name and the endpoint. {RIGHTS[self.bucket.scheme]}",
            ) from None

    def _as_archive_error(self, error: FetchError) -> ArchiveError:
        return ArchiveError(error.what, why=error.why, remedy=error.remedy, where=self.address)
