# SPDX-License-Identifier: Apache-2.0
"""What a step inside a sandbox finds where, as one value that each way of enclosing turns into a command."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["read", "write", "device", "link", "proc", "mask"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One thing that is visible inside.

    Attributes:
        kind: `read` or `write`: a file or folder; `device`: with device nodes; `link`: a symbolic link;
            `proc`: the processes of the enclosure; `mask`: hides what an outer mount shows here.
        source: outside; of a link, its text; of `proc`, nothing; of `mask`, what is hidden, if that is not
            the target.
        target: inside.
    """

    kind: Kind
    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnclosureLayout:
    """An enclosure.

    Attributes:
        base: empty folder that the new root is mounted on.
        folder: working folder inside.
        mounts: what is visible, outer folders first.
        machine: whether all files of the machine are visible beneath the mounts.
        network: whether the network stays in reach.
        shared_memory: bytes that `/dev/shm` may hold; None for the kernel's half of the memory.
        host: name of the machine inside; empty for the machine's own.
    """

    base: Path
    folder: Path
    mounts: tuple[Mount, ...] = ()
    machine: bool = False
    network: bool = False
    shared_memory: int | None = None
    host: str = ""


def ordered(*groups: Iterable[Mount]) -> tuple[Mount, ...]:
    """Join mounts so that inner ones come after outer ones; of one place, the earlier group's counts."""
    chosen: dict[str, Mount] = {}
    for group in groups:
        for mount in group:
            chosen.setdefault(os.path.normpath(mount.target), mount)
    return tuple(chosen[target] for target in sorted(chosen, key=lambda path: (path.count("/"), path)))


def read(path: str | Path) -> Mount:
    """Return what makes a path visible, read-only, where it is."""
    return Mount(kind="read", source=str(path), target=str(path))


def mask(path: str) -> Mount:
    """Return what hides a path that an outer mount shows."""
    return Mount(kind="mask", source="", target=path)
