# SPDX-License-Identifier: Apache-2.0
"""Text and numbers out of files that a step could write to: bounded, and harmless to show."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

MAX_TEXT = 4096

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """Return `text` without control characters and of bounded length."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text[:MAX_TEXT])


def is_plain(path: str) -> bool:
    """Whether a cleaned path is relative and stays where it starts."""
    parts = path.split("/")
    return not (path.startswith("/") or ".." in parts or "" in parts or "\N{REPLACEMENT CHARACTER}" in path)


def count(value: object) -> int | None:
    """Return a whole number that is not negative and of 31 bits at most, else None."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and 0 <= value < 2**31 else None


def read_bounded(path: Path, limit: int) -> bytes:
    """Read a file from a folder that a step can write.

    Raises:
        OSError: it cannot be read, is not a regular file, or is larger than `limit` bytes.
    """
    # A pipe or a link that the step laid there must neither block nor lead elsewhere.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
            raise OSError(f"not a regular file of at most {limit} bytes")
        return file.read(limit)
