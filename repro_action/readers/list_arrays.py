# SPDX-License-Identifier: Apache-2.0
"""Lists of plain values that are one array."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from repro_action.readers.arrays import also_covering, array_leaf, text_array_leaf
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Leaf

if TYPE_CHECKING:
    import numpy as np

_EXACT = 1 << 53
"""Whole numbers up to here are exact as float64."""


def list_leaf(value: list[object], context: ReadContext) -> Leaf | None:
    """Return a list of numbers, booleans or texts, or of lists of numbers of one shape, as one leaf."""
    shape, flat = rectangle(value)
    kinds = set(map(type, flat))
    if kinds == {str} and len(shape) == 1:
        return text_array_leaf((item for item in flat if isinstance(item, str)), context)
    array = _numbers(flat, kinds)
    if array is None:
        return None
    leaf = array_leaf(array.reshape(shape), context)
    if kinds == {int, float}:
        # `1` and `1.0` are not the same value.
        return also_covering(leaf, bytes(type(item) is int for item in flat), context)
    return leaf


def rectangle(value: list[object]) -> tuple[tuple[int, ...], list[object]]:
    """Return the shape of a list of lists as far as they are of one length, and what is in them."""
    shape, flat = [len(value)], value
    while flat and len(shape) < 8 and isinstance(flat[0], list):
        lists = [item for item in flat if isinstance(item, list)]
        if len(lists) < len(flat) or len({len(item) for item in lists}) != 1 or not lists[0]:
            break
        shape.append(len(lists[0]))
        flat = list(itertools.chain.from_iterable(lists))
    return tuple(shape), flat


def sizes_fit(numbers: list[object]) -> bool:
    """Whether whole ones among the numbers are exact as float64."""
    return all(-_EXACT <= item <= _EXACT for item in numbers if isinstance(item, int))


def _numbers(flat: list[object], kinds: set[type]) -> np.ndarray | None:
    import numpy as np

    if kinds == {bool}:
        return np.array(flat, np.bool_)
    if not kinds or not kinds <= {int, float}:
        return None
    whole = [item for item in flat if isinstance(item, int)] if int in kinds else []
    bound = _EXACT if float in kinds else math.inf
    low, high = min(whole, default=0), max(whole, default=0)
    if low < max(-(1 << 63), -bound) or high > min((1 << 63) - 1, bound):
        return None
    return np.array(flat, np.float64 if float in kinds else np.int64)
