# SPDX-License-Identifier: Apache-2.0
"""Reads how NumPy and its BLAS round and associate; run as a program in the steps' own interpreter.

It is started by its text, where repro_action cannot be imported: nothing but the standard library and NumPy
is used, and Python 3.8 may read it. It prints one JSON table.

The order in which a sum is associated shows when two of its terms are `M` and `-M`, and all others 1: as
`M + 1` rounds to `M`, every 1 that is added before the two meet is lost, and the result counts the others
(FPRev, arXiv 2411.00442). Arrays begin at multiples of 64 bytes: kernels for SSE2 peel off what comes before
a multiple of 16, and would answer by where memory happened to be.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

QUESTIONS = "v1"
"""To be counted on with every change of what is asked, as digests of other questions say nothing."""
SHORT, LONG, BLOCKS = 40, 300, 1040
"""Terms: of which all pairs are asked; past the blocks of NumPy's sum; past those of a matrix product."""
ROWS = 13
"""Rows of matrices: no multiple of a kernel's tile, so that full tiles and what is left over are seen."""
MASK = {"float32": 2.0**60, "float64": 2.0**90}
HALF = {"float32": 13, "float64": 30}
"""(1 + 2**-h) * (1 - 2**-h) rounds to 1, and is below it in a fused multiply-add."""


def digest(parts: Iterable[bytes]) -> str:
    """Return the first 12 digits of the SHA-256 of bytes one after another."""
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


def aligned(np: Any, shape: Sequence[int], dtype: str) -> Any:
    """Return an array of ones that begins at a multiple of 64 bytes."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    raw = np.empty(size + 64, dtype=np.uint8)
    start = -raw.ctypes.data % 64
    array = raw[start : start + size].view(dtype).reshape(shape)
    array.fill(1)
    return array


def some_pairs(terms: int) -> list[tuple[int, int]]:
    """Return the pairs of neighbours, and of the first term with each."""
    return [(i, i + 1) for i in range(terms - 1)] + [(0, j) for j in range(2, terms)]


def all_pairs(terms: int) -> list[tuple[int, int]]:
    """Return all pairs."""
    return [(i, j) for i in range(terms) for j in range(i + 1, terms)]


def masked(np: Any, dtype: str, terms: int, pairs: Sequence[tuple[int, int]]) -> Any:
    """Return a row a pair: ones, with the two masks."""
    rows = aligned(np, (len(pairs), terms), dtype)
    first, second = np.array(pairs).T
    every = np.arange(len(pairs))
    rows[every, first] = MASK[dtype]
    rows[every, second] = -MASK[dtype]
    return rows


def fused(np: Any, dtype: str, terms: int) -> tuple[Any, Any]:
    """Return rows of factors whose products are -1 first and almost 1 at each later place; 0 elsewhere."""
    left, right = aligned(np, (terms - 1, terms), dtype), aligned(np, (terms - 1, terms), dtype)
    left.fill(0)
    right.fill(0)
    tiny = 2.0 ** -HALF[dtype]
    every = np.arange(terms - 1)
    left[:, 0], right[:, 0] = -1, 1
    left[every, every + 1], right[every, every + 1] = 1 + tiny, 1 - tiny
    return left, right


def counts(np: Any, values: Any) -> bytes:
    """Return results in a form that does not depend on the machine's byte order."""
    return bytes(np.ascontiguousarray(values).astype("<f8").tobytes())


