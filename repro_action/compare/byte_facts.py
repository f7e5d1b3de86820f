# SPDX-License-Identifier: Apache-2.0
"""What can be said of bytes that no reader knows, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedArchive:
    """An archive or compressed stream inside other bytes.

    Attributes:
        format: `zip`, `gzip`, `zlib`, `zstd`, `xz` or `bzip2`.
        offset: of its first byte.
    """

    format: str
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteFacts:
    """What can be said of bytes that no reader knows.

    Attributes:
        first: offset of the first byte that differs; None where the other content is not at hand.
        last: offset of the last one; None where the lengths differ, since what follows may have moved.
        differing: number of bytes that differ, those beyond the end of the shorter content included.
        total: bytes of the longer content.
        near: printable text of the candidate around the first difference, or the nearest ahead of it.
        entropy: bits a byte, 0 to 8, of the candidate from the first difference on; None of too few bytes.
        packed: whether that is as much as compressed or encrypted bytes have.
        archives: in the candidate, the first few.
        between_runs: whether they are of two runs of one verification, not of a run and its baseline.
    """

    total: int
    first: int | None = None
    last: int | None = None
    differing: int | None = None
    near: str = ""
    entropy: float | None = None
    packed: bool = False
    archives: tuple[EmbeddedArchive, ...] = ()
    between_runs: bool = False
