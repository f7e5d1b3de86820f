# SPDX-License-Identifier: Apache-2.0
"""Leaves of a notebook as people name them: `cell 4 output` for `cells[3].outputs[0].data['text/plain']`."""

from __future__ import annotations

import re

_LEAF = re.compile(
    r"cells\[([0-9]+)\](?:(\.stdout)|\.outputs\[([0-9]+)\](?:\.data\['([^'\\\]]+)'\])?)?(.*)", re.DOTALL
)


def cell_name(path: str) -> str:
    """Return how a leaf is shown: cells and outputs are counted from 1, the first output without a number.

    Args:
        path: of the leaf in the tree of a notebook.
    """
    found = _LEAF.fullmatch(path)
    if found is None:
        return path
    cell, printed, output, kind, rest = found.groups()
    name = f"cell {int(cell) + 1}"
    if printed:
        name += " prints"
    elif output is not None:
        name += " output" + (f" {int(output) + 1}" if int(output) else "")
        name += f" {kind}" if kind and kind != "text/plain" else ""
    rest = rest.removeprefix(".")
    return f"{name} {rest}" if rest else name
