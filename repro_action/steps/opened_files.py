# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH118 -- paths are texts here: they may hold any byte, and are many
"""Sees which files of a folder are read while a command runs, whatever program reads them.

Linux's inotify tells of files that are opened by any process, C code included; elsewhere nothing is seen.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from ctypes import CDLL
from threading import Thread
from types import TracebackType
from typing import Self

_READ = 0x1 | 0x10  # IN_ACCESS, IN_CLOSE_NOWRITE
_IS_FOLDER = 0x40000000
_OVERFLOW = 0x4000
_ONLY_FOLDER = 0x01000000
_EVENT = struct.Struct("iIII")
_BUFFER = 1 << 16
MAX_FOLDERS = 8_000
"""Watches that one user may have by default."""
MAX_FILES = 20_000


class OpenedFiles:
    """Watches a folder while it is entered as a context.

    Attributes:
        read: files that were read, relative with `/`; those in folders made meanwhile are left out.
        complete: False where not all could be watched.
    """

    def __init__(self, root: str, skips: Callable[[str, str], bool]) -> None:
        """Prepare.

        Args:
            root: absolute path of the folder.
            skips: says of a folder, by the path around it and its name, that it is not looked at.
        """
        self.root = root
        self.read: set[str] = set()
        self.complete = sys.platform == "linux"
        self._skips = skips
        self._folders: dict[int, str] = {}
        self._handle = -1
        self._thread: Thread | None = None
        self._libc: CDLL | None = None
        self._ended = False

    def __enter__(self) -> Self:
        if not self.complete:
            return self
        try:
            self._libc = CDLL(None, use_errno=True)
            self._handle = self._libc.inotify_init1(os.O_CLOEXEC)
        except (OSError, AttributeError):
            self._handle = -1
        if self._handle < 0:
            self.complete = False
            return self
        self._watch_all()
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is None:
            return
        # The folder itself is opened last, so that what was read before has been heard by then.
        self._ended = True
        with suppress(OSError):
            os.close(os.open(self.root, os.O_RDONLY))
        self._thread.join(timeout=10)
        os.close(self._handle)

    def _watch_all(self) -> None:
        pending = [""]
        while pending and self._libc is not None:
            here = pending.pop()
            if len(self._folders) >= MAX_FOLDERS:
                self.complete = False
                return
            place = os.path.join(self.root, here)
            number = self._libc.inotify_add_watch(self._handle, os.fsencode(place), _READ | _ONLY_FOLDER)
            if number < 0:
                self.complete = False
                continue
            self._folders[number] = here
            with suppress(OSError), os.scandir(place) as entries:
                pending += [
                    os.path.join(here, entry.name)
                    for entry in entries
                    if entry.is_dir(follow_symlinks=False) and not self._skips(place, entry.name)
                ]

    def _listen(self) -> None:
        while True:
            try:
                data = os.read(self._handle, _BUFFER)
            except OSError:
                return
            for number, mask, name in _events(data):
                self._hear(number, mask, name)
                if self._ended and mask & _IS_FOLDER and not name and self._folders.get(number) == "":
                    return

    def _hear(self, number: int, mask: int, name: str) -> None:
        if mask & _OVERFLOW:
            self.complete = False
        folder = self._folders.get(number)
        if folder is None or not name:
            return
        if mask & _READ and not mask & _IS_FOLDER and len(self.read) < MAX_FILES:
            self.read.add(os.path.join(folder, name))


def _events(data: bytes) -> Iterator[tuple[int, int, str]]:
    at = 0
    while at + _EVENT.size <= len(data):
        number, mask, _, length = _EVENT.unpack_from(data, at)
        start = at + _EVENT.size
        yield number, mask, os.fsdecode(data[start : start + length].rstrip(b"\0"))
        at = start + length
