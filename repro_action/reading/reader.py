# SPDX-License-Identifier: Apache-2.0
"""Asks a process to read artifacts, and goes on with another one when it ends."""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.digest import Digest
from repro_action.errors import ArtifactUnreadable, ExtensionError
from repro_action.readers.arrays import BytesPayload, RegionPayload
from repro_action.readers.bytes_file import read_bytes
from repro_action.readers.protocol import DEFAULT_OPTIONS, FileSource, ReadContext, ReadOptions
from repro_action.reading.limits import ReadingLimits
from repro_action.reading.messages import (
    Failure,
    FrameKind,
    NoAnswer,
    OpenRequest,
    ReadRequest,
    receive,
    send,
)
from repro_action.reading.process import ReadingProcess, explain, start
from repro_action.reading.wire import Content, TreeRows, from_rows, from_text, to_text
from repro_action.tree import LeafDigester, Payload, Tree

if TYPE_CHECKING:
    from repro_action.errors import ReproError

DEATHS = 16
"""Files of one folder of which each ends a process, before the folder counts as unreadable."""


class ReaderEnded(Exception):
    """The process that reads has ended.

    Attributes:
        reason: why.
        member: file of a folder that it was reading; empty where that is unknown.
    """

    def __init__(self, reason: str, member: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.member = member


@dataclass(slots=True, kw_only=True)
class ArtifactReader:
    """Reads artifacts in a process of its own, one for many.

    Attributes:
        limits: of each artifact.
        fork: whether the process is forked; else an interpreter is started.
    """

    limits: ReadingLimits = field(default_factory=ReadingLimits)
    fork: bool | None = None
    _process: ReadingProcess | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def read(
        self, path: Path, options: ReadOptions = DEFAULT_OPTIONS, *, limits: ReadingLimits | None = None
    ) -> Tree:
        """Read one file or folder; see `repro_action.readers.read_artifact`.

        Args:
            path: of the file or folder.
            options: what is asked of reading it.
            limits: of this artifact; those of all where None.

        Returns:
            The tree. Of a file that ended the process, one leaf of bytes with the reason; so for
            each such file of a folder.

        Raises:
            ArtifactUnreadable: it is missing, neither file nor folder, or cannot be opened; or a
                folder ended the process in another way.
            ExtensionError: a reader of another package cannot be used.
        """
        skipped: dict[str, str] = {}
        bounds = limits or self.limits
        while True:
            request = ReadRequest(
                number=next(self._numbers),
                path=os.fsencode(path.absolute()),
                options=options,
                memory=bounds.memory,
                seconds=bounds.seconds,
                skipped=tuple((to_text(name), to_text(reason)) for name, reason in skipped.items()),
            )
            try:
                return self._tree(path, request, bounds)
            except ReaderEnded as ended:
                if path.is_file():
                    context = ReadContext(digester=LeafDigester(options.algorithm))
                    return read_bytes(FileSource(path), context, ended.reason)
                if not ended.member or ended.member in skipped or len(skipped) >= DEATHS:
                    raise ArtifactUnreadable(ended.reason, where=path.name) from ended
                skipped[ended.member] = ended.reason

    def close(self) -> None:
        """End the process, if there is one; the next artifact starts another."""
        with self._lock:
            process, self._process = self._process, None
            if process is not None:
                process.end()

    def pieces(self, artifact: ReadRequest, leaf: int, digest: Digest, size: int) -> Iterator[bytearray]:
        """Yield a leaf's content; where the process that had it has ended, the artifact is read again.

        Raises:
            ArtifactUnreadable: it cannot be read, or is another one by now.
        """
        import msgspec

        stream = next(self._numbers)
        limits = ReadingLimits(memory=artifact.memory, seconds=artifact.seconds)
        opened = OpenRequest(artifact, leaf, str(digest), size, stream)
        ask = (FrameKind.OPEN, msgspec.msgpack.encode(opened))
        while True:
            try:
                kind, body = self._asked(*ask, limits)
            except ReaderEnded as ended:
                raise ArtifactUnreadable(ended.reason) from ended
            if kind is FrameKind.LAST:
                return
            if kind is not FrameKind.PIECE or len(body) > size:
                raise self._invalid_reply_error()
            yield body
            ask = (FrameKind.NEXT, stream.to_bytes(8, "big"))

    def _tree(self, path: Path, request: ReadRequest, limits: ReadingLimits) -> Tree:
        import msgspec

        kind, body = self._asked(FrameKind.READ, msgspec.msgpack.encode(request), limits)
        if kind is not FrameKind.TREE:
            raise self._invalid_reply()
        size = path.stat().st_size if path.is_file() else 0

        def payload(number: int, digest: Digest, content: Content) -> Payload | None:
            match content:
                case bytes():
                    return BytesPayload(content)
                case tuple():
                    offset, length = content
                    inside = 0 <= offset <= offset + length <= size
                    return RegionPayload(FileSource(path), offset, length) if inside else None
            return ReadPayload(self, request, number, digest) if content else None

        try:
            return from_rows(msgspec.msgpack.decode(body, type=TreeRows), payload)
        except (ValueError, TypeError) as error:
            raise self._invalid_reply() from error

    def _asked(self, kind: FrameKind, body: bytes, limits: ReadingLimits) -> tuple[FrameKind, bytearray]:
        """Send a request and return what is answered.

        Raises:
            ReaderEnded: the process ended, or had to be.
            ArtifactUnreadable, ExtensionError: it says so.
        """
        with self._lock:
            process = self._running()
            member = ""
            try:
                send(process.requests, kind, body)
                deadline = time.monotonic() + limits.longest_wait
                answer, reply = receive(process.replies, deadline)
                while answer is FrameKind.ENTERED:
                    member = reply.decode("utf-8", "surrogatepass")
                    answer, reply = receive(process.replies, deadline)
            except (OSError, NoAnswer) as missing:
                late = isinstance(missing, NoAnswer) and missing.late
                self._process = None
                status = process.end() if late else process.wait()
                reason = explain(status, late=late, seconds=limits.seconds)
                raise ReaderEnded(reason, member) from None
            except ValueError:
                raise self._invalid_reply() from None
            except BaseException:
                # Stopped in the middle: what comes next on these pipes would answer another question.
                self.close()
                raise
        if answer is FrameKind.FAILED:
            raise self._failure(reply)
        return answer, reply

    def _running(self) -> ReadingProcess:
        process = self._process
        if process is None or process.owner != os.getpid():
            process = start() if self.fork is None else start(fork=self.fork)
            self._process = process
        return process

    def _failure(self, body: bytearray) -> ReproError:
        import msgspec

        try:
            failure = msgspec.msgpack.decode(body, type=Failure)
            what, why, remedy, where = map(from_text, failure[:4])
        except ValueError:
            return self._invalid_reply_error()
        kind = ExtensionError if failure.extension else ArtifactUnreadable
        return kind(what, why=why, remedy=remedy, where=where)

    def _invalid_reply(self) -> ReaderEnded:
        """End a process that answers what it may not; it reads foreign files, and may be theirs by now."""
        self.close()
        return ReaderEnded("the process that was reading it sent an invalid reply")

    def _invalid_reply_error(self) -> ReproError:
        return ArtifactUnreadable(self._invalid_reply().reason)


@dataclass(frozen=True, slots=True)
class ReadPayload:
    """The content of a leaf that the process which read it has.

    Attributes:
        reader: asks it.
        artifact: how its artifact was read.
        leaf: number of the leaf in it.
        digest: of the leaf.
    """

    reader: ArtifactReader
    artifact: ReadRequest
    leaf: int
    digest: Digest

    def chunks(self, size: int) -> Iterator[bytes | memoryview]:
        """Yield the content; see `repro_action.tree.Payload`.

        Raises:
            ArtifactUnreadable: it cannot be read again, or is another one by now.
        """
        for piece in self.reader.pieces(self.artifact, self.leaf, self.digest, size):
            yield memoryview(piece)


@functools.cache
def _shared() -> ArtifactReader:
    reader = ArtifactReader()
    atexit.register(reader.close)
    return reader


def read(path: Path, options: ReadOptions = DEFAULT_OPTIONS, *, limits: ReadingLimits | None = None) -> Tree:
    """Read one file or folder in the process that all reading of this one shares; see `ArtifactReader`."""
    return _shared().read(path, options, limits=limits)


def close() -> None:
    """End the shared process, if there is one; the next artifact starts another."""
    _shared().close()
