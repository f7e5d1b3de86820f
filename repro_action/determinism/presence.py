# SPDX-License-Identifier: Apache-2.0
"""Which processes of a step started with the hook, over a pipe whose contents no step can take back."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

PIPE = "starts.pipe"
STARTS = "starts"
"""The file in which the lines are kept once no process of the step is left."""

_ROOM = 1 << 20
_SET_SIZE = 1031  # linux/fcntl.h: F_SETPIPE_SZ
_LINE = re.compile(r"([0-9]{1,10}-[0-9]{1,20}) ([0-9a-f]{32}) (program|worker)")
_LOST = "lost"
_OFF = frozenset("IES")
_WITH_VALUE = frozenset("WX")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedProcess:
    """One process that started with the hook.

    Attributes:
        name: of its report, without the suffix.
        digest: of the secret that its report shows.
        worker: whether a pool started it, which may end it at any time.
    """

    name: str
    digest: str
    worker: bool

    def is_of(self, seal: object) -> bool:
        """Whether a report shows the secret of this process."""
        if not isinstance(seal, str) or len(seal) > 100:
            return False
        return blake2b(seal.encode("utf-8", "replace"), digest_size=16).hexdigest() == self.digest


@dataclass(slots=True)
class ProcessListener:
    """Who listens to the processes of one step.

    Attributes:
        elsewhere: set where they run out of reach, and their reports are brought here.
    """

    elsewhere: bool = False


@contextmanager
def listening(folder: Path) -> Iterator[ProcessListener]:
    """Collect what processes say at their start, and keep it in the folder afterwards.

    Args:
        folder: of the hook's reports; exists.
    """
    pipe = folder / PIPE
    try:
        os.mkfifo(pipe, 0o600)
        pipe.chmod(0o622)  # inside a sandbox the step may have another user's number
        # Both ends, so that neither opening nor writing waits for the other; the pipe holds what comes.
        descriptor = os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # a file system without pipes
        yield ProcessListener()
        return
    listener = ProcessListener()
    try:
        room = _widen(descriptor)
        ours = os.fstat(descriptor)
        yield listener
        if listener.elsewhere:
            pipe.unlink(missing_ok=True)
            return
        received = _drain(descriptor)
        intact = _is_same(pipe, ours) and len(received) < room - 512
        _keep(folder, received if intact else received + f"{_LOST}\n".encode())
    finally:
        os.close(descriptor)


def read_starts(folder: Path) -> tuple[tuple[StartedProcess, ...], bool] | None:
    """Return the processes that started, and whether all could say so; None where nobody listened."""
    try:
        descriptor = os.open(folder / STARTS, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            lines = file.read(2 * _ROOM).decode("ascii", "replace").splitlines()
    except OSError:
        return None
    matches = [(line, _LINE.fullmatch(line)) for line in lines]
    starts = [
        StartedProcess(name=match[1], digest=match[2], worker=match[3] == "worker")
        for _, match in matches
        if match
    ]
    # A name that is said twice: the first is that of the process, as the second follows from its report.
    first = {start.name: start for start in reversed(starts)}
    return tuple(first[name] for name in dict.fromkeys(start.name for start in starts)), all(
        match for _, match in matches
    )


def switched_off(run: Sequence[str]) -> bool:
    """Whether a command starts Python with options that leave the hook out (`-I`, `-E`, `-S`)."""
    for word in run[1:]:
        if not word.startswith("-") or word.startswith("--") or word in ("-", "-c", "-m"):
            return False
        letters = word[1:]
        for letter in letters:
            if letter in _OFF:
                return True
            if letter in "cm" or letter in _WITH_VALUE:
                break
    return False


def _widen(descriptor: int) -> int:
    import fcntl

    with suppress(OSError):
        return fcntl.fcntl(descriptor, _SET_SIZE, _ROOM)
    return 1 << 16 if hasattr(fcntl, "F_GETPIPE_SZ") else 1 << 13


def _drain(descriptor: int) -> bytes:
    parts: list[bytes] = []
    with suppress(BlockingIOError):
        while part := os.read(descriptor, _ROOM):
            parts.append(part)
            if len(parts) > 64:
                break
    return b"".join(parts)


def _is_same(path: Path, opened: os.stat_result) -> bool:
    try:
        now = path.lstat()
    except OSError:
        return False
    return (now.st_dev, now.st_ino) == (opened.st_dev, opened.st_ino)


def _keep(folder: Path, received: bytes) -> None:
    for name in (PIPE, STARTS):
        with suppress(OSError):
            (folder / name).unlink(missing_ok=True)
    descriptor = os.open(folder / STARTS, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(received)
