# SPDX-License-Identifier: Apache-2.0
"""Data that a commit pins and git does not have, brought by digest from the working tree into a checkout.

Nothing is fetched, and Git LFS is not asked: what has the digest on this machine is copied, blocks being
shared where the file system can do so, and the rest is named.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from repro_action.config.model import DataPin
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import content_algorithm, digest_folder, folder_algorithm
from repro_action.data.stat_cache import StatCache
from repro_action.digest import Digest
from repro_action.errors import PinError
from repro_action.files import copy_file, read_regular
from repro_action.git_command import run_git
from repro_action.history import LFS_POINTER
from repro_action.runs.commit_checkout import CommitCheckout


def bring_data(
    checkout: CommitCheckout, pins: Iterable[DataPin], *, folder: str, source: Path, cache: StatCache
) -> tuple[str, ...]:
    """Copy pinned data into a checkout, where its commit lacks it or has only a pointer.

    Args:
        checkout: of the commit whose pins these are.
        pins: of the commit's configuration; their paths are relative to `folder`.
        folder: of that configuration, from the top of the repository; empty for the top.
        source: the folder in the working tree that may have the data at the same paths.
        cache: of digests, of `source`.

    Returns:
        Paths of pins whose data is nowhere on this machine with the pinned digest.

    Raises:
        HistoryError: a link of the commit leads a path out of the repository.
        OSError: the disk is full.
    """
    bring_pointed(checkout, folder=folder, source=source)
    missing = []
    for pin in pins:
        inside = f"{folder}/{pin.path}" if folder else pin.path
        if _has(checkout.root / inside, pin.digest):
            continue
        if not _has(source / pin.path, pin.digest, cache):
            missing.append(pin.path)
            continue
        _copy(source / pin.path, checkout.make_room(inside))
    return tuple(missing)


def bring_pointed(checkout: CommitCheckout, *, folder: str, source: Path) -> tuple[str, ...]:
    """Replace pointers of Git LFS below a folder with their content, where this machine has it.

    Returns:
        Paths from the top of pointers that stay.
    """
    pointers = checkout.pointers
    if not pointers:
        return ()
    common = run_git(checkout.history.root, "rev-parse", "--git-common-dir")
    store = Path(os.path.normpath(checkout.history.root / common)) / "lfs" / "objects" if common else None
    left = []
    for path in pointers:
        inside = path.removeprefix(f"{folder}/") if folder else path
        match = LFS_POINTER.fullmatch(read_regular(checkout.root / path))
        name = match[1].decode() if match is not None else ""
        places = [store / name[:2] / name[2:4] / name] if store is not None and name else []
        places += [source / inside] if not folder or path.startswith(f"{folder}/") else []
        found = next((place for place in places if name and _has(place, Digest("sha256", name))), None)
        if found is None:
            left.append(path)
        else:
            _copy(found, checkout.make_room(path))
    return tuple(left)


def data_of(materials: Mapping[str, Digest], pins: Iterable[DataPin]) -> tuple[DataPin, ...]:
    """Return pins of a configuration and, as if they were some, other data whose digests a baseline lists."""
    listed = {pin.path: pin for pin in pins}
    return (*listed.values(), *(DataPin(path=p, digest=d) for p, d in materials.items() if p not in listed))


def _has(place: Path, digest: Digest, cache: StatCache | None = None) -> bool:
    """Whether a file or folder is there with the very digest."""
    try:
        if place.is_dir():
            return digest_folder(place, folder_algorithm(digest.algorithm), cache) == digest
        return place.is_file() and digest_file(place, content_algorithm(digest.algorithm), cache) == digest
    except (PinError, OSError):
        return False


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, copy_function=lambda old, new: copy_file(Path(old), Path(new)))
    else:
        copy_file(source.resolve(), target)
        target.chmod(target.stat().st_mode | 0o600)
