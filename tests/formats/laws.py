# SPDX-License-Identifier: Apache-2.0
"""Reading and comparing as `repro diff` does, for the suite of formats and its bench."""

from __future__ import annotations

from pathlib import Path

from repro_action.listing import flatten
from repro_action.readers import read_artifact
from repro_action.readers.protocol import ReadOptions
from repro_action.tree import Leaf, Tree


def read(path: Path) -> Tree:
    """Read a file or folder; no exception may come out."""
    return read_artifact(path, ReadOptions(statistics=False))


def lines(tree: Tree) -> dict[str, Leaf]:
    """Return every leaf by its path."""
    return flatten(tree.root, limit=100_000, siblings=100_000, room=None)


def differing(one: Tree, other: Tree) -> list[str]:
    """Return the paths of the leaves that differ."""
    before, after = lines(one), lines(other)
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
