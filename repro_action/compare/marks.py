# SPDX-License-Identifier: Apache-2.0
"""Marks of a column of a log: short digests of its beginnings, which a baseline keeps instead of the values.

By them it is known about up to where a column is the same as another one of which only the marks are left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from repro_action.compare.log_columns import is_logged, is_loss
from repro_action.compare.pairs import element_size
from repro_action.errors import ArtifactUnreadable
from repro_action.fingerprint import Product
from repro_action.readers.dtypes import is_numeric
from repro_action.tree import Kind, Leaf

MARKS = 32
"""Marks of a column at most, evenly apart; the last one stands for all of it."""

MARKED = 40
"""Columns of a run that have marks, so that a baseline has room for them."""

LONGEST = 1 << 26
"""Bytes of a column that is looked at."""

_DIGITS = 4
"""Hexadecimal digits of a mark: one in 65,536 takes a beginning for the same that is not."""


def with_marks(products: Mapping[str, Product]) -> dict[str, Product]:
    """Return products whose columns of logs have marks, those of losses first."""
    found = sorted(
        (not is_loss(series), path, series)
        for path, product in products.items()
        for series, leaf in product.leaves.items()
        if _can_have(leaf) and is_logged(series, product.leaves, product.format)
    )
    made = dict(products)
    for _, path, series in found[:MARKED]:
        leaves = dict(made[path].leaves)
        leaves[series] = replace(leaves[series], marks=marks_of(leaves[series]))
        made[path] = replace(made[path], leaves=leaves)
    return made


def marks_of(leaf: Leaf) -> str:
    """Return the marks of a column; empty where its content is not at hand.

    Args:
        leaf: an array of numbers, shape `(n,)`.
    """
    if not _can_have(leaf) or leaf.payload is None:
        return ""
    size, digest, marks = element_size(leaf.dtype), hashlib.blake2b(digest_size=8), ""
    try:
        chunks = _whole_chunks(leaf, size)
        rest: bytes | memoryview = b""
        last = 0
        for end in ends(leaf.shape[0]):
            wanted = (end - last) * size
            while wanted > len(rest):
                digest.update(rest)
                wanted -= len(rest)
                rest = next(chunks, b"")
                if not rest:
                    return ""
            digest.update(rest[:wanted])
            rest, last = rest[wanted:], end
            marks += digest.copy().hexdigest()[:_DIGITS]
    except ArtifactUnreadable:
        return ""
    return marks


def ends(count: int) -> tuple[int, ...]:
    """Return the lengths of the beginnings that the marks of a column of `count` elements stand for."""
    parts = min(MARKS, count)
    return tuple(-(-count * part // parts) for part in range(1, parts + 1))


def parted_between(before: str, after: str, count: int) -> tuple[int, int] | None:
    """Return how many elements are the same at least, and in how many a difference is; None for none.

    Args:
        before: marks of one column of `count` elements.
        after: marks of another one, as long.
        count: elements of each.
    """
    places, same = ends(count), 0
    if not len(before) == len(after) == _DIGITS * len(places):
        return None  # what a stranger wrote says nothing
    for place, end in enumerate(places):
        at = slice(place * _DIGITS, (place + 1) * _DIGITS)
        if before[at] != after[at]:
            return same, end
        same = end
    return None


def _can_have(leaf: Leaf) -> bool:
    plain = leaf.kind is Kind.ARRAY and len(leaf.shape) == 1 and leaf.shape[0] > 1 and leaf.dtype != "|b1"
    return plain and is_numeric(leaf.dtype) and leaf.shape[0] * element_size(leaf.dtype) <= LONGEST


def _whole_chunks(leaf: Leaf, size: int) -> Iterator[bytes | memoryview]:
    return leaf.payload.chunks(size << 12) if leaf.payload is not None else iter(())
