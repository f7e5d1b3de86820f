# SPDX-License-Identifier: Apache-2.0
"""Decimal numbers in bytes as float64, many at a time: bit for bit what `float` makes of each text.

Digits are read eight at a time, as words of 64 bits. A number of at most 19 digits is a whole number
below 2**64 over a power of ten, both exact in the x87 format of 64 significant bits; their quotient is
rounded there once, and again to 53 bits. The second rounding goes wrong only where the first one lands
halfway between two float64, which is seen in its last eleven bits: that cell is left to `float`.
Where `longdouble` is another format, numbers of up to 53 bits over at most 10**22 are divided in float64:
both are exact there (Clinger, "How to Read Floating Point Numbers Accurately", 1990).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

AHEAD = 24
"""Bytes that must be there ahead of every cell: three words are read backwards from its end."""

_MOST = 19
"""Digits of which every number is below 2**64."""

_HALF = 0x400
_BELOW = 0x7FF
"""Bits of the x87 significand below those of float64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decimals:
    """What plain decimal cells are; shape of everything: that of the cells.

    Attributes:
        digits: uint64: the digits without sign and point.
        negative: whether a minus sign is in front.
        places: digits behind the point, up to 19; 0 where there is none.
        whole: digits of those cells that are whole numbers in plain form, up to 18; else 0.
        plain: whether the cell is a number that these values describe. A cell that is not is not
            known to be none.
    """

    digits: np.ndarray
    negative: np.ndarray
    places: np.ndarray
    whole: np.ndarray
    plain: np.ndarray

    def part(self, cells: slice) -> Decimals:
        """Return some of the cells."""
        return Decimals(
            digits=self.digits[cells],
            negative=self.negative[cells],
            places=self.places[cells],
            whole=self.whole[cells],
            plain=self.plain[cells],
        )


def read_decimals(data: np.ndarray, starts: np.ndarray, ends: np.ndarray, points: np.ndarray) -> Decimals:
    """Read cells of the form `-12` or `-1.25`, without superfluous zeros in front of whole ones.

    Args:
        data: uint8, at least `AHEAD` bytes ahead of the first cell.
        starts: first byte of each cell.
        ends: behind its last byte.
        points: its last point, or -1.
    """
    import numpy as np

    negative = data[starts] == ord("-")
    starts = starts + negative
    pointed = points >= 0
    if not pointed.any():
        return _whole(data, starts, ends, negative)
    if not pointed.all():
        middle = np.where(pointed, points, starts)
        after = ends - middle
        after -= pointed
    else:
        middle, after = points, ends - points
        after -= 1
    ahead = middle - starts
    digits, plain = _digits(data, ends, after, 3)
    front, fine = _digits(data, middle, ahead, 1)
    plain &= fine & ((ahead > 0) == pointed) & (ahead <= 8) & (after > 0) & (after <= _MOST)
    np.clip(after, 0, _MOST, out=after)
    digits += front * _powers(np.uint64)[after]
    whole = np.zeros_like(after)
    if not pointed.all():
        alone = ~pointed
        found = _whole(data, starts[alone], ends[alone], negative[alone])
        whole[alone], plain[alone] = found.whole, found.plain
        after *= pointed
    long = np.flatnonzero(pointed & (ahead + after > _MOST))
    plain[long] &= (ahead[long] == 1) & (data[starts[long]] == ord("0"))
    return Decimals(digits=digits, negative=negative, places=after, whole=whole, plain=plain)


def _whole(data: np.ndarray, starts: np.ndarray, ends: np.ndarray, negative: np.ndarray) -> Decimals:
    """Read cells without a point; `starts` is behind the sign."""
    import numpy as np

    counts = ends - starts
    digits, plain = _digits(data, ends, counts, 3)
    plain &= (counts > 0) & (counts <= 18)
    plain &= (counts == 1) | (data[starts] != ord("0"))
    return Decimals(digits=digits, negative=negative, places=np.zeros_like(counts), whole=counts, plain=plain)


def _digits(
    data: np.ndarray, ends: np.ndarray, counts: np.ndarray, words: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the last `counts` digits ahead of `ends` as numbers, and whether they are digits."""
    import numpy as np

    # Elements of eight bytes without a type need no alignment.
    at = np.ndarray(len(data) - 7, "V8", data.data, strides=(1,))
    counts = np.clip(counts, 0, 8 * words)
    most = int(counts.max(initial=0))
    total = wrong = np.zeros(0, np.uint64)
    # In place throughout: fresh memory costs more than the arithmetic.
    for word in range(min(words, max(-(-most // 8), 1))):
        raw = at[ends - 8 * (word + 1)].view("<u8")
        raw ^= np.uint64(0x3030303030303030)
        raw &= _masks()[word][counts]
        bad = raw + np.uint64(0x7676767676767676)
        bad |= raw
        raw *= np.uint64(2561)
        raw >>= np.uint64(8)
        raw &= np.uint64(0x00FF00FF00FF00FF)
        raw *= np.uint64(6553601)
        raw >>= np.uint64(16)
        raw &= np.uint64(0x0000FFFF0000FFFF)
        raw *= np.uint64(42949672960001)
        raw >>= np.uint64(32)
        if word:
            raw *= np.uint64(10 ** (8 * word))
            total += raw
            wrong |= bad
        else:
            total, wrong = raw, bad
    wrong &= np.uint64(0x8080808080808080)
    return total, wrong == 0


def quotients(found: Decimals) -> tuple[np.ndarray, np.ndarray]:
    """Return the plain cells as float64, and which of them must be asked of `float`.

    Args:
        found: the cells, shape `(n,)`.
    """
    import numpy as np

    digits, places = found.digits, found.places
    if int(digits.max(initial=0)) <= 1 << 53:
        values = digits.astype(np.float64) / _powers(np.float64)[places]
        open_ = np.zeros(len(values), np.bool_)
    elif _x87():
        exact = digits.astype(np.longdouble) / _powers(np.longdouble)[places]
        values = exact.astype(np.float64)
        significand = exact.view("<u8")[::2]
        open_ = (significand & np.uint64(_BELOW)) == _HALF
    else:
        values = digits.astype(np.float64) / _powers(np.float64)[places]
        open_ = digits > np.uint64(1 << 53)
    return np.where(found.negative, -values, values), open_


@functools.cache
def _x87() -> bool:
    import numpy as np

    return np.finfo(np.longdouble).nmant == 63 and np.dtype(np.longdouble).itemsize == 16


@functools.cache
def _powers(dtype: type[np.generic]) -> np.ndarray:
    import numpy as np

    # Each product is exact: 10**19 is below 2**64, and 5**19 below 2**53.
    powers = np.ones(_MOST + 1, dtype)
    for place in range(1, len(powers)):
        powers[place] = powers[place - 1] * powers.dtype.type(10)
    return powers


@functools.cache
def _masks() -> list[np.ndarray]:
    """Return, for each word counted from the end, the mask of so many digits in all."""
    import numpy as np

    # The last digits of a word are its highest bytes.
    word = [((1 << 64) - 1) >> (64 - 8 * n) << (64 - 8 * n) if n else 0 for n in range(9)]
    return [
        np.array([word[min(max(count - 8 * place, 0), 8)] for count in range(AHEAD + 1)], "<u8")
        for place in range(3)
    ]
