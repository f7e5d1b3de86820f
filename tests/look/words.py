# SPDX-License-Identifier: Apache-2.0
"""How many words a reader meets in a comment before anything is unfolded, tables and small print aside."""

from __future__ import annotations

import re

_FOLD = re.compile(r"<details>.*?</details>", re.DOTALL)
_HIDDEN = re.compile(r"<!--.*?-->", re.DOTALL)
_SMALL = re.compile(r"<sub>.*?</sub>", re.DOTALL)
_ADDRESS = re.compile(r"\]\([^)]*\)")
_WORD = re.compile(r"[^\W_]")


def unfolded(markdown: str) -> str:
    """Return what is seen of a comment at first, without its tables and its last line."""
    seen = _SMALL.sub("", _FOLD.sub("", _HIDDEN.sub("", markdown)))
    lines = [line for line in seen.splitlines() if not line.lstrip().startswith("|")]
    return _ADDRESS.sub("]", "\n".join(lines))


def words(markdown: str) -> int:
    """Return the number of words beside the tables; what has neither letter nor digit is no word."""
    return sum(1 for word in unfolded(markdown).split() if _WORD.search(word))
