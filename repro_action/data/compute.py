# SPDX-License-Identifier: Apache-2.0
"""Digests data as it is now, so that it can be pinned."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from repro_action.config.model import Config
from repro_action.data.check import require_inside
from repro_action.data.dvc.pointers import LARGEST, Pointer, read_pointer
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import content_algorithm, digest_folder
from repro_action.data.missing_data import is_lfs_pointer, lfs_pointer_error
from repro_action.data.signature import shown, unreadable
from repro_action.data.stat_cache import StatCache
from repro_action.digest import Digest
from repro_action.errors import PinError
from repro_action.paths.names import normal
from repro_action.progress import Progress, Silent


def compute_pins(
    config: Config,
    paths: Iterable[str],
    cache: StatCache | None = None,
    progress: Progress | None = None,
) -> dict[str, Digest]:
    """Digest data as it is now.

    An existing pin keeps its algorithm; a new one gets the project's. A `.dvc` file
    stands for the data that it points to, pinned with DVC's meaning of md5.

    Args:
        config: the project.
        paths: files, folders or `.dvc` files, relative to the project.
        cache: spares reading what has not changed.
        progress: hears one advance a path.

    Raises:
        PinError: one of them is missing, outside the project, or is not the data itself.
    """
    progress = progress or Silent()
    progress.stage("digesting data")
    listed = list(paths)
    computed: dict[str, Digest] = {}
    for done, path in enumerate(listed):
        progress.advance(done, len(listed), "pins")
        if not path.endswith(".dvc"):
            computed[normal(path)] = _compute(config, normal(path), "", cache)
            continue
        for pointer in _pointed(config.root, path):
            computed[pointer.path] = _compute(config, pointer.path, pointer.digest.algorithm, cache)
            _require_pulled(pointer, computed[pointer.path], path)
    progress.advance(len(listed), len(listed), "pins")
    return computed


def _compute(config: Config, path: str, algorithm: str, cache: StatCache | None) -> Digest:
    place = require_inside(config.root, path)
    pinned = next((pin.digest.algorithm for pin in config.data if pin.path == path), "")
    chosen = algorithm or pinned or config.digest
    if place.is_dir():
        # A pin of a file says nothing about how to digest the folder that took its place.
        return digest_folder(place, config.digest if chosen in {"blake3", "sha256"} else chosen, cache)
    if is_lfs_pointer(place):
        raise lfs_pointer_error(path)
    return digest_file(place, content_algorithm(chosen), cache)


def _pointed(root: Path, path: str) -> list[Pointer]:
    place = require_inside(root, normal(path))
    try:
        with place.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    return list(read_pointer(data, normal(path)))


def _require_pulled(pointer: Pointer, found: Digest, path: str) -> None:
    # The digests of DVC 2 are not those of the bytes, so they cannot contradict them.
    if found != pointer.digest and not pointer.legacy:
        raise PinError(
            f"{shown(pointer.path)} is not the data that {shown(path)} points to",
            why=f"  pointer {pointer.digest}\n  found   {found}",
            remedy=f"Run `dvc checkout {shown(path)}`, or `dvc add` if the change is intended.",
        )
