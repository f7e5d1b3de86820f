# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH116, PTH208 -- names are texts here, relative to an open folder: they may hold any byte, and are many
"""Holds a step to its declared outputs: what it wrote itself, in this run, and nothing that leads elsewhere.

Every output is opened from the project's folder downwards, one name at a time, and no symbolic
link is followed on the way. What could stand for a training that repro did not see is refused
by name: a link, a second name of another file, a device, a file that is older than the step.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from repro_action.config.model import Step
from repro_action.errors import StepError
from repro_action.paths.names import shown
from repro_action.paths.patterns import within

MARGIN = 2.0
"""Seconds that a file may be older than the step's log: the clock for files is coarse, and may be slewed."""
MAX_LINKS = 40
"""Symbolic links that one path may lead through; the kernel's own bound."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without permission to read: a step may write what it must not read again.
_GLANCE = getattr(os, "O_PATH", os.O_RDONLY) | os.O_NOFOLLOW | os.O_CLOEXEC
_EMPTY_PATH, _BTIME = 0x1000, 0x800  # AT_EMPTY_PATH of linux/fcntl.h, STATX_BTIME of linux/stat.h


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStart:
    """When a step started, by the clock of the file system.

    Attributes:
        device: of the file system that the step's log is on.
        born: when the log was created: seconds since the epoch; None where that is unknown.
        wall: `time.time()` then.
        steady: `time.monotonic()` then.
    """

    device: int
    born: float | None
    wall: float
    steady: float

    @classmethod
    def now(cls, log: Path) -> StepStart:
        """Take the time, with a log that has just been created."""
        return cls(device=log.stat().st_dev, born=born(log), wall=time.time(), steady=time.monotonic())

    def earliest(self, device: int) -> float:
        """Return the time before which no output of the step can have been created.

        Where the clock was set during the step, no file is too old: nothing can be said then.

        Args:
            device: of the file system that the output is on.
        """
        if abs((time.time() - self.wall) - (time.monotonic() - self.steady)) > MARGIN / 2:
            return float("-inf")
        start = self.born if self.born is not None and device == self.device else self.wall
        return start - MARGIN


def check_outputs(step: Step, root: Path, since: StepStart | None = None) -> None:
    """Hold a step to its declared outputs.

    Each must be a regular file, or a folder of regular files and folders. Inside an output
    that is a folder, a symbolic link is kept as a link, if its text is relative and leads,
    without leaving the output, to something in it; and files may have several names, if all
    of them are in outputs of the step.

    Args:
        step: with cleaned paths.
        root: folder that the outputs are in.
        since: start of the step; None where they were not written by a command.

    Raises:
        StepError: one is missing, of another kind, leads elsewhere, or was not written by the step.
    """
    several: dict[tuple[int, int], tuple[list[str], int]] = {}
    for output in _outermost(step.outputs):
        with _opened(root, output, step) as parent:
            _Check(step=step, output=output, parent=parent, since=since, several=several).walk()
    for output in step.outputs:
        if not os.path.lexists(root / output):
            raise missing(step, output)
    for names, number in several.values():
        if len(names) < number:
            raise _refused(
                step,
                min(names),
                "is a hard link",
                "Its other names are outside the outputs: another file could have been linked there.",
            )


def place_output(step: Step, output: str, root: Path, file: Path) -> None:
    """Move a file of repro's own to where an output belongs, following no link that the step left there.

    Args:
        step: that it is an output of.
        output: relative to the project.
        root: the project.
        file: to move.

    Raises:
        StepError: the folder is gone, or something is in the file's place that is not a file.
    """
    with _opened(root, output, step) as folder, file.open("rb") as content:
        name = output.rsplit("/", 1)[-1]
        try:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(name, flags, 0o644, dir_fd=folder), "wb") as target:
                shutil.copyfileobj(content, target)
        except OSError as error:
            raise StepError(
                f"what step {shown(step.name)} prints cannot be written to {shown(output)}: {error.strerror}",
                why="The configuration names that file as `stdout` of the step.",
                remedy="Check for a full disk, or for a folder of that name that the step makes.",
            ) from error
    file.unlink()


def _outermost(outputs: tuple[str, ...]) -> list[str]:
    return [one for one in outputs if not any(one != other and within(one, other) for other in outputs)]


def born(path: Path | int) -> float | None:
    """Return when a file was created, in seconds since the epoch; None where nobody knows.

    Unlike the other times of a file no program can set it.
    """
    if sys.platform == "darwin":
        return float(os.stat(path).st_birthtime)
    import ctypes

    libc = ctypes.CDLL(None)
    if not hasattr(libc, "statx"):
        return None
    answer = ctypes.create_string_buffer(256)
    descriptor, name = (path, b"") if isinstance(path, int) else (-100, os.fsencode(path))
    if libc.statx(descriptor, name, _EMPTY_PATH, _BTIME, answer) != 0:
        return None
    mask = int.from_bytes(answer.raw[:4], sys.byteorder)
    seconds = int.from_bytes(answer.raw[80:88], sys.byteorder, signed=True)
    nanoseconds = int.from_bytes(answer.raw[88:92], sys.byteorder)
    return seconds + nanoseconds / 1e9 if mask & _BTIME else None


@contextmanager
def _opened(root: Path, output: str, step: Step) -> Iterator[int]:
    """Open the folder that an output is in, from the project's folder downwards."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in output.split("/")[:-1]:
            try:
                inner = os.open(name, _FOLDER, dir_fd=folder)
            except FileNotFoundError:
                raise missing(step, output) from None
            except OSError as error:
                raise _refused(
                    step,
                    output,
                    f"leads through {shown(name)}, which is a symbolic link or not a folder",
                    "A link above an output could lead to files that the step did not write.",
                ) from error
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def _disk(folder: int) -> int:
    """Return the bytes of the file system that an open folder is on."""
    found = os.fstatvfs(folder)
    return found.f_blocks * found.f_frsize


