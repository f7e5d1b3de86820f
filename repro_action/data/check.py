# SPDX-License-Identifier: Apache-2.0
"""Compares data with its pins before any step runs, and reports every mismatch at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from repro_action.config.model import Config, DataPin, UnpinnedData
from repro_action.data.changes import LIMIT, is_table, table_changes
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import content_algorithm, digest_folder, folder_algorithm
from repro_action.data.missing_data import (
    dvc_pointer,
    holds_lfs_pointer,
    is_lfs_pointer,
    lfs_pointer_error,
    missing_data_error,
)
from repro_action.data.signature import shown
from repro_action.data.stat_cache import StatCache
from repro_action.digest import Digest, digest_bytes
from repro_action.errors import PinError
from repro_action.paths.names import refusal
from repro_action.progress import Progress, Silent

_NAMED = 10
"""Files of a folder, and mismatches, that are named."""


class Previous(Protocol):
    """The port to earlier versions of a file, such as those that git remembers."""

    def __call__(self, path: str, /) -> Iterable[bytes]:
        """Yield earlier contents of a file of the project, the newest first."""


def check_pins(
    config: Config,
    cache: StatCache | None = None,
    progress: Progress | None = None,
    previous: Previous | None = None,
) -> dict[str, Digest]:
    """Digest all pinned data and hold it against the pins.

    Args:
        config: the pins and the project they belong to.
        cache: spares reading what has not changed.
        progress: hears one advance a pin.
        previous: lets a mismatch of a table say what changed.

    Returns:
        Path → digest of what is there, by path. Folders have `tree1-…` or `md5-dvc`, also
        where the pin says `md5`.

    Raises:
        PinError: data is missing or is not what was pinned; one error lists all of it.
    """
    progress = progress or Silent()
    progress.stage("checking pins")
    found: dict[str, Digest] = {}
    errors: list[PinError] = [no_digest(data) for data in config.unpinned]
    for done, pin in enumerate(config.data):
        progress.advance(done, len(config.data), "pins")
        try:
            found[pin.path] = check_pin(config.root, pin, cache, previous)
        except PinError as error:
            errors.append(error)
    progress.advance(len(config.data), len(config.data), "pins")
    if errors:
        raise _joined(errors, config.path.name)
    return dict(sorted(found.items()))


def no_digest(data: UnpinnedData) -> PinError:
    """Return the error for data that `repro pin` has not seen."""
    return PinError(
        f"{shown(data.path)} has no digest",
        why="Data without a digest may be another tomorrow.",
        remedy="`repro pin` fills it in.",
    )


def check_pin(
    root: Path, pin: DataPin, cache: StatCache | None = None, previous: Previous | None = None
) -> Digest:
    """Digest one file or folder and hold it against its pin.

    Args:
        root: the project.
        pin: of the file or folder.
        cache: of digests; None to read all of it.
        previous: earlier versions of a file, to say what changed.

    Raises:
        PinError: it is missing or is not what was pinned.
    """
    path = require_inside(root, pin.path)
    if path.is_dir():
        return _check_folder(root, pin, cache)
    if pin.digest.algorithm != content_algorithm(pin.digest.algorithm):
        raise PinError(
            f"{shown(pin.path)} is a file where a folder was pinned",
            remedy=f"Put the folder back, or pin the file: `repro pin {shown(pin.path)}`.",
        )
    found = digest_file(path, pin.digest.algorithm, cache)
    if found != pin.digest:
        if is_lfs_pointer(path):
            raise lfs_pointer_error(pin.path)
        raise _mismatch(root, pin, found, _table(path, pin, previous))
    return found


def require_inside(root: Path, path: str) -> Path:
    """Return where pinned data is.

    Raises:
        PinError: the path leaves the project, or nothing is there.
    """
    refused = refusal(path)
    if refused is not None:
        raise PinError(f"{shown(path)} cannot be pinned: {refused[0]}", remedy=refused[1])
    place = root / path
    # NOTE: `exists` follows links; what a link's target contains decides, not where the link is.
    if not place.exists():
        raise missing_data_error(root, path)
    return place


def _check_folder(root: Path, pin: DataPin, cache: StatCache | None) -> Digest:
    algorithm = pin.digest.algorithm
    if algorithm in {"blake3", "sha256"}:
        raise PinError(
            f"{shown(pin.path)} is a folder where a file was pinned",
            remedy=f"Put the file back, or pin the folder: `repro pin {shown(pin.path)}`.",
        )
    path, name = root / pin.path, folder_algorithm(algorithm)
    found = digest_folder(path, name, cache)
    place = os.fsencode(path)
    if found.value == pin.digest.value:
        _remember(place, found, cache)
        return found
    if holds_lfs_pointer(path):
        raise lfs_pointer_error(pin.path)
    raise _mismatch(root, pin, found, _changed_files(place, pin, cache))


def _remember(place: bytes, found: Digest, cache: StatCache | None) -> None:
    """Keep the files of a folder that matched, so that a later mismatch can name those that changed."""
    if cache is None:
        return
    cached = cache.folder(place, found.algorithm, role="pinned")
    if cached is None or cached[1] != found.value:
        files = cache.files(place, found.algorithm)
        cache.keep_folder(place, found.algorithm, b"", found.value, files, role="pinned")


def _changed_files(place: bytes, pin: DataPin, cache: StatCache | None) -> Sequence[str]:
    name = folder_algorithm(pin.digest.algorithm)
    cached = None if cache is None else cache.folder(place, name, role="pinned")
    if cache is None or cached is None or cached[1] != pin.digest.value:
        return ()
    pinned = {path: value for path, (_, value) in cache.files(place, name, role="pinned").items()}
    now = {path: value for path, (_, value) in cache.files(place, name).items()}
    changes = [
        *(("added", path) for path in now.keys() - pinned.keys()),
        *(("removed", path) for path in pinned.keys() - now.keys()),
        *(("changed", path) for path in now.keys() & pinned.keys() if now[path] != pinned[path]),
    ]
    changes.sort(key=lambda item: item[1])
    more = [f"  and {len(changes) - _NAMED} more"] if len(changes) > _NAMED else []
    return [*(f"  {word}: {shown(path)}" for word, path in changes[:_NAMED]), *more]


def _table(path: Path, pin: DataPin, previous: Previous | None) -> Sequence[str]:
    if previous is None or not is_table(pin.path):
        return ()
    with path.open("rb") as file:
        new = file.read(LIMIT + 1)
    if len(new) > LIMIT:
        return ()
    # Only the very version that was pinned can say what changed since.
    for old in previous(pin.path):
        if digest_bytes(pin.digest.algorithm, old) == pin.digest:
            return table_changes(old, new, pin.path)
    return ()


def _mismatch(root: Path, pin: DataPin, found: Digest, changes: Sequence[str]) -> PinError:
    pointer = dvc_pointer(root, pin.path)
    restore = f"`dvc checkout {shown(pointer)}`" if pointer else "restore the pinned data"
    return PinError(
        f"{shown(pin.path)} is not the data that was pinned",
        why="\n".join([f"  pinned {pin.digest}", f"  found  {found}", *changes]),
        remedy=f"If the change is intended: `repro pin {shown(pin.path)}`. If not: {restore}.",
    )


def _joined(errors: Sequence[PinError], where: str) -> PinError:
    if len(errors) == 1:
        (error,) = errors
        return PinError(error.what, why=error.why, remedy=error.remedy, where=where)
    lines = []
    for error in errors[:_NAMED]:
        lines += [
            f"- {error.what}",
            *error.why.splitlines(),
            *([f"  {error.remedy}"] if error.remedy else []),
        ]
    # The rest is named without details.
    lines += [f"- {error.what}" for error in errors[_NAMED:]]
    return PinError(f"{len(errors)} pins do not match their data", why="\n".join(lines), where=where)
