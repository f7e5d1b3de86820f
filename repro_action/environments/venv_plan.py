# SPDX-License-Identifier: Apache-2.0
"""Which virtual environment a lock file asks for, where it is, and whether it is complete."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.environments.lock import LockFile
from repro_action.errors import ConfigError, EnvironmentUnavailable
from repro_action.interpreter.inspect import Inspection, inspect


@dataclass(frozen=True, slots=True, kw_only=True)
class VenvPlan:
    """Which environment is wanted, and where it is.

    Attributes:
        lock: what is installed in it.
        base: the interpreter that it is made with.
        cache: of all environments.
        folder: of this one.
        environ: the caller's variables.
        source_builds: whether packages may be built from source.
    """

    lock: LockFile
    base: Inspection
    cache: Path
    folder: Path
    environ: Mapping[str, str]
    source_builds: bool

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def marker(self) -> Path:
        """The file that holds the digest of a complete environment."""
        return self.folder / ".complete"

    def inspect(self) -> Inspection | None:
        """Return what was built, if it is whole and as it was when it was built."""
        try:
            promised = self.marker.read_text(encoding="ascii").strip()
            seen = self.inspect_folder()
        except (OSError, UnicodeDecodeError, EnvironmentUnavailable, ConfigError):
            return None
        return seen if str(seen.digest) == promised else None

    def inspect_folder(self) -> Inspection:
        """Return what is in its folder, whether or not it is complete.

        Raises:
            EnvironmentUnavailable: there is no interpreter, or it does not work.
        """
        # A wheel can bring a script called `python`: nothing that was installed is run here.
        return inspect(
            self.python, self.cache, untrusted=(os.path.realpath(self.folder),), where="environment.lock"
        )
