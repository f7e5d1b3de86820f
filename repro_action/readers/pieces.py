# SPDX-License-Identifier: Apache-2.0
"""Pieces of a content, of whatever length they come, as pieces of one length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def even(pieces: Iterable[bytes | memoryview], size: int) -> Iterator[bytes]:
    """Yield the same content in pieces of `size` bytes; the last may be shorter."""
    rest = bytearray()
    for data in pieces:
        rest += data
        whole = len(rest) - len(rest) % size
        yield from (bytes(rest[start : start + size]) for start in range(0, whole, size))
        del rest[:whole]
    if rest:
        yield bytes(rest)
