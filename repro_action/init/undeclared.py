# SPDX-License-Identifier: Apache-2.0
"""Reads of files that no step declares, from `.repro/cache/` while no file that was looked at changed.

Parsing the sources takes longer than all else that `status` does.
"""

from __future__ import annotations

import json
import stat
import sys
import time
from dataclasses import astuple, dataclass, field
from pathlib import Path

from repro_action import __version__
from repro_action.config.model import Config
from repro_action.config.validation_cache import read_cache, write_cache
from repro_action.data.signature import settled, signature

_NAME = "undeclared.json"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class UndeclaredRead:
    """One read of a file that no step declares; paths are relative to the project.

    Attributes:
        file: the source.
        line: from 1.
        path: what is read there.
    """

    file: str
    line: int
    path: str


def undeclared_reads(config: Config) -> tuple[UndeclaredRead, ...]:
    """Return reads of files that are there and that no step declares, sorted.

    Inputs, params, outputs and pinned data of all steps count as declared.
    """
    seen = SeenFiles(root=config.root)
    # Time of change and inode of the configuration: no cache that came with a checkout has them.
    key = [__version__, sys.version, seen.state(config.path.name)]
    cached = _cached(config, key)
    if cached is not None:
        return cached
    from repro_action.init.source_reads import source_reads

    reads = source_reads(config, seen)
    if seen.settled and seen.is_file(config.path.name):
        text = json.dumps({"key": key, "seen": seen.states, "reads": [astuple(read) for read in reads]})
        write_cache(config.state, _NAME, text)
    return reads


def read_sentence(read: UndeclaredRead) -> str:
    """Return a finding as a sentence without a full stop."""
    return f"{read.file}:{read.line} reads {read.path}, which is in no inputs"


@dataclass(slots=True, kw_only=True)
class SeenFiles:
    """What a project has at the paths that were asked for.

    Attributes:
        states: path → `file SIGNATURE`, `folder`, or nothing where neither is there.
        settled: whether a later change of any of them is bound to show.
    """

    root: Path
    states: dict[str, str] = field(default_factory=dict)
    settled: bool = True
    began: int = field(default_factory=time.time_ns)

    def state(self, path: str) -> str:
        """Return what is at a path."""
        if path not in self.states:
            self.states[path] = self._look(path)
        return self.states[path]

    def is_file(self, path: str) -> bool:
        """Whether a file is there."""
        return self.state(path).startswith("file")

    def is_folder(self, path: str) -> bool:
        """Whether a folder is there."""
        return self.state(path) == "folder"

    def _look(self, path: str) -> str:
        try:
            status = (self.root / path).stat()
        except (OSError, ValueError):  # ValueError: a path that cannot be one
            return ""
        if stat.S_ISDIR(status.st_mode):
            return "folder"
        self.settled &= settled(status, self.began)
        return f"file {signature(status).decode('ascii')}" if stat.S_ISREG(status.st_mode) else ""


def _cached(config: Config, key: list[str]) -> tuple[UndeclaredRead, ...] | None:
    """Return what was found last, if all that was looked at then is as it was."""
    try:
        found = json.loads(read_cache(config.state, _NAME))
        if found["key"] != key:
            return None
        seen = SeenFiles(root=config.root)
        if any(seen.state(path) != state for path, state in found["seen"].items()):
            return None
        return tuple(
            UndeclaredRead(file=str(file), line=int(line), path=str(path))
            for file, line, path in found["reads"]
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
