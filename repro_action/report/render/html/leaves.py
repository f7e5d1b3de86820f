# SPDX-License-Identifier: Apache-2.0
"""The rows of a table of leaves, written without a template: a page has up to ten thousand of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from repro_action.report.model import LeafDifference
from repro_action.report.numbers import magnitude
from repro_action.report.opaque_bytes import opaque
from repro_action.report.render import labels
from repro_action.report.render.html.markup import Html, escaped
from repro_action.report.render.html.tones import level


def leaf_rows(leaves: Iterable[LeafDifference], names: Mapping[str, str]) -> Html:
    """Return a row a leaf: its name, both sides, and how much it differs.

    Args:
        leaves: of one artifact.
        names: path → what is shown of it; foreign.
    """
    return Html("\n".join(_row(leaf, names[leaf.path]) for leaf in leaves))


def _row(leaf: LeafDifference, name: str) -> str:
    # What both sides begin with, such as a dtype and a shape, is said once.
    after = labels.without_shared_words(leaf.before, leaf.after) if leaf.before else leaf.after
    cells = (escaped(name, 70) or "whole file", escaped(leaf.before, 60) or "—", escaped(after, 60) or "—")
    # Cells and rows need no end tags; ten thousand of them are a quarter of a megabyte.
    # https://html.spec.whatwg.org/multipage/syntax.html#optional-tags
    return f"<tr><td>{'<td>'.join(cells)}<td>{_difference(leaf)}"


def _difference(leaf: LeafDifference) -> str:
    size = leaf.magnitude
    bar = f'<i class="m{level(size.max_abs)}"></i>' if size is not None and size.max_abs else ""
    parts = [
        (magnitude(size) if size is not None else "") or labels.leaf(leaf),
        f"first at {size.first}" if size is not None and size.first else "",
        opaque(leaf),
        leaf.reason,
    ]
    return bar + ", ".join(escaped(part, 320) for part in parts if part)
