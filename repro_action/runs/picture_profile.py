# SPDX-License-Identifier: Apache-2.0
"""The profile of a folder of pictures: a row a picture."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.profiles.column import profile_column
from repro_action.profiles.model import Detail, TableProfile
from repro_action.tree import Branch, Leaf, Node, Tree

_PIXELS = ".pixels"
_COLUMNS = ("height", "width", "channels", "mean", "deviation")
"""Of a picture: pixels down and across, values a pixel, mean and standard deviation of all of these."""


def profile_of_pictures(tree: Tree, detail: Detail) -> TableProfile | None:
    """Return the profile of a folder of pictures, with those of its folders; None where it has none.

    Args:
        tree: of the folder, read with statistics.
        detail: how much of its values it shows.
    """
    if not isinstance(tree.root, Branch):
        return None
    rows = [_row(leaf) for leaf in _pixels(tree.root)]
    if not rows:
        return None
    columns = {
        name: profile_column([row[place] for row in rows], name=name, detail=detail)
        for place, name in enumerate(_COLUMNS)
    }
    return TableProfile(format="images", rows=len(rows), detail=detail, columns=columns)


def _pixels(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        return
    for segment, child in node.children:
        if segment == _PIXELS and isinstance(child, Leaf) and len(child.shape) >= 2:
            yield child
        else:
            yield from _pixels(child)


def _row(leaf: Leaf) -> tuple[float | None, ...]:
    height, width, *rest = leaf.shape
    mean, deviation = (leaf.stats.mean, leaf.stats.std) if leaf.stats is not None else (None, None)
    return float(height), float(width), float(rest[0] if rest else 1), mean, deviation
