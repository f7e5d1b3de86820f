# SPDX-License-Identifier: Apache-2.0
"""Asks a process to read artifacts, and goes on with another one when it ends."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from repro_action.digest import Digest
from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import BytesPayload, RegionPayload
from repro_action.readers.bytes_file import read_bytes
from repro_action.readers.protocol import DEFAULT_OPTIONS, FileSource, ReadContext, ReadOptions
from repro_action.reading.ahead import AheadRequest, ReadAhead, identity_of
from repro_action.reading.limits import ReadingLimits
from repro_action.reading.messages import (
    FrameKind,
    NoAnswer,
    OpenRequest,
    ReadRequest,
    receive,
    send,
)
from repro_action.reading.process import ReadingProcess, explain, start_process
from repro_action.reading.wire import Content, TreeRows, failure_of, from_rows, to_text
from repro_action.tree import LeafDigester, Payload, Tree

if TYPE_CHECKING:
    from repro_action.errors import ReproError

DEATHS = 16
"""Files of one folder of which each ends a process, before the folder counts as unreadable."""


NONE: Mapping[str, str] = MappingProxyType({})
"""No file of a folder is skipped."""


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
    _ahead: ReadAhead = field(default_factory=ReadAhead)
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
        tree = self._read_ahead(path, options, bounds)
        if tree is not None:
            return tree
        while True:
            request = self._request(path, options, bounds, skipped)
            try:
                return self._tree(path, request, bounds)
            except ReaderEnded as ended:
                if path.is_file():
                    context = ReadContext(digester=LeafDigester(options.algorithm))
                    return read_bytes(FileSource(path), context, ended.reason)
                if not ended.member or ended.member in skipped or len(skipped) >= DEATHS:
                    raise ArtifactUnreadable(ended.reason, where=path.name) from ended
                skipped[ended.member] = ended.reason

    def start(self) -> None:
        """Start the process, so that the first artifact need not wait for it.

        Raises:
            OSError: the system has no more processes or descriptors.
        """
        with self._lock:
            self._forget_ended()
            self._running()

    def ask(
        self, path: Path, options: ReadOptions = DEFAULT_OPTIONS, *, limits: ReadingLimits | None = None
    ) -> None:
        """Let a file be read while nobody waits for it.

        `read` takes what came of it if the file is the same by then, and reads it otherwise. What is
        not worth it (folders, large files, many files) or not possible is left to `read`.

        Args:
            path: of the file.
            options: as `read` will be given them.
            limits: likewise.
        """
        import msgspec

        bounds = limits or self.limits
        identity = identity_of(path)
        if identity is None or not self._lock.acquire(blocking=False):
            return
        try:
            self._forget_ended()
            if not self._ahead.full:
                request = self._request(path, options, bounds)
                send(self._running().requests, FrameKind.READ, msgspec.msgpack.encode(request))
                ahead = AheadRequest(path=path, identity=identity, request=request, limits=bounds)
                self._ahead.waiting.append(ahead)
        except BaseException as error:
            self.close()  # half a request may have been sent
            if not isinstance(error, OSError):
                raise
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the process, if there is one; the next artifact starts another."""
        with self._lock:
            self._ahead.clear()
            process, self._process = self._process, None
            if process is not None:
                process.end()

    def pieces(self, artifact: ReadRequest, leaf: int, digest: Digest, size: int) -> Iterator[bytearray]:
        """Yield a leaf's content, at most `size` bytes a time; the artifact is read again where it has to be.

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
                kind, body = self._exchange(*ask, limits)
            except ReaderEnded as ended:
                raise ArtifactUnreadable(ended.reason) from ended
            if kind is FrameKind.LAST:
                return
            if kind is not FrameKind.PIECE or len(body) > size:
                raise self._invalid_reply_error()
            yield body
            ask = (FrameKind.NEXT, stream.to_bytes(8, "big"))

    def _request(
        self, path: Path, options: ReadOptions, limits: ReadingLimits, skipped: Mapping[str, str] = NONE
    ) -> ReadRequest:
        return ReadRequest(
            number=next(self._numbers),
            path=os.fsencode(path.absolute()),
            options=options,
            memory=limits.memory,
            seconds=limits.seconds,
            skipped=tuple((to_text(name), to_text(reason)) for name, reason in skipped.items()),
        )

    def _read_ahead(self, path: Path, options: ReadOptions, limits: ReadingLimits) -> Tree | None:
        """Return the tree of a file that was asked for and is the same now; else it has to be read.

        A tree with a reason is not taken: without a step beside it, the file may be readable.
        """
        with self._lock:
            self._receive_replies()
            self._forget_ended()
            ahead, body = self._ahead.replies.pop(path, (None, bytearray()))
        if ahead is None or not ahead.answers(path, options, limits):
            return None
        try:
            tree = self._decoded(path, ahead.request, body)
        except ReaderEnded:
            return None
        return None if tree.reason else tree

    def _receive_replies(self) -> None:
        """Take the replies that are due, which come before that to any other request."""
        waiting = self._ahead.waiting
        while waiting and self._process is not None and self._process.owner == os.getpid():
            ahead = waiting.pop(0)
            try:
                kind, body = self._reply(self._process, ahead.limits)
            except ReaderEnded:
                self._ahead.clear()
                return
            if kind is FrameKind.TREE:
                self._ahead.replies[ahead.path] = (ahead, body)

    def _forget_ended(self) -> None:
        """Forget a process that ended while nothing was asked of it, say for lack of memory."""
        if self._process is not None and self._process.ended():
            self._process = None
            self._ahead.clear()

    def _tree(self, path: Path, request: ReadRequest, limits: ReadingLimits) -> Tree:
        import msgspec

        kind, body = self._exchange(FrameKind.READ, msgspec.msgpack.encode(request), limits)
        if kind is not FrameKind.TREE:
            raise self._invalid_reply()
        return self._decoded(path, request, body)

    def _decoded(self, path: Path, request: ReadRequest, body: bytearray) -> Tree:
        import msgspec

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

    def _exchange(self, kind: FrameKind, body: bytes, limits: ReadingLimits) -> tuple[FrameKind, bytearray]:
        """Send a request and return what is answered.

        Raises:
            ReaderEnded: the process ended, or had to be.
            ArtifactUnreadable, ExtensionError: it says so.
        """
        with self._lock:
            self._receive_replies()
            answer, reply = self._reply(self._running(), limits, kind, body)
        if answer is FrameKind.FAILED:
            raise failure_of(reply) or self._invalid_reply_error()
        return answer, reply

    def _reply(
        self, process: ReadingProcess, limits: ReadingLimits, kind: FrameKind | None = None, body: bytes = b""
    ) -> tuple[FrameKind, bytearray]:
        """Send a request, if one is given, and return what is answered next.

        Raises:
            ReaderEnded: the process ended, or had to be.
        """
        member = ""
        try:
            if kind is not None:
                send(process.requests, kind, body)
            deadline = time.monotonic() + limits.longest_wait
            answer, reply = receive(process.replies, deadline)
            while answer is FrameKind.ENTERED:
                member = reply.decode("utf-8", "surrogatepass")
                answer, reply = receive(process.replies, deadline)
        except (OSError, NoAnswer) as missing:
            late = isinstance(missing, NoAnswer) and missing.late
            self._process = None
            self._ahead.clear()
            status = process.end() if late else process.wait()
            reason = explain(status, late=late, seconds=limits.seconds)
            raise ReaderEnded(reason, member) from None
        except ValueError:
            raise self._invalid_reply() from None
        except BaseException:
            # Stopped in the middle: what comes next on these pipes would answer another question.
            self.close()
            raise
        return answer, reply

    def _running(self) -> ReadingProcess:
        process = self._process
        if process is None or process.owner != os.getpid():
            self._ahead.clear()
            process = start_process() if self.fork is None else start_process(fork=self.fork)
            self._process = process
        return process

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
