# SPDX-License-Identifier: Apache-2.0
"""A reader that does what a file says, as one might that a file has taken over."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from repro_action.errors import ExtensionError
from repro_action.readers import foreign
from repro_action.readers.arrays import text_leaf
from repro_action.readers.protocol import ReadContext, Source
from repro_action.reading import ArtifactReader, ReadingLimits
from repro_action.reading.messages import FrameKind
from repro_action.tree import Leaf, Tree

MARK = b"\0\1does: "
"""Start of the files whose reader does what follows it."""


@dataclass
class Acting:
    """A reader of another package that does what a file says, as a bug in a reader might."""

    version = "1"

    def recognizes(self, source: Source, head: bytes) -> bool:
        del source
        return head.startswith(MARK)

    def read(self, source: Source, context: ReadContext) -> Tree:
        with source.open() as file:
            word = file.read().removeprefix(MARK).decode()
        return Tree(format="acting", root=text_leaf(self.act(word), context))

    def act(self, word: str) -> str:
        match word.split():
            case ["spin"]:
                while True:
                    pass
            case ["sleep"]:
                signal.pause()
            case ["fill"]:
                return str(len(bytearray(1 << 30)))
            case ["kill", number]:
                os.kill(os.getpid(), int(number))
            case ["leave"]:
                os._exit(3)
            case ["lie"]:
                os.write(_replies(), FrameKind.TREE.value + (4).to_bytes(4, "little") + b"none")
            case ["write", path]:
                Path(path).write_text("x")
            case ["make", path]:
                Path(path).touch()
            case ["remove", path]:
                Path(path).unlink()
            case ["start"]:
                os.execv("/bin/true", ["true"])
            case ["connect", port]:
                socket.create_connection(("127.0.0.1", int(port)), timeout=5)
            case ["variable", name]:
                return os.environ.get(name, "none")
            case ["descriptors"]:
                return " ".join(sorted(os.listdir("/proc/self/fd")))  # noqa: PTH208
            case ["status"]:
                return Path("/proc/self/status").read_text()
            case ["largest"]:
                return str(resource.getrlimit(resource.RLIMIT_FSIZE)[0])
            case ["refuse"]:
                raise ExtensionError("it is not what it was")
        return "nothing"


def _replies() -> int:
    """Return the pipe for replies: the only one of the process that can be written to."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        with suppress(OSError):
            if int(name) > 2 and fcntl.fcntl(int(name), fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
                return int(name)
    raise AssertionError


@pytest.fixture
def acting(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = foreign.ForeignReader(name="acting/1", extension=Acting())
    monkeypatch.setattr(foreign, "foreign_readers", lambda: (reader,))


@pytest.fixture
def reader(acting):
    made = ArtifactReader(limits=ReadingLimits(memory=256 << 20, seconds=0.3))
    yield made
    made.close()


def does(folder: Path, word: str, name: str = "a.does") -> Path:
    path = folder / name
    path.write_bytes(MARK + word.encode())
    return path


def text_of(tree: Tree) -> str:
    assert isinstance(tree.root, Leaf)
    assert tree.root.payload is not None
    return b"".join(tree.root.payload.chunks(1 << 16)).decode()
