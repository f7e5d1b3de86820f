# SPDX-License-Identifier: Apache-2.0
"""From the address in a configuration to its archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from repro_action.archive.archive import Archive
from repro_action.archive.store import ArchiveError, ArchiveStore

if TYPE_CHECKING:
    from repro_action.config.model import Config

LOCAL = "archive"
"""Folder in `.repro` that `accept --keep` takes where the configuration names no archive."""

_BUCKETS = ("s3", "gs", "az")


def open_archive(config: Config) -> Archive:
    """Return the archive of a project; nothing is asked yet.

    Raises:
        ArchiveError: the address names no kind of archive that is known.
    """
    url = config.archive.url
    store = _store(url, config.root) if url else _folder(config.state / LOCAL)
    return Archive(store=store, name=config.name)


def _store(url: str, root: Path) -> ArchiveStore:
    parts = urlsplit(url)
    if parts.scheme in _BUCKETS:
        from repro_action.archive.bucket import BucketStore
        from repro_action.data.fetch.buckets import Bucket

        inner = parts.path.strip("/")
        prefix = f"{inner}/" if inner else ""
        return BucketStore(bucket=Bucket(scheme=parts.scheme, name=parts.netloc), prefix=prefix)
    if parts.scheme == "oci":
        from repro_action.archive.oci import OciStore
        from repro_action.oci_registry import OciRepository

        return OciStore(repository=OciRepository(host=parts.netloc, name=parts.path.strip("/")))
    if parts.scheme == "file" and not parts.netloc:
        return _folder(root / unquote(parts.path))
    if not parts.scheme:
        return _folder(root / Path(url).expanduser())
    raise ArchiveError(
        f"there is no archive of the kind {parts.scheme[:20]}:",
        remedy="Name a folder, file:FOLDER, s3://BUCKET/PREFIX, gs://…, az://… or oci://HOST/NAME.",
    )


def _folder(path: Path) -> ArchiveStore:
    from repro_action.archive.folder import FolderStore

    return FolderStore(root=path.absolute())