class Operations:
    """How sums and products of one type are made."""

    def __init__(self, np: Any, dtype: str) -> None:
        self.np = np
        self.dtype = dtype
        self.short = masked(np, dtype, SHORT, all_pairs(SHORT))
        self.long = masked(np, dtype, LONG, some_pairs(LONG))
        self.buffer = aligned(np, (LONG,), dtype)
        self.other = aligned(np, (LONG,), dtype)

    def _vectors(self, rows: Any) -> Iterable[Any]:
        vector = self.buffer[: rows.shape[1]]
        for row in rows:
            vector[:] = row
            yield vector

    def sum(self) -> str:
        """A sum along rows, and along columns."""
        np = self.np
        return digest(
            counts(np, rows.sum(axis=1)) + counts(np, rows.sum(axis=0)) for rows in (self.short, self.long)
        )

    def dot(self) -> str:
        """A product of two vectors."""
        np = self.np
        found = []
        for rows in (self.short, self.long):
            ones = self.other[: rows.shape[1]]
            ones.fill(1)
            found.append(counts(np, [np.dot(vector, ones) for vector in self._vectors(rows)]))
        return digest(found)

    def _gemv(self, *, transposed: bool) -> str:
        np = self.np
        found = []
        for rows in (self.short, self.long):
            terms = rows.shape[1]
            matrix = (
                aligned(np, (terms, ROWS), self.dtype).T
                if transposed
                else aligned(np, (ROWS, terms), self.dtype)
            )
            found.append(counts(np, np.array([np.dot(matrix, vector) for vector in self._vectors(rows)])))
        return digest(found)

    def gemv(self) -> str:
        """A matrix whose rows lie together, by a vector."""
        return self._gemv(transposed=False)

    def gemv_t(self) -> str:
        """A matrix whose columns lie together, by a vector."""
        return self._gemv(transposed=True)

    def gemm(self) -> str:
        """A product of two matrices: a small one, and one longer than the blocks of BLAS."""
        np = self.np
        blocks = masked(np, self.dtype, BLOCKS, some_pairs(BLOCKS)[::5])
        found = []
        for rows in (self.short, blocks):
            ones = aligned(np, (ROWS, rows.shape[1]), self.dtype)
            found += [counts(np, np.dot(ones, rows.T)), counts(np, np.dot(rows, ones.T))]
        return digest(found)

    def fma(self) -> str:
        """Where multiply and add are one operation with one rounding, by place: dot, GEMV and GEMM."""
        np = self.np
        left, right = fused(np, self.dtype, SHORT)
        found = []
        for place in range(SHORT - 1):
            one, two = self.buffer[:SHORT], self.other[:SHORT]
            one[:], two[:] = left[place], right[place]
            matrix = aligned(np, (ROWS, SHORT), self.dtype)
            matrix[:] = left[place]
            found += [np.dot(one, two), *np.dot(matrix, two), *np.dot(matrix, right.T).ravel()]
        return digest([counts(np, np.array(found) != 0)])

    def fuses(self) -> bool:
        """Whether a product of matrices uses a fused multiply-add anywhere."""
        np = self.np
        left, right = fused(np, self.dtype, SHORT)
        return bool((np.einsum("ii->i", np.dot(left, right.T)) != 0).any())

    def rounding(self) -> str:
        """Whether it rounds to nearest and even, and whether numbers below the normal ones are kept."""
        np = self.np
        about = np.finfo(self.dtype)
        one, eps = np.array(1, self.dtype), np.array(about.eps, self.dtype)
        half, tiny = eps / 2, np.array(about.tiny, self.dtype)
        pair = np.array([tiny / 2, 0], self.dtype)
        near = bool(one + half == one and one + eps + half == one + 2 * eps and -one - half == -one)
        kept = bool(tiny / 2 > 0 and (tiny / 2) * 2 == tiny)
        kept_by_blas = bool(np.dot(pair, np.ones(2, self.dtype)) > 0)
        return ("nearest" if near else "directed") + ("" if kept and kept_by_blas else "-flushed")

    def ties(self) -> str:
        """How the default sort orders what is equal."""
        values = aligned(self.np, (1000,), self.dtype)
        values[:] = self.np.arange(1000) * 7 % 10
        return digest([counts(self.np, self.np.argsort(values))])

    def functions(self) -> str:
        """Elementary functions of NumPy, whose vector forms differ between levels of CPUs."""
        np = self.np
        points = aligned(np, (2048,), self.dtype)
        points[:] = (np.arange(2048) * 37 % 2048 + 1) / 128  # exact, between 0 and 16
        names = ("exp", "exp2", "expm1", "log", "log2", "log1p", "sin", "cos", "tan", "tanh", "cbrt", "sqrt")
        signed = ("arctan", "arcsinh", "sinh")
        found = [counts(np, getattr(np, name)(points)) for name in (*names, *signed)]
        return digest([*found, counts(np, np.power(points, points[::-1] / 16))])


def libm() -> str:
    """Return how the C library rounds elementary functions."""
    points = [(i * 37 % 512 + 1) / 32 for i in range(512)]
    functions = (math.exp, math.log, math.sin, math.cos, math.tan, math.tanh, math.lgamma, math.erf)
    return digest(one(point).hex().encode() for one in functions for point in points)


def signature() -> dict[str, str]:
    """Return a short digest an operation; empty where there is no NumPy."""
    try:
        import numpy as np
    except ImportError:
        return {}
    found = {"questions": QUESTIONS, "libm": libm()}
    for dtype in ("float32", "float64"):
        operations, bits = Operations(np, dtype), dtype[-2:]
        for name in ("sum", "dot", "gemv", "gemv_t", "gemm", "fma", "functions", "ties", "rounding"):
            found[name + bits] = str(getattr(operations, name)())
        found["fused" + bits] = "yes" if operations.fuses() else "no"
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(signature(), sort_keys=True) + "\n")
