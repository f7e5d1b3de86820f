# SPDX-License-Identifier: Apache-2.0
"""Contents by their MD5, as DVC's caches and remotes lay them out.

DVC 3 keeps them in `files/md5/ab/cdef…`, DVC 2 in `ab/cdef…`. A folder is an object itself, whose name
ends in `.dir`: a JSON list of `md5` and `relpath`, of which the folder's digest is the MD5.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from repro_action.data.dvc.digests import legacy_md5, parse_md5
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.data.signature import shown
from repro_action.data.stat_cache import StatCache
from repro_action.digest import Digest
from repro_action.errors import PinError
from repro_action.paths.names import refusal
from repro_action.progress import Progress, Silent

LARGEST_LISTING = 64 << 20
"""Bytes of a folder's listing: some five hundred thousand files."""

AT_ONCE = 8
"""Files of a folder that are fetched at a time."""


class ObjectSource(Protocol):
    """Where contents are found by their digest."""

    def get(self, digest: Digest, target: Path, progress: Progress, *, legacy: bool = False) -> bool:
        """Put a content where it is wanted; False where it is not here.

        Args:
            digest: `md5`, or `md5-dvc` for the listing of a folder.
            target: a path that is free.
            progress: hears how far it is.
            legacy: whether DVC 2 made the digest, which may then not be that of the bytes.
        """


def object_names(digest: Digest) -> tuple[str, str]:
    """Return where an object is in a cache or remote of DVC 3, and of DVC 2."""
    end = ".dir" if digest.algorithm == "md5-dvc" else ""
    plain = f"{digest.value[:2]}/{digest.value[2:]}{end}"
    return f"files/md5/{plain}", plain


def matches(place: Path, digest: Digest, *, legacy: bool = False, cache: StatCache | None = None) -> bool:
    """Whether a file or folder has a digest of DVC's.

    Args:
        place: what is looked at.
        digest: `md5` or `md5-dvc`.
        legacy: whether DVC 2 made the digest.
        cache: of digests.
    """
    try:
        if digest.algorithm == "md5-dvc":
            return place.is_dir() and digest_folder(place, "md5", cache) == digest
        if not place.is_file():
            return False
        same = digest_file(place, "md5", cache) == digest
        return same or (legacy and legacy_md5(place) == digest.value)
    except PinError:
        return False


def current_digest(place: Path, cache: StatCache | None = None) -> Digest | None:
    """Return the digest that DVC 3 has for a file or folder; None where there is none."""
    try:
        if place.is_dir():
            return digest_folder(place, "md5", cache)
        return digest_file(place, "md5", cache) if place.is_file() else None
    except PinError:
        return None


def materialise(
    sources: tuple[ObjectSource, ...],
    digest: Digest,
    target: Path,
    *,
    legacy: bool,
    progress: Progress | None = None,
) -> bool:
    """Put a file, or a folder with all its files, where it is wanted; False where a part is nowhere.

    Args:
        sources: asked in this order.
        digest: of DVC.
        target: a path that is free; of a folder that is not complete, what was found is left there.
        legacy: whether DVC 2 made the digest.
        progress: hears how far it is.
    """
    heard = progress or Silent()
    if digest.algorithm != "md5-dvc":
        return any(source.get(digest, target, heard, legacy=legacy) for source in sources)
    listing = target.with_name(f".{target.name}.dir")
    try:
        if not any(source.get(digest, listing, Silent()) for source in sources):
            return False
        with listing.open("rb") as file:
            files = parse_listing(file.read(LARGEST_LISTING + 1), digest)
    finally:
        listing.unlink(missing_ok=True)
    for folder in {(target / path).parent for path in files} | {target}:
        folder.mkdir(parents=True, exist_ok=True)

    def put(entry: tuple[str, Digest]) -> bool:
        path, part = entry
        return any(source.get(part, target / path, Silent(), legacy=legacy) for source in sources)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done, found in enumerate(pool.map(put, files.items()), start=1):
            if not found:
                pool.shutdown(cancel_futures=True)
                return False
            heard.advance(done, len(files), "files")
    return True


def parse_listing(data: bytes, digest: Digest) -> Mapping[str, Digest]:
    """Parse a folder's listing: path → digest.

    Raises:
        PinError: its bytes have another digest, or it is no listing.
    """
    if len(data) > LARGEST_LISTING or hashlib.md5(data, usedforsecurity=False).hexdigest() != digest.value:
        raise _refused(digest, "its bytes have another digest")
    found: dict[str, Digest] = {}
    try:
        entries = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _refused(digest, "it is not JSON") from error
    for entry in entries if isinstance(entries, list) else [None]:
        known = entry if isinstance(entry, dict) else {}
        path, part = known.get("relpath"), parse_md5(known.get("md5"))
        if not isinstance(path, str) or part is None or part.algorithm != "md5":
            raise _refused(digest, "an entry has no `md5` or no `relpath`")
        why = refusal(path, wildcards="")
        if why is not None:
            raise _refused(digest, f"{why[0]}: {shown(path)}")
        found[path] = part
    return found


def _refused(digest: Digest, why: str) -> PinError:
    return PinError(
        f"the listing of the folder {digest.short}… in DVC's cache or remote is not readable: {why}",
        remedy="Run `dvc pull` again, or `dvc push` where the data is whole.",
    )
