# SPDX-License-Identifier: Apache-2.0
"""The process that all reading of this one shares; see `repro_action.reading.reader.ArtifactReader`."""

from __future__ import annotations

import atexit
import functools
from pathlib import Path

from repro_action.readers.protocol import DEFAULT_OPTIONS, ReadOptions
from repro_action.reading.limits import ReadingLimits
from repro_action.reading.reader import ArtifactReader
from repro_action.tree import Tree


@functools.cache
def _shared() -> ArtifactReader:
    reader = ArtifactReader()
    atexit.register(reader.close)
    return reader


def start() -> None:
    """Start it, so that the first artifact need not wait for it.

    Raises:
        OSError: the system has no more processes or descriptors.
    """
    _shared().start()


def ask(path: Path, options: ReadOptions = DEFAULT_OPTIONS, *, limits: ReadingLimits | None = None) -> None:
    """Let a file be read while nobody waits for it; see `ArtifactReader.ask`."""
    _shared().ask(path, options, limits=limits)


def read(path: Path, options: ReadOptions = DEFAULT_OPTIONS, *, limits: ReadingLimits | None = None) -> Tree:
    """Read one file or folder; see `ArtifactReader.read`."""
    return _shared().read(path, options, limits=limits)


def close() -> None:
    """End it, if it runs; the next artifact starts another."""
    _shared().close()
