# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH116 -- paths are texts here: they may hold any byte, and are many
"""Hides sockets of the machine in folders that steps may read: a read-only mount does not close them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from repro_action.paths.patterns import within
from repro_action.sandbox.layout import Mount, mask

_TABLE = Path("/proc/net/unix")


def socket_masks(mounts: Iterable[Mount]) -> Iterator[Mount]:
    """Yield what hides the sockets that somebody listens on below mounts.

    A socket that is made later, or by a process of another network namespace, is not known.

    Args:
        mounts: what is visible.
    """
    folders = [mount.target for mount in mounts if mount.kind in ("read", "write") and mount.source]
    for path in bound_sockets():
        if any(within(path, folder) for folder in folders):
            yield mask(path)


def bound_sockets() -> tuple[str, ...]:
    """Return the real paths of the sockets of this machine's processes, sorted."""
    try:
        lines = _TABLE.read_bytes().splitlines()[1:]
    except OSError:
        return ()
    paths = {os.fsdecode(fields[7]) for line in lines if len(fields := line.split(None, 7)) > 7}
    real = {os.path.realpath(path) for path in paths if path.startswith("/")}
    return tuple(sorted(path for path in real if _is_socket(path)))


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path, follow_symlinks=False).st_mode)
    except OSError:
        return False
