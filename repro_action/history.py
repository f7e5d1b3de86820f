# SPDX-License-Identifier: Apache-2.0
"""What git remembers: files as they were at a revision. Only reads; never runs hooks or filters."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from repro_action.errors import ReproError

_TIMEOUT = 30.0
VERSIONS = 20


class HistoryError(ReproError):
    """A revision cannot be read."""


@dataclass(frozen=True, slots=True)
class History:
    """Reads files of a project from git, by path relative to the project's root."""

    root: Path

    def _git(self, *arguments: str) -> bytes | None:
        import subprocess

        # A repository can name programs to run in its own configuration; none is needed to read objects.
        command = ["git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", *arguments]
        environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        try:
            done = subprocess.run(
                command, cwd=self.root, env=environment, capture_output=True, timeout=_TIMEOUT, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout if done.returncode == 0 else None

    def commit(self, revision: str) -> str | None:
        """Return the full hash that a revision names, or None."""
        if not revision or revision.startswith("-"):
            return None
        found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        # git before 2.30 echoes the option back.
        return found.decode().split()[-1] if found else None

    def read(self, revision: str, path: str) -> bytes | None:
        """Return a file's bytes at a revision; None where either does not exist."""
        commit = self.commit(revision)
        if commit is None:
            return None
        return self._git("cat-file", "blob", f"{commit}:./{path}")

    def require_revision(self, revision: str) -> str:
        """Return the full hash that a revision names.

        Raises:
            HistoryError: git does not know it.
        """
        commit = self.commit(revision)
        if commit is None:
            raise HistoryError(
                f"git knows no revision {revision[:80]!r}",
                why="Shallow clones hold one commit only.",
                cure="Fetch it: `git fetch origin REVISION`, or `fetch-depth: 0` in actions/checkout.",
            )
        return commit

    def versions(self, path: str, /) -> Iterator[bytes]:
        """Yield earlier contents of a file, the newest first, at most `VERSIONS`."""
        found = self._git("log", f"-{VERSIONS}", "--format=%H", "--", path)
        for commit in found.decode().split() if found else ():
            data = self._git("cat-file", "blob", f"{commit}:./{path}")
            if data is not None:
                yield data

    def last_change(self, path: str) -> str | None:
        """Return the commit that last changed a file, or None."""
        found = self._git("log", "-1", "--format=%H", "--", path)
        text = found.decode().strip() if found else ""
        return text or None

    def is_ignored(self, path: str) -> bool:
        """Whether git ignores a path."""
        return self._git("check-ignore", "--quiet", "--", path) is not None

    def is_tracked(self, path: str) -> bool:
        """Whether git tracks a path."""
        return self._git("ls-files", "--error-unmatch", "--", path) is not None

    @property
    def inside(self) -> bool:
        """Whether the project lies in a git repository."""
        return self._git("rev-parse", "--git-dir") is not None
