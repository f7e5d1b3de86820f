# SPDX-License-Identifier: Apache-2.0
"""The files below a folder, each with its signature; one pass, nothing is opened."""

from __future__ import annotations

import os
import stat

from repro_action.data.hash_file import kind
from repro_action.data.signature import link_signature, shown, signature, unreadable
from repro_action.errors import PinError

LIMIT = 10_000_000
"""Files in one folder; each takes about 200 bytes of memory."""


def walk(folder: bytes) -> dict[bytes, bytes]:
    """List the files of a folder: path relative to it → signature, in no order.

    Names are bytes, since a file system need not hold UTF-8. Folders leave no trace, so an
    empty one does not count. A link to a file counts as the file; its signature covers
    both.

    Raises:
        PinError: something inside is neither file nor folder, is a link to a folder, or
            cannot be read.
    """
    found: dict[bytes, bytes] = {}
    # NOTE: an explicit stack, since a hostile tree may be deeper than Python's recursion.
    pending = [b""]
    while pending:
        prefix = pending.pop()
        here = b"%b/%b" % (folder, prefix)
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False):
                        # `signature`, written out: this line runs once a file.
                        s = entry.stat(follow_symlinks=False)
                        found[prefix + entry.name] = b"%d %d %d %d" % (
                            s.st_size,
                            s.st_mtime_ns,
                            s.st_ctime_ns,
                            s.st_ino,
                        )
                    elif entry.is_dir(follow_symlinks=False):
                        pending.append(prefix + entry.name + b"/")
                    else:
                        found[prefix + entry.name] = _special_file(entry)
        except OSError as error:
            raise unreadable(error.filename or here, error) from error
        if len(found) > LIMIT:
            raise PinError(
                f"{shown(folder)} contains more than {LIMIT:,} files", remedy="Pin smaller folders."
            )
    return found


def _special_file(entry: os.DirEntry[bytes]) -> bytes:
    link = entry.stat(follow_symlinks=False)
    if not stat.S_ISLNK(link.st_mode):
        raise PinError(
            f"{shown(entry.path)} is {kind(link.st_mode)}",
            why="Only regular files can be pinned.",
            remedy="Move it out of the pinned folder.",
        )
    target = entry.stat()
    if not stat.S_ISREG(target.st_mode):
        raise PinError(
            f"{shown(entry.path)} is a link to {kind(target.st_mode)}",
            why="It could form a loop, or lead out of the folder to files that were not reviewed.",
            remedy="Replace the link with the files, or pin its target separately.",
        )
    return signature(target) + link_signature(link, os.readlink(entry.path))  # noqa: PTH115 - bytes


def content_signature(file_signature: bytes) -> bytes:
    """Return the part of a listed signature that stands for the content, not for the link to it."""
    return file_signature.partition(b" -> ")[0]
