# SPDX-License-Identifier: Apache-2.0
"""Contents of many files of git, by one process and in pieces."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from repro_action.git_command import git_command, git_variables
from repro_action.history import HistoryError

SECONDS = 600.0
"""After which git is given up; in a partial clone it fetches what it prints."""

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class BlobReader:
    """Contents by one process of git.

    Attributes:
        questions: its standard input.
        answers: its standard output.
    """

    questions: IO[bytes]
    answers: IO[bytes]

    def content(self, blob: str, size: int) -> Iterator[bytes]:
        """Yield a blob in pieces, so that its size costs no memory.

        Args:
            blob: git's digest of it.
            size: in bytes, as git listed it.

        Raises:
            HistoryError: git does not have it.
        """
        try:
            self.questions.write(f"{blob}\n".encode())
            self.questions.flush()
        except BrokenPipeError as error:
            raise _unread(blob) from error
        head = self.answers.readline().split()
        if head[1:] != [b"blob", b"%d" % size]:
            raise _unread(blob)
        remaining = size
        while remaining:
            part = self.answers.read(min(remaining, _CHUNK))
            if not part:
                raise _unread(blob)
            remaining -= len(part)
            yield part
        self.answers.read(1)


def _unread(blob: str) -> HistoryError:
    return HistoryError(
        f"git cannot read the object {blob[:12]}",
        why="A shallow, partial or damaged clone lacks it, or fetching it took too long.",
        remedy="Run `git fsck` to see why, or clone the repository again.",
    )


@contextmanager
def blob_reader(folder: Path) -> Iterator[BlobReader]:
    """Start a git that prints contents, which ends with the `with`; it runs no filter.

    Args:
        folder: of the repository.
    """
    process = subprocess.Popen(
        git_command("cat-file", "--batch"),
        cwd=folder,
        env=git_variables(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    late = threading.Timer(SECONDS, process.kill)
    late.daemon = True
    late.start()
    try:
        assert process.stdin is not None  # noqa: S101 - as it was asked for
        assert process.stdout is not None  # noqa: S101
        yield BlobReader(process.stdin, process.stdout)
    finally:
        late.cancel()
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
