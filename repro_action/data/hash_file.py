# SPDX-License-Identifier: Apache-2.0
"""Digests of files: streamed through two small buffers, with every core where BLAKE3 can use them."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro_action.data.signature import settled, shown, signature, unreadable
from repro_action.digest import Digest, Hasher, new_hasher
from repro_action.errors import PinError

if TYPE_CHECKING:
    from queue import SimpleQueue

    from repro_action.data.stat_cache import StatCache

_BUFFER = 4 << 20
"""Bytes of each of the two buffers: they stay in the processor's cache, and each half feeds every core."""

_SMALL = 256 << 10
"""Bytes up to which a file is read at once; more cores or a second thread would not pay."""

# A FIFO must not block the open; anything but a regular file is refused right after it.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY

AnyPath = bytes | str | os.PathLike[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """What reading one file gave.

    Attributes:
        value: lower-case hexadecimal digits.
        signature: of the file while it was read.
        settled: whether the signature proves from now on that the content is the same.
    """

    value: str
    signature: bytes
    settled: bool


def digest_file(path: AnyPath, algorithm: str, cache: StatCache | None = None) -> Digest:
    """Return the digest of a file's bytes; a symbolic link is followed.

    Args:
        path: the file.
        algorithm: `blake3`, `sha256` or `md5`.
        cache: spares reading a file whose signature it knows.

    Raises:
        PinError: it cannot be read, is not a regular file, or changes while it is read.
    """
    return Digest(algorithm, hash_file(path, algorithm, cache).value)


def hash_file(path: AnyPath, algorithm: str, cache: StatCache | None = None) -> FileDigest:
    """Like `digest_file`, and say what the file system said about the file.

    Raises:
        PinError: as `digest_file`.
    """
    # NOTE: stat comes first, since the mere opening of a device may do something.
    try:
        status = os.stat(path)  # noqa: PTH116 - paths may be bytes
    except OSError as error:
        raise unreadable(path, error) from error
    _require_regular(path, status)
    if cache is not None:
        cached = cache.file(os.fsencode(path), algorithm)
        if cached is not None and cached[0] == signature(status):
            return FileDigest(value=cached[1], signature=cached[0], settled=True)
    hashed = read_file(path, algorithm)
    if cache is not None and hashed.settled:
        cache.keep_file(os.fsencode(path), algorithm, hashed.signature, hashed.value)
    return hashed


def read_file(path: AnyPath, algorithm: str) -> FileDigest:
    """Read and digest a file, whatever a cache knows.

    Raises:
        PinError: as `digest_file`.
    """
    now = time.time_ns()
    try:
        descriptor = os.open(path, _FLAGS)
        try:
            before = os.fstat(descriptor)
            _require_regular(path, before)
            value = _digest(descriptor, before.st_size, algorithm)
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise unreadable(path, error) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise PinError(
            f"{shown(path)} changed while it was read",
            remedy="Wait until the program that writes it has finished, then run again.",
        )
    after_signature = signature(after)
    return FileDigest(
        value=value,
        signature=after_signature,
        settled=after_signature == signature(before) and settled(before, now),
    )


def _require_regular(path: AnyPath, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise PinError(
            f"{shown(path)} is {kind(status.st_mode)}, not a file",
            why="Only the bytes of regular files can be pinned.",
        )


def kind(mode: int) -> str:
    """Name what a file mode stands for, for people."""
    names = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
        stat.S_IFREG: "a file",
    }
    return names.get(stat.S_IFMT(mode), "something unknown")


def _digest(descriptor: int, size: int, algorithm: str) -> str:
    hasher = new_hasher(algorithm, parallel=size > _SMALL)
    if size <= _SMALL:
        # A file that grew while it was read, or one of /proc that claims to be empty, is read to its end.
        while data := os.read(descriptor, _SMALL + 1):
            hasher.update(data)
            if len(data) == size:
                break
        return hasher.hexdigest()
    if algorithm == "blake3":
        return _digest_in_parallel(descriptor, hasher)
    with io.FileIO(descriptor, closefd=False) as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def _digest_in_parallel(descriptor: int, hasher: Hasher) -> str:
    """Digest one buffer on all cores while a thread fills the other.

    A memory map would be a little faster, but a file that shrinks while it is read kills the process.
    """
    from queue import SimpleQueue
    from threading import Thread

    free: SimpleQueue[memoryview | None] = SimpleQueue()
    filled: SimpleQueue[memoryview | OSError | None] = SimpleQueue()
    for _ in range(2):
        free.put(memoryview(bytearray(_BUFFER)))
    reader = Thread(target=_fill, args=(descriptor, free, filled), daemon=True)
    reader.start()
    try:
        while (part := filled.get()) is not None:
            if isinstance(part, OSError):
                raise part
            hasher.update(part)
            # The slice may be shorter than the buffer that it belongs to.
            free.put(memoryview(part.obj))
    finally:
        free.put(None)
        reader.join()
    return hasher.hexdigest()


def _fill(
    descriptor: int,
    free: SimpleQueue[memoryview | None],
    filled: SimpleQueue[memoryview | OSError | None],
) -> None:
    while (buffer := free.get()) is not None:
        try:
            count = os.readv(descriptor, [buffer])
        except OSError as error:
            filled.put(error)
            return
        filled.put(buffer[:count] if count else None)
        if not count:
            return
