# SPDX-License-Identifier: Apache-2.0
"""Digests whose algorithm names every parameter that changes the result.

| algorithm | of what |
| --- | --- |
| `blake3`, `sha256`, `md5` | the bytes of a file |
| `tree1-ALGORITHM` | a folder: see `repro_action.data.hash_folder` |
| `md5-dvc` | a folder, as DVC computes it: see `repro_action.data.dvc.digests` |
| `leaf1-ALGORITHM` | a leaf or branch of an artifact: see `repro_action.tree` |
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import Literal, Protocol

from repro_action.errors import ConfigError

Algorithm = Literal["blake3", "sha256", "md5"]
ALGORITHMS: tuple[Algorithm, ...] = ("blake3", "sha256", "md5")

_PATTERN = re.compile(r"([a-z0-9-]{1,32}):([0-9a-f]{8,128})")


class Hasher(Protocol):
    """What `hashlib` objects and BLAKE3 have in common."""

    def update(self, data: bytes | bytearray | memoryview, /) -> object:
        """Add bytes."""

    def hexdigest(self) -> str:
        """Return the digest so far as lower-case hexadecimal."""


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """One digest, written `algorithm:hex`."""

    algorithm: str
    value: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"

    @property
    def short(self) -> str:
        """The first 12 hexadecimal digits, for people."""
        return self.value[:12]

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Read `algorithm:hex`.

        Raises:
            ConfigError: `text` is not of that form.
        """
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ConfigError(
                f"{text[:80]!r} is not a digest",
                why="A digest is written algorithm:hex, for instance blake3:9f86d081….",
                remedy="Let `repro pin PATH` write it.",
            )
        return cls(match[1], match[2])


def new_hasher(algorithm: str, *, parallel: bool = False) -> Hasher:
    """Start a digest.

    Args:
        algorithm: one of `ALGORITHMS`.
        parallel: let BLAKE3 use every core; pays from about 128 KiB an update.

    Raises:
        ConfigError: the algorithm is unknown.
    """
    match algorithm:
        case "blake3":
            from blake3 import blake3

            return blake3(max_threads=_threads.most if parallel else 1)
        case "sha256":
            return hashlib.sha256()
        case "md5":
            return hashlib.md5(usedforsecurity=False)
    raise ConfigError(
        f"the digest algorithm {algorithm!r} is unknown",
        remedy=f"Use one of {', '.join(ALGORITHMS)}.",
    )


@dataclass(slots=True)
class _Threads:
    """How many threads BLAKE3 may use: -1, its `AUTO`, stands for a pool that a fork does not inherit."""

    most: int = -1

    def after_fork(self) -> None:
        self.most = min(os.cpu_count() or 1, 8)


_threads = _Threads()
os.register_at_fork(after_in_child=_threads.after_fork)


def digest_bytes(algorithm: str, *parts: bytes | bytearray | memoryview) -> Digest:
    """Digest the concatenation of `parts` with a content algorithm."""
    hasher = new_hasher(algorithm)
    for part in parts:
        hasher.update(part)
    return Digest(algorithm, hasher.hexdigest())