@dataclass(slots=True, kw_only=True)
class _Check:
    """The check of one output.

    Attributes:
        step: the step.
        output: path of the output, relative to the project.
        parent: descriptor of the folder that it is in.
        since: start of the step; None where no command wrote it.
        several: (device, inode) of files that have several names → the names seen, and how many there are.
    """

    step: Step
    output: str
    parent: int
    since: StepStart | None
    several: dict[tuple[int, int], tuple[list[str], int]]

    def walk(self) -> None:
        """Look at the output and all below it."""
        pending = [""]
        while pending:
            inner = pending.pop()
            try:
                pending += [f"{inner}/{name}" if inner else name for name in self._look(inner)]
            except FileNotFoundError:
                raise missing(self.step, self._name(inner)) from None
            except OSError as error:
                reason = f"cannot be read: {error.strerror}"
                raise _refused(self.step, self._name(inner), reason, _COMPARABLE) from error

    def _look(self, inner: str) -> list[str]:
        """Look at one entry; return the names in it, if it is a folder."""
        path, name = self._path(inner), self._name(inner)
        status = os.stat(path, dir_fd=self.parent, follow_symlinks=False)
        match stat.S_IFMT(status.st_mode):
            case stat.S_IFDIR:
                with _descriptor(path, _FOLDER, self.parent) as folder:
                    return os.listdir(folder)
            case stat.S_IFLNK:
                self._follow(inner)
            case stat.S_IFREG:
                if status.st_mode & (stat.S_ISUID | stat.S_ISGID):
                    why = "Everybody who runs it would have the rights of its owner, outside of any sandbox."
                    raise _refused(self.step, name, "is a setuid or setgid program", why)
                if status.st_size > _disk(self.parent):
                    why = "It consists of holes, and reading them would take for ever."
                    raise _refused(self.step, name, "is larger than the disk that it is on", why)
                if status.st_nlink > 1:
                    key = (status.st_dev, status.st_ino)
                    self.several.setdefault(key, ([], status.st_nlink))[0].append(name)
                if self.since is not None:
                    self._require_young(path, name, self.since)
            case _:
                raise _refused(self.step, name, "is neither a file nor a folder", _COMPARABLE)
        return []

    def _require_young(self, path: str, name: str, since: StepStart) -> None:
        with _descriptor(path, _GLANCE, self.parent) as file:
            when = born(file)
            if when is not None and when < since.earliest(os.fstat(file).st_dev):
                raise _refused(
                    self.step,
                    name,
                    "is older than the step",
                    "It was moved there, not written by this run.",
                )

    def _follow(self, inner: str) -> None:
        """Walk where a link leads, name by name, without leaving the output."""
        name = self._name(inner)
        if not inner:
            raise _refused(self.step, name, "is a symbolic link", _ELSEWHERE)
        done, pending = inner.split("/")[:-1], [inner.rsplit("/", 1)[-1]]
        links = 0
        while pending:
            part = pending.pop(0)
            if part in ("", "."):
                continue
            if part == "..":
                if not done:
                    raise _refused(self.step, name, "is a symbolic link that leads out of it", _ELSEWHERE)
                done.pop()
                continue
            path = self._path("/".join([*done, part]))
            try:
                text = os.readlink(path, dir_fd=self.parent)
            except FileNotFoundError:
                raise _refused(self.step, name, "is a broken symbolic link", _COMPARABLE) from None
            except OSError:  # not a link
                done.append(part)
                continue
            links += 1
            if links > MAX_LINKS:
                raise _refused(self.step, name, "is a broken symbolic link", _COMPARABLE)
            if text.startswith("/"):
                raise _refused(self.step, name, "is a symbolic link that leads out of it", _ELSEWHERE)
            pending = [*text.split("/"), *pending]

    def _path(self, inner: str) -> str:
        top = self.output.rsplit("/", 1)[-1]
        return f"{top}/{inner}" if inner else top

    def _name(self, inner: str) -> str:
        return f"{self.output}/{inner}" if inner else self.output


@contextmanager
def _descriptor(path: str, flags: int, folder: int) -> Iterator[int]:
    descriptor = os.open(path, flags, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


_COMPARABLE = (
    "An output must be a regular file, or a folder of them, or another machine could not compare it."
)
_ELSEWHERE = "The target of a link is not known to have been written by this step, in this run."


def missing(step: Step, output: str) -> StepError:
    """Return the error of an output that is not there."""
    return StepError(
        f"step {shown(step.name)} succeeded but did not write {shown(output)}",
        why="It is declared as an output of the step.",
        remedy="Correct the path in `outputs`, or let the step write it; "
        "relative paths start from the project's folder.",
    )


def _refused(step: Step, output: str, reason: str, why: str) -> StepError:
    return StepError(
        f"the output {shown(output)} of step {shown(step.name)} {reason}",
        why=why,
        remedy="Let the step write the content itself, into a new file.",
    )
