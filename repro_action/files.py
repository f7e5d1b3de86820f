# SPDX-License-Identifier: Apache-2.0
"""Atomic files: a reader sees the old content or the new, whole, whatever happens to the writer."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from repro_action.errors import LinkRefused

_CLONE = 0x40049409  # FICLONE of linux/fs.h


def write_atomically(
    path: Path, data: bytes | str, *, scratch: Path | None = None, durable: bool = True
) -> None:
    """Replace a file's content in one step that survives `kill -9` and a power cut.

    The mode of an existing file is kept. A symbolic link is refused: it may come from a pull request,
    and would carry the content to any place.

    Args:
        path: the file to replace or make.
        data: its new content; texts become UTF-8.
        scratch: folder for the half-written file, where a killed process may leave it; used
            if it is on the same file system, else the file's own folder is.
        durable: whether it survives a power cut; False for what every run writes again, which
            spares two waits for the disk.

    Raises:
        LinkRefused: the path is a symbolic link.
    """
    import tempfile  # with what it imports itself, a tenth of the start of a command that only reads

    if path.is_symlink():
        raise link_refused(path)
    target = path.parent.resolve() / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    content = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    folder = target.parent
    if scratch is not None and scratch.is_dir() and scratch.stat().st_dev == folder.stat().st_dev:
        folder = scratch
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:60]}.", suffix=".tmp", dir=folder)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(target.parent)


def add_lines(path: Path, lines: Iterable[str]) -> None:
    """Add lines to the end of a text file, which is made where there is none; what is in it stays as it is.

    Raises:
        OSError: it cannot be read or written.
    """
    existing = path.read_bytes() if path.exists() else b""
    gap = b"" if not existing or existing.endswith(b"\n") else b"\n"
    write_atomically(path, existing + gap + "".join(f"{line}\n" for line in lines).encode())


def read_regular(path: Path) -> bytes:
    """Read a file that may be anything: a pipe or a device is refused rather than waited for.

    Raises:
        OSError: it cannot be read, or is not a regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
        reason = os.strerror(number) if stat.S_ISDIR(mode) else "it is not a regular file"
        raise OSError(number, reason, os.fspath(path))
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def copy_file(source: Path, target: Path) -> None:
    """Copy a file with its mode and times; the content is shared where the file system can do so.

    Args:
        source: a file.
        target: where nothing is yet.

    Raises:
        OSError: it cannot be read, or `target` exists or cannot be written.
    """
    import shutil

    with source.open("rb") as old, target.open("xb") as new:
        if not _cloned(old.fileno(), new.fileno()):
            shutil.copyfileobj(old, new, 1 << 20)
    shutil.copystat(source, target)


def _cloned(source: int, target: int) -> bool:
    import fcntl

    try:
        fcntl.ioctl(target, _CLONE, source)
    except OSError:
        return False
    return True


def is_of_kernel(path: Path) -> bool:
    """Whether a path lies in `/proc`, `/sys` or `/dev`: what looks like a file there may be a device."""
    return Path(os.path.realpath(path)).parts[1:2] in {("proc",), ("sys",), ("dev",)}


def link_refused(path: Path) -> LinkRefused:
    """Return the error for a link at a place that repro writes to."""
    return LinkRefused(
        f"{ascii(path.name)[1:-1]} is a symbolic link",
        where=ascii(str(path))[1:-1],
        why="repro does not write through links: they can lead out of the project.",
        remedy="Replace it with the file or folder itself.",
    )


def _umask() -> int:
    # The process's mask can only be read by setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # Some file systems cannot sync a folder; the rename is atomic all the same.
    finally:
        os.close(descriptor)
