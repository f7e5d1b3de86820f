# SPDX-License-Identifier: Apache-2.0
"""What two processes say to each other through pipes: frames of a kind, a length and a body."""

from __future__ import annotations

import os
import select
import struct
import time
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from repro_action.readers.protocol import ReadOptions

LARGEST = 1 << 30
"""Bytes of one body; the rows of two million leaves have less."""

_HEAD = struct.Struct("=cI")
_STEP = 1 << 20


class FrameKind(Enum):
    """What a frame is."""

    READ = b"R"
    """Request: read an artifact."""
    OPEN = b"O"
    """Request: the first piece of a leaf's content."""
    NEXT = b"N"
    """Request: the next piece of the content that was opened under a number."""
    ENTERED = b"E"
    """Reply, followed by others: a file of a folder is being read now."""
    TREE = b"T"
    """Reply: the rows of a tree."""
    FAILED = b"F"
    """Reply: it cannot be read."""
    PIECE = b"P"
    """Reply: a piece of a content; more may follow."""
    LAST = b"L"
    """Reply: the last piece of a content."""


class ReadRequest(NamedTuple):
    """An artifact to read.

    Attributes:
        number: of the tree that comes of it.
        path: of a file or folder, absolute.
        options: what is asked of reading it.
        memory, seconds: its limits; see `repro_action.reading.limits`.
        skipped: files of the folder that are taken as bytes, each with the reason.
    """

    number: int
    path: bytes
    options: ReadOptions
    memory: int
    seconds: float
    skipped: tuple[tuple[str, str], ...] = ()


class OpenRequest(NamedTuple):
    """A leaf whose content is wanted.

    Attributes:
        artifact: how its artifact was read.
        leaf: number of the leaf in it.
        digest: of the leaf: where the artifact is read again, it must be the same.
        size: bytes of each piece.
        stream: a number for further pieces.
    """

    artifact: ReadRequest
    leaf: int
    digest: str
    size: int
    stream: int


class Failure(NamedTuple):
    """Why something cannot be read; `extension` says that a reader of another package is at fault."""

    what: str
    why: str = ""
    remedy: str = ""
    where: str = ""
    extension: bool = False


class NoAnswer(Exception):
    """No frame comes any more: the other side has ended, or takes too long."""

    def __init__(self, *, late: bool) -> None:
        super().__init__("no frame")
        self.late = late


def send(descriptor: int, kind: FrameKind, *body: bytes | memoryview) -> None:
    """Write one frame.

    Raises:
        ValueError: the body is too large.
        OSError: nobody reads it.
    """
    size = sum(map(len, body))
    if size > LARGEST:
        raise ValueError(f"its leaves take more than {LARGEST} bytes")
    for part in (_HEAD.pack(kind.value, size), *body):
        view = memoryview(part)
        while view:
            view = view[os.write(descriptor, view) :]


def receive(descriptor: int, deadline: float | None = None) -> tuple[FrameKind, bytearray]:
    """Read one frame.

    Args:
        descriptor: of the pipe.
        deadline: `time.monotonic()` until which to wait; None to wait for ever.

    Raises:
        NoAnswer: the other side has ended, or time is up.
        ValueError: what comes is no frame.
    """
    wait = _waiting(descriptor, deadline)
    kind, size = _HEAD.unpack(_exactly(descriptor, _HEAD.size, wait))
    if size > LARGEST:
        raise ValueError("a frame is too large")
    return FrameKind(kind), _exactly(descriptor, size, wait)


def _exactly(descriptor: int, size: int, wait: Callable[[], None]) -> bytearray:
    body = bytearray()
    while len(body) < size:
        wait()
        part = os.read(descriptor, min(_STEP, size - len(body)))
        if not part:
            raise NoAnswer(late=False)
        body += part
    return body


def _waiting(descriptor: int, deadline: float | None) -> Callable[[], None]:
    if deadline is None:
        return lambda: None
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)

    def wait() -> None:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise NoAnswer(late=True)

    return wait
