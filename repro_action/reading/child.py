# SPDX-License-Identifier: Apache-2.0
"""What the process that reads does: one artifact after another, and pieces of their contents."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from repro_action.errors import ArtifactUnreadable, ExtensionError, ReproError
from repro_action.readers import read_artifact
from repro_action.readers.protocol import TOO_LARGE, FolderWatch, Limits
from repro_action.reading.confinement import confine
from repro_action.reading.limits import limit_memory, limit_time
from repro_action.reading.messages import (
    Failure,
    FrameKind,
    NoAnswer,
    OpenRequest,
    ReadRequest,
    receive,
    send,
)
from repro_action.reading.wire import TreeRows, from_text, to_rows, to_text
from repro_action.tree import Leaf

_T = TypeVar("_T")

KEPT = 2
"""Artifacts whose contents stay at hand: the two that are compared."""

MANY = 100_000
"""Leaves up to which further artifacts stay at hand."""

STREAMS = 8
"""Contents that are open at a time."""


def serve(pipes: tuple[int, int]) -> None:
    """Answer until nobody asks any more.

    Args:
        pipes: to read requests from, and to write replies to.
    """
    confine(pipes)
    child = _Child(*pipes)
    try:
        while True:
            child.answer(*receive(pipes[0]))
    except (NoAnswer, OSError):
        return


class _Child:
    def __init__(self, requests: int, replies: int) -> None:
        self.requests = requests
        self.replies = replies
        self.trees: dict[int, list[Leaf]] = {}
        self.streams: dict[int, Iterator[bytes | memoryview]] = {}

    def answer(self, kind: FrameKind, body: bytearray) -> None:
        """Do what is asked, and say so if it cannot be done."""
        try:
            match kind:
                case FrameKind.READ:
                    self._read(_parsed(body, ReadRequest))
                case FrameKind.OPEN:
                    self._open(_parsed(body, OpenRequest))
                case FrameKind.NEXT:
                    self._piece(int.from_bytes(body, "big"))
        except ReproError as error:
            self._failed(error.what, error)
        except OSError as error:
            self._failed(f"it cannot be read: {error.strerror}")
        except MemoryError:
            self.trees.clear()
            self._failed(TOO_LARGE)
        except Exception as error:  # noqa: BLE001 -- whatever one artifact does, the next is read
            self._failed(f"it is malformed in an unexpected way: {type(error).__name__}: {error}"[:300])

    def _failed(self, what: str, error: ReproError | None = None) -> None:
        import msgspec

        failure = Failure(what=to_text(what))
        if error is not None:
            texts = (to_text(error.why), to_text(error.remedy), to_text(error.where))
            failure = Failure(to_text(what), *texts, extension=isinstance(error, ExtensionError))
        send(self.replies, FrameKind.FAILED, msgspec.msgpack.encode(failure))

    def _read(self, request: ReadRequest) -> None:
        import msgspec

        send(self.replies, FrameKind.TREE, msgspec.msgpack.encode(self._tree(request)))

    def _tree(self, request: ReadRequest) -> TreeRows:
        path = Path(os.fsdecode(request.path))
        limit_time(request.seconds)
        size = path.stat().st_size if path.is_file() else 0
        limit_memory(request.memory, size)
        skipped = {from_text(name): from_text(reason) for name, reason in request.skipped}

        def entered(name: str, length: int) -> None:
            limit_memory(request.memory, length)
            send(self.replies, FrameKind.ENTERED, name.encode("utf-8", "surrogatepass"))

        tree = read_artifact(
            path,
            request.options,
            limits=Limits.of(memory=request.memory, seconds=request.seconds),
            watch=FolderWatch(entered=entered, skipped=skipped),
        )
        rows, leaves = to_rows(tree, str(path))
        self._keep(request.number, leaves)
        return rows

    def _keep(self, number: int, leaves: list[Leaf]) -> None:
        self.trees[number] = leaves
        while len(self.trees) > KEPT and sum(map(len, self.trees.values())) > MANY:
            del self.trees[next(iter(self.trees))]

    def _open(self, request: OpenRequest) -> None:
        if request.artifact.number not in self.trees:
            self._tree(request.artifact)
        leaves = self.trees[request.artifact.number]
        leaf = leaves[request.leaf] if request.leaf < len(leaves) else None
        if leaf is None or leaf.payload is None or str(leaf.digest) != request.digest:
            raise ArtifactUnreadable("it changed after it was read")
        while len(self.streams) >= STREAMS:
            del self.streams[next(iter(self.streams))]
        self.streams[request.stream] = iter(leaf.payload.chunks(request.size))
        self._piece(request.stream)

    def _piece(self, stream: int) -> None:
        """Send the next piece of a content; an empty one after the last."""
        pieces = self.streams.get(stream)
        if (
            pieces is None
        ):  # of another process, or one of too many: its end would look like that of the content
            raise ArtifactUnreadable("its content is no longer open")
        piece = next(pieces, None)
        if piece is None:
            self.streams.pop(stream, None)
            send(self.replies, FrameKind.LAST)
        else:
            send(self.replies, FrameKind.PIECE, piece)


def _parsed(body: bytearray, kind: type[_T]) -> _T:
    import msgspec

    return msgspec.msgpack.decode(body, type=kind)
