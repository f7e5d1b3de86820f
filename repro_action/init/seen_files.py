# SPDX-License-Identifier: Apache-2.0
"""What a search for undeclared reads looked at."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from repro_action.data.signature import settled, signature


class SeenFiles:
    """What a project has at the paths that were asked for.

    Attributes:
        states: path → `file SIGNATURE`, `folder`, or nothing where neither is there.
        settled: whether a later change of any of them is bound to show.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._place = os.fspath(root)
        self.states: dict[str, str] = {}
        self.settled = True
        self._began = time.time_ns()

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
            status = os.stat(os.path.join(self._place, path))  # noqa: PTH116, PTH118  # of hundreds in `status`
        except (OSError, ValueError):  # ValueError: a path that cannot be one
            return ""
        if stat.S_ISDIR(status.st_mode):
            return "folder"
        self.settled &= settled(status, self._began)
        return f"file {signature(status).decode('ascii')}" if stat.S_ISREG(status.st_mode) else ""
