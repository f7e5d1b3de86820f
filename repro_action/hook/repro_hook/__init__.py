# SPDX-License-Identifier: Apache-2.0
"""What repro runs inside the interpreters of a step: standard library only, Python 3.8 or newer.

Three laws hold in every module here: never break the user's program, never print, never import
for the user. What fails is caught, kept by `failed` and reported.

Here stands what the parts share: this process's place among its kin, its seed, and what failed.
It is no module of its own, because each file costs every process of every step its time.
"""

from __future__ import annotations

import os
import sys

SEEDED: list[str] = []
"""Libraries whose generator was seeded, in that order."""
CAPPED: dict[str, int] = {}
"""Library → the most threads that were asked of it and not given."""
ERRORS: list[str] = []
"""What the hook could not do."""


class Lineage:
    """Which fork of which fork this process is: `/2/1`; empty in a fresh process."""

    def __init__(self) -> None:
        self.path = ""
        self.forks = 0

    def forking(self) -> None:
        """Count a fork, in the parent."""
        self.forks += 1

    def forked(self) -> None:
        """Become that fork, in the child."""
        self.path += f"/{self.forks}"
        self.forks = 0


LINEAGE = Lineage()


def seed() -> int | None:
    """Return the seed of this process, or None where seeding is not asked for."""
    text = os.environ.get("REPRO_SEED", "")
    if not text.isdigit():
        return None
    worker = worker_name()
    if not worker:
        return int(text) % 2**32
    from zlib import crc32

    return crc32(f"{text}{worker}".encode("utf-8", "replace"))


def worker_name() -> str:
    """Return `/SpawnProcess-1` in a worker, `/1` in a first fork; empty in a fresh process.

    Multiprocessing names a worker before it imports the program.
    """
    process = sys.modules.get("multiprocessing.process")
    current = getattr(process, "current_process", None)
    name = "MainProcess" if current is None else str(current().name)
    return LINEAGE.path + ("" if name == "MainProcess" else f"/{name}")


def failed(what: str, error: BaseException) -> None:
    """Keep an error for the report; the same one may come with every call."""
    if len(ERRORS) < 100:
        ERRORS.append(f"{what}: {type(error).__name__}: {error}"[:500])
