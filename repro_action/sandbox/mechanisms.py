# SPDX-License-Identifier: Apache-2.0
"""The mechanisms of enclosing a process: each turns a layout into a command prefix."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from repro_action.errors import StepError
from repro_action.launch.commands import enclosure
from repro_action.launch.privileges import KEPT_CAPABILITIES, filter_program
from repro_action.sandbox.layout import EnclosureLayout, Mount
from repro_action.steps.record import StepRequest

_BWRAP_KINDS = {"read": "--ro-bind", "write": "--bind", "device": "--dev-bind", "link": "--symlink"}
_FILTER_DESCRIPTOR = "9"
# The filter of system calls is read from a descriptor, which a shell can open for a program.
_WITH_FILTER = ("/bin/sh", "-c", f'exec "$@" {_FILTER_DESCRIPTOR}<"$0"')


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

    def enclosed(self, request: StepRequest, layout: EnclosureLayout) -> StepRequest:
        """Return the request of a step that this encloses.

        Raises:
            StepError: it cannot be prepared.
        """


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Namespaces of the kernel, entered by `repro_action.launch.enter`.

    Attributes:
        processes: whether a step has process numbers of its own, and sees no other processes;
            many containers forbid that.
    """

    processes: bool = True
    name: str = "namespaces"

    def missing(self) -> str:
        """Return why it cannot be used here."""
        return "" if sys.platform == "linux" else "user namespaces exist on Linux only"

    def command(self, layout: EnclosureLayout) -> tuple[str, ...]:
        """Write the specification beside the new root, and return the command."""
        return enclosure(self._specification(layout))

    def enclosed(self, request: StepRequest, layout: EnclosureLayout) -> StepRequest:
        """Write the specification, which the step's own process follows: no program is started for it."""
        return replace(request, enclosure=self._specification(layout))

    def _specification(self, layout: EnclosureLayout) -> str:
        options = [
            *(["network"] if layout.network else []),
            *(["machine"] if layout.machine else []),
            *([] if self.processes else ["processes"]),
            *([] if layout.shared_memory is None else [f"shm={layout.shared_memory}"]),
            *([f"host={layout.host}"] if layout.host else []),
        ]
        fields = [str(layout.base), str(layout.folder), " ".join(options)]
        for mount in _mounts(layout, processes=self.processes):
            fields += [mount.kind, mount.source, mount.target]
        return _write(layout, "specification", b"\0".join(map(os.fsencode, fields)))


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """The program `bwrap`, which some systems allow what they forbid to others (AppArmor).

    What a signal ended has the status 128 + its number.

    Attributes:
        path: where to look for it, as in PATH.
        processes: as of `Namespaces`.
    """

    path: str | None = None
    processes: bool = True
    name: str = "bubblewrap"

    def missing(self) -> str:
        """Return why it cannot be used here."""
        return "" if self._program() else "bubblewrap is not installed"

    def command(self, layout: EnclosureLayout) -> tuple[str, ...]:
        """Return the command."""
        shape = ["--unshare-user", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--new-session"]
        shape += [] if layout.network else ["--unshare-net"]
        shape += ["--unshare-pid"] if self.processes else []
        shape += ["--hostname", layout.host] if layout.host else []
        shape += ["--cap-drop", "ALL"]
        if os.geteuid() == 0:
            shape += [word for name in KEPT_CAPABILITIES for word in ("--cap-add", name)]
        shape += ["--dev-bind", "/", "/"] if layout.machine else _bwrap_devices(layout)
        for mount in _mounts(layout, processes=self.processes):
            match mount.kind:
                case "proc":
                    shape += ["--proc", mount.target]
                case "mask" if Path(mount.source or mount.target).is_dir():
                    shape += ["--tmpfs", mount.target, "--remount-ro", mount.target]
                case "mask":
                    shape += ["--ro-bind", os.devnull, mount.target]
                case kind:
                    shape += [_BWRAP_KINDS[kind], mount.source, mount.target]
        # Its process number 1 has the rights of the step: what could stop or change it is closed.
        shape += ["--ro-bind", os.devnull, "/proc/1/mem"] if self.processes else []
        shape += [] if layout.machine else ["--remount-ro", "/dev", "--remount-ro", "/"]
        shape += ["--chdir", str(layout.folder)]
        program = filter_program(os.uname().machine)
        if not program:
            return (self._program(), *shape, "--")
        file = _write(layout, "filter", program)
        return (*_WITH_FILTER, file, self._program(), "--seccomp", _FILTER_DESCRIPTOR, *shape, "--")

    def enclosed(self, request: StepRequest, layout: EnclosureLayout) -> StepRequest:
        """Return the request with the command before its own."""
        return replace(request, prefix=(*self.command(layout), *request.prefix))

    def _program(self) -> str:
        return shutil.which("bwrap", path=self.path) or ""


def _bwrap_devices(layout: EnclosureLayout) -> list[str]:
    size = [] if layout.shared_memory is None else ["--size", str(layout.shared_memory)]
    return ["--dev", "/dev", *size, "--tmpfs", "/dev/shm"]  # noqa: S108  # the step's own


def _mounts(layout: EnclosureLayout, *, processes: bool) -> Iterator[Mount]:
    """Yield the mounts of a layout; without process numbers of its own, those of outside are shown."""
    for mount in layout.mounts:
        if mount.kind != "proc" or processes:
            yield mount
        elif not layout.machine:
            yield Mount(kind="write", source=mount.target, target=mount.target)


def _write(layout: EnclosureLayout, name: str, content: bytes) -> str:
    """Write a file beside the new root; return its path."""
    file = layout.base.with_name(name)
    try:
        file.write_bytes(content)
    except OSError as error:
        raise StepError(
            f"the sandbox cannot be prepared: {error.strerror}",
            where=str(file),
            remedy="Check for a full disk, or a folder that is not writable.",
        ) from error
    return str(file)
