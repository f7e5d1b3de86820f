# SPDX-License-Identifier: Apache-2.0
"""A file on the web, an object of a bucket, or all objects below a prefix, as a subject."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.config.sources import DataSource, SourceProblem, parse_source
from repro_action.data.fetch.buckets import Bucket, BucketFile
from repro_action.data.fetch.supply import remote_file
from repro_action.errors import FetchError
from repro_action.progress import Progress
from repro_action.subjects.collect import ListedFile, collect
from repro_action.subjects.subject import FetchedSubject

_BUCKETS = ("s3", "gs", "az")
_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAddress:
    """Takes addresses that data can be fetched from; one of a bucket that ends in `/` is a folder.

    Attributes:
        environ: the caller's variables, which may hold the rights.
    """

    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def names(self, address: str) -> bool:
        """Whether an address is on the web or in a bucket."""
        return address.partition("://")[0] in {*_BUCKETS, "https", "http"}

    def fetch(self, address: str, into: Path, progress: Progress) -> FetchedSubject:
        """Fetch a file or the objects below a prefix; see `SubjectKind`.

        Raises:
            FetchError: as there.
        """
        folder = address.endswith("/") and address.partition("://")[0] in _BUCKETS
        source = _parsed(address + "objects" if folder else address)
        if folder:
            return self._folder(source, into, progress)
        name = Path(source.key).name
        listed = ListedFile(path=name, remote=remote_file(source, self.environ))
        files = collect([listed], into, progress)
        return FetchedSubject(address=str(source), resolved=str(source), files=files, root=files[0].place)

    def _folder(self, source: DataSource, into: Path, progress: Progress) -> FetchedSubject:
        bucket = Bucket(scheme=source.scheme, name=source.place)
        prefix = source.key.removesuffix("objects")
        files = collect(_below(bucket, prefix), into, progress)
        address = f"{bucket.address}/{prefix}"
        return FetchedSubject(address=address, resolved=address, files=files, root=into)


def _below(bucket: Bucket, prefix: str) -> Iterator[ListedFile]:
    """Yield the objects below a prefix; the caller stops where they are too many."""
    store = bucket.open()
    obstore = importlib.import_module("obstore")
    try:
        for page in obstore.list(store, prefix=prefix.rstrip("/") or None, chunk_size=_PAGE):
            for entry in page:
                path, size = str(entry["path"]), int(entry["size"])
                if path.startswith(prefix) and not (path.endswith("/") and not size):
                    remote = BucketFile(bucket=bucket, key=path)
                    yield ListedFile(path=path.removeprefix(prefix), remote=remote, size=size)
    except FetchError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a compiled library raises
        # Its own text may hold headers and signed addresses.
        raise FetchError(
            f"{bucket.address} does not list its objects ({type(error).__name__})",
            remedy="Check the name, the endpoint and the rights, which must allow listing.",
        ) from None


def _parsed(address: str) -> DataSource:
    try:
        return parse_source(address)
    except SourceProblem as problem:
        raise FetchError(problem.what, remedy=problem.remedy) from None
