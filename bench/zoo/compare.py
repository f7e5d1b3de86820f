# SPDX-License-Identifier: Apache-2.0
"""Holds passes against each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.zoo.columns import Column, Profile
from bench.zoo.passes import path_of

Animals = Mapping[str, Mapping[str, object]]
PARTS = ("state", "outputs", "bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many estimators agree between two passes.

    Attributes:
        names: of all that were compared.
        same: for each of `PARTS`, those that agree.
        failed: those that have no digests in one of the passes, with the reason.
    """

    names: frozenset[str]
    same: Mapping[str, frozenset[str]]
    failed: Mapping[str, str]

    @property
    def identical(self) -> frozenset[str]:
        """Those whose fitted state and outputs both agree."""
        return self.same["state"] & self.same["outputs"]

    @property
    def differing(self) -> frozenset[str]:
        """Those that have digests in both passes, and others."""
        return self.names - self.identical - self.failed.keys()

    @property
    def whole(self) -> bool:
        """Whether all agree."""
        return self.identical == self.names

    def __str__(self) -> str:
        counts = ", ".join(f"{part} {len(self.same[part])}" for part in PARTS)
        text = f"identical {len(self.identical)} of {len(self.names)} ({counts})"
        if self.differing and len(self.differing) <= 12:
            text += f"; differing: {', '.join(sorted(self.differing))}"
        return text + "".join(f"; {name}: {why}" for name, why in sorted(self.failed.items()))


def read(folder: Path, profile: Profile, column: str) -> Animals:
    """Return the digests of a pass; empty where there is none."""
    try:
        document = json.loads(path_of(folder, profile, column).read_text(encoding="utf-8"))
    except OSError:
        return {}
    animals: Animals = document["animals"]
    return animals


def hold(folder: Path, profile: Profile, column: Column) -> Found:
    """Hold a pass against the one that its column names, or against itself."""
    mine = read(folder, profile, column.shared or column.name)
    return between(mine, read(folder, profile, column.against) if column.against else mine)


def between(one: Animals, other: Animals) -> Found:
    """Compare two passes; what only one of them has is left out."""
    names = frozenset(one.keys() & other.keys())
    failed = {
        name: str(item[name]["error"]) for item in (other, one) for name in names if "error" in item[name]
    }
    same = {
        part: frozenset(
            name for name in names - failed.keys() if one[name].get(part) == other[name].get(part)
        )
        for part in PARTS
    }
    return Found(names=names, same=same, failed=failed)
