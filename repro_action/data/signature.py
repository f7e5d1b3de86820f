# SPDX-License-Identifier: Apache-2.0
"""What the file system says about a file without reading it, and when that can be believed."""

from __future__ import annotations

import os

from repro_action.errors import PinError
from repro_action.text import clean

RACY_NS = 2_000_000_000
"""A file that changed less than this before it was read may change again within the same
tick of the file system's clock (2 s on FAT), so its signature proves nothing. git calls such
an entry racily clean: https://git-scm.com/docs/racy-git."""


def signature(status: os.stat_result) -> bytes:
    """Return size, mtime, ctime (both in nanoseconds) and inode, as decimal numbers.

    The change time cannot be set by a program, so an edit that restores size and
    modification time is seen. It is not seen through a memory map that was written to
    before and still is, nor on file systems that invent the change time (some FUSE ones).
    """
    return b"%d %d %d %d" % (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def link_signature(link: os.stat_result, target: bytes) -> bytes:
    """Return the part that a symbolic link adds to the signature of what it points to."""
    return b" -> " + signature(link) + b" " + target


def settled(status: os.stat_result, now: int) -> bool:
    """Whether a later change is bound to show in the signature.

    Args:
        status: of a file that is about to be read.
        now: nanoseconds since the epoch, taken before reading.
    """
    return max(status.st_mtime_ns, status.st_ctime_ns) < now - RACY_NS


def shown(path: bytes | str | os.PathLike[str] | os.PathLike[bytes]) -> str:
    """Return a path for people: one line, no character that steers a terminal."""
    return clean(os.fsdecode(path))


def unreadable(path: bytes | str | os.PathLike[str] | os.PathLike[bytes], error: OSError) -> PinError:
    """Return the error for a path that the operating system refuses."""
    return PinError(
        f"{shown(path)} cannot be read: {error.strerror or type(error).__name__}",
        remedy="Check that it exists, is not a broken link, and is readable.",
    )
