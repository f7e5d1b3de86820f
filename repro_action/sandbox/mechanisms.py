# SPDX-License-Identifier: Apache-2.0
"""The mechanisms of enclosing a process: each turns a layout into a command prefix."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from repro_action.errors import StepError
from repro_action.sandbox.layout import EnclosureLayout

# Imported rather than run, so that its byte code is cached.
_START = "import sys; sys.path.append(sys.argv[1]); import enter; enter.main(sys.argv[2], sys.argv[3:])"
_BWRAP_KINDS = {"read": "--ro-bind", "write": "--bind", "device": "--dev-bind", "link": "--symlink"}


class Mechanism(Protocol):
    """One mechanism of enclosing a process."""

    @property
    def name(self) -> str:
        """Its name in reports."""

    def missing(self) -> str:
        """Return why it cannot be used here; empty where it can."""

    def command(self, layout: EnclosureLayout) -> tuple[str, ...]:
        """Return the command that a program and its arguments are appended to.

        Raises:
            StepError: it cannot be prepared.
        """


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Namespaces of the kernel, entered by `repro_action.sandbox.enter`."""

    name: str = "namespaces"

    def missing(self) -> str:
        """Return why it cannot be used here."""
        return "" if sys.platform == "linux" else "user namespaces exist on Linux only"

    def command(self, layout: EnclosureLayout) -> tuple[str, ...]:
        """Write the specification beside the new root, and return the command."""
        fields = [str(layout.base), str(layout.folder), "network" if layout.network else ""]
        for mount in layout.mounts:
            fields += [mount.kind, mount.source, mount.target]
        file = layout.base.with_name("specification")
        try:
            file.write_bytes(b"\0".join(map(os.fsencode, fields)))
        except OSError as error:
            raise StepError(
                f"the sandbox cannot be prepared: {error.strerror}",
                where=str(file),
                remedy="Check for a full disk, or a folder that is not writable.",
            ) from error
        return (sys.executable, "-I", "-S", "-c", _START, str(Path(__file__).parent), str(file))


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """The program `bwrap`, which some systems allow what they forbid to others (AppArmor).

    It waits beside the step: what a signal ended has the status 128 + its number.

    Attributes:
        path: where to look for it, as in PATH.
    """

    path: str | None = None
    name: str = "bubblewrap"

    def missing(self) -> str:
        """Return why it cannot be used here."""
        return "" if self._program() else "bubblewrap is not installed"

    def command(self, layout: EnclosureLayout) -> tuple[str, ...]:
        """Return the command."""
        shape = ["--unshare-user", *([] if layout.network else ["--unshare-net"])]
        if layout.mounts:
            shape += ["--dev", "/dev"]
            for mount in layout.mounts:
                shape += [_BWRAP_KINDS[mount.kind], mount.source, mount.target]
            shape += ["--remount-ro", "/"]
        else:
            shape += ["--dev-bind", "/", "/"]
        return (self._program(), *shape, "--chdir", str(layout.folder), "--")

    def _program(self) -> str:
        return shutil.which("bwrap", path=self.path) or ""
