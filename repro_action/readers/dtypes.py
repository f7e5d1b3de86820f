# SPDX-License-Identifier: Apache-2.0
r"""Element types of array leaves: their names, sizes, and how their bytes become numbers.

A dtype is NumPy's notation (`<f8`, `|u1`, `<U5`, the `descr` of a structured type) or one
of the names in `NAMED`, for types that NumPy does not know. `text` is an array of texts:
one line each, `\` written `\\` and a line feed written `\n`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

NAMED = {"bfloat16": 16, "float8_e4m3fn": 8, "float8_e5m2": 8, "float8_e8m0fnu": 8}
"""Name → bits of types that NumPy does not know, as the ml_dtypes project names them."""

TEXT = "text"
"""The dtype of an array of texts."""

EVERY = "[*]"
"""In the path of a column of JSON records: every record."""

JSON_TABLES = frozenset({"records", "entries", "lines"})
"""Types of the branches that JSON read as a table is."""

JSON_TEXT = "json"
"""The dtype of an array of JSON values of several types, each written as a text."""

_PLAIN = re.compile(r"[<|]([biufc])(1|2|4|8|16)")


def is_numeric(dtype: str) -> bool:
    """Return whether `decode` reads the dtype as numbers (or booleans)."""
    return dtype == "bfloat16" or (_PLAIN.fullmatch(dtype) is not None and dtype != "<f16")


def decode(data: bytes | memoryview, dtype: str) -> np.ndarray:
    """View little-endian bytes as an array of shape `(n,)`; bfloat16 becomes `<f4`, exactly.

    Args:
        data: a whole number of elements.
        dtype: one for which `is_numeric` holds.
    """
    import numpy as np

    if dtype == "bfloat16":
        wide: np.ndarray = np.frombuffer(data, "<u2").astype("<u4")
        wide <<= 16
        return wide.view("<f4")
    if dtype == "|b1":
        # A byte other than 0 and 1 is true as well, whatever a CPU would make of it.
        return np.frombuffer(data, "|u1").astype(np.bool_)
    plain: np.ndarray = np.frombuffer(data, dtype)
    return plain
