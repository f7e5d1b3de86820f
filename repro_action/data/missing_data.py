# SPDX-License-Identifier: Apache-2.0
"""Why data is not there: recognises what git LFS and DVC leave in its place."""

from __future__ import annotations

import os
import re
from itertools import islice
from pathlib import Path, PurePosixPath

from repro_action.data.signature import shown
from repro_action.data.walk import walk
from repro_action.errors import PinError

_LFS = b"version https://git-lfs.github.com/spec/v1\n"
BEFORE = "do that in a step before this one (examples/workflows/data.yml)"
DOWNLOAD = "download it in a step before this one (examples/workflows/data.yml)"
LFS_REMEDY = "Run `git lfs pull`; in GitHub Actions, set `lfs: true` for actions/checkout."

_DVC_LOCK = 4 << 20
"""Bytes of a `dvc.lock` that are looked through."""

_DVC_PATH = re.compile(rb"^\s*(?:-\s+)?path:[ \t]*(?P<path>[^\r\n]{1,500})$", re.MULTILINE)

_LFS_LIMIT = 1024
"""Bytes; every pointer is smaller, https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md."""


def is_lfs_pointer(path: Path) -> bool:
    """Whether a file is the pointer that git LFS leaves where the content was not fetched."""
    try:
        # NOTE: only the head of a regular file is read; opening a pipe would wait for ever.
        if not path.is_file() or path.stat().st_size >= _LFS_LIMIT:
            return False
        with path.open("rb") as file:
            return file.read(len(_LFS)) == _LFS
    except OSError:
        return False


def holds_lfs_pointer(folder: Path) -> bool:
    """Whether one of the first thousand files of a folder is a git LFS pointer."""
    names = islice(sorted(walk(os.fsencode(folder))), 1000)
    return any(is_lfs_pointer(folder / os.fsdecode(name)) for name in names)


def dvc_pointer(root: Path, path: str) -> str:
    """Return the `.dvc` file that stands for a path or a folder above it; `""` if there is none."""
    for candidate in (PurePosixPath(path), *PurePosixPath(path).parents):
        if candidate.name and (root / f"{candidate}.dvc").is_file():
            return f"{candidate}.dvc"
    return ""


def dvc_target(root: Path, path: str) -> str:
    """Return what `dvc pull` is given to fetch a path: a `.dvc` file, or an output that `dvc.lock` names.

    Returns:
        A path from the root; `""` where DVC knows nothing of it.
    """
    pointer = dvc_pointer(root, path)
    if pointer:
        return pointer
    try:
        with (root / "dvc.lock").open("rb") as file:
            lock = file.read(_DVC_LOCK)
    except OSError:
        return ""
    named = {match["path"].decode("utf-8", "replace").strip("'\"") for match in _DVC_PATH.finditer(lock)}
    parents = (str(parent) for parent in (PurePosixPath(path), *PurePosixPath(path).parents))
    return next((parent for parent in parents if parent in named), "")


def not_pulled(root: Path, path: str) -> tuple[str, str]:
    """Return why data that DVC tracks is not there, and what to do; two empty texts for other data."""
    target = dvc_target(root, path)
    if not target:
        return "", ""
    source = target if target.endswith(".dvc") else "dvc.lock"
    return (
        f"DVC tracks it ({shown(source)}), and it has not been pulled.",
        f"Run `dvc pull {shown(target)}`; in GitHub Actions, {BEFORE}.",
    )


def missing_data_error(root: Path, path: str) -> PinError:
    """Return the error for pinned data that does not exist."""
    why, remedy = not_pulled(root, path)
    if remedy:
        return PinError(f"{shown(path)} does not exist", why=why, remedy=remedy)
    link = (root / path).is_symlink()
    return PinError(
        f"{shown(path)} {'is a broken link' if link else 'does not exist'}",
        remedy="Put the data there, correct the path in [[data]], or write its `source`; "
        f"in GitHub Actions, {DOWNLOAD}.",
    )


def lfs_pointer_error(path: str) -> PinError:
    """Return the error for a Git LFS pointer in place of the data."""
    return PinError(
        f"{shown(path)} is a Git LFS pointer, not the data itself",
        why="The repository was cloned without its Git LFS files.",
        remedy=LFS_REMEDY,
    )
