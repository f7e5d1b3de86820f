# SPDX-License-Identifier: Apache-2.0
"""Files that are read before anybody waits for them, and when what came of it can be believed."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.readers.protocol import ReadOptions
from repro_action.reading.limits import ReadingLimits
from repro_action.reading.messages import ReadRequest

MOST = 8
"""Requests that may wait: while a reply is not taken, no more than a pipe holds of them can be sent."""

LARGE = 64 << 20
"""Bytes from which on a file is not read ahead: the memory is left to the step that runs meanwhile."""

FileIdentity = tuple[int, int, int, int, int]
"""Device, inode, size, modification and change time in nanoseconds."""


def identity_of(path: Path) -> FileIdentity | None:
    """Return what tells a file from any other; None of what is not read ahead, such as folders and links."""
    try:
        status = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode) or status.st_size >= LARGE:
        return None
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class AheadRequest:
    """A file that was asked for ahead.

    Attributes:
        path: of the file.
        identity: of the file before it was read.
        request: as it was sent.
        limits: of reading it.
    """

    path: Path
    identity: FileIdentity
    request: ReadRequest
    limits: ReadingLimits

    def answers(self, path: Path, options: ReadOptions, limits: ReadingLimits) -> bool:
        """Whether reading a file now would give the same tree."""
        key = (self.path, self.request.options, self.limits)
        return key == (path, options, limits) and self.identity == identity_of(path)


@dataclass(slots=True, kw_only=True)
class ReadAhead:
    """What was asked of one process ahead.

    Attributes:
        waiting: requests whose replies have not been taken, in the order in which they come.
        replies: path → request and the rows of its tree.
    """

    waiting: list[AheadRequest] = field(default_factory=list)
    replies: dict[Path, tuple[AheadRequest, bytearray]] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether no more can be asked for."""
        return len(self.waiting) + len(self.replies) >= MOST

    def clear(self) -> None:
        """Forget all of it, since the process is gone."""
        self.waiting.clear()
        self.replies.clear()
