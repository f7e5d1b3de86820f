# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH102, PTH103, PTH110, PTH112, PTH120, PTH123, PTH211 -- pathlib takes longer to load than all the rest
"""Encloses a step in namespaces and runs it: `enter.main(SPECIFICATION, COMMAND, VARIABLES)`.

It needs no privilege: a user namespace in which every number stands for itself, a mount
namespace whose root is an empty file system with the listed files in it, a network
namespace that has nothing but a loopback of its own, and namespaces of process numbers,
System V memory, host name and control groups, so that nothing outlives the step and no
process outside can be seen or signalled. See `repro_action.launch.first_process` for who
runs the step, `repro_action.launch.privileges` for what it may ask of the kernel.

NOTE: only C modules, `os` and `sys` at the top: start-up is paid by each step.

The specification is NUL-separated: `base, folder, options, then kind, source, target…`;
options are words: `network` (keep it), `processes` (keep their numbers), `machine` (mount on
the machine's own files, instead of on an empty root), `shm=BYTES` (size of `/dev/shm`),
`host=NAME` (another name of the machine).
"""

from __future__ import annotations

import ctypes
import os
import sys
from errno import ENOENT, ENOSYS

from repro_action.launch.first_process import run
from repro_action.launch.privileges import drop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import NoReturn

FAILED = 125
"""Exit status where nothing was started because the process could not be enclosed."""

_NEW_NS, _NEW_USER, _NEW_NET, _NEW_PID = 0x00020000, 0x10000000, 0x40000000, 0x20000000  # linux/sched.h
_NEW_CGROUP, _NEW_UTS, _NEW_IPC = 0x02000000, 0x04000000, 0x08000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = (  # linux/mount.h
    *(1, 2, 4, 8, 32, 4096, 16384, 1 << 18),
)
_DETACH = 2
_SETATTR, _PIVOT_ROOT = 442, {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}
_RECURSIVE, _HERE = 0x8000, -100  # linux/fcntl.h: AT_RECURSIVE, AT_FDCWD
_PDEATHSIG = 1  # linux/prctl.h
_IGNORED_BY_PYTHON = (13, 25)  # SIGPIPE, SIGXFSZ
_NODES = ("null", "zero", "full", "random", "urandom", "tty")
_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "ptmx": "pts/ptmx"}

_libc = ctypes.CDLL(None, use_errno=True)


class EnclosureRefused(Exception):
    """The kernel refused a step of the enclosure."""


def _require(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise EnclosureRefused(f"{what}: {os.strerror(number)}")


def _mount(source: bytes, target: bytes, kind: bytes | None, flags: int, data: bytes | None = None) -> None:
    _require(_libc.mount(source, target, kind, ctypes.c_ulong(flags), data), f"mount {os.fsdecode(target)}")


def _read_only(target: bytes) -> None:
    """Make a mount and all below it read-only; on kernels before 5.12, itself only."""
    request = (ctypes.c_uint64 * 4)(_RDONLY, 0, 0, 0)
    if _libc.syscall(_SETATTR, _HERE, target, _RECURSIVE, ctypes.byref(request), 32) == 0:
        return
    if ctypes.get_errno() != ENOSYS:
        _require(-1, f"make {os.fsdecode(target)} read-only")
    # What the mount forbade already must be said again, or the kernel refuses.
    kept_flags = os.statvfs(target).f_flag & (_NOSUID | _NODEV | _NOEXEC)
    _mount(b"none", target, None, _REMOUNT | _BIND | _RDONLY | kept_flags)


def _new_namespaces(flags: int) -> None:
    """Enter new namespaces; users and groups keep their numbers."""
    user, group = os.geteuid(), os.getegid()
    finished = _mapped_from_outside() if user == 0 else None
    _require(_libc.unshare(flags), "new namespaces")
    if finished is not None and finished():
        return
    for name, text in (
        ("setgroups", "deny"),  # without it no group may be mapped
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        try:
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        except OSError as error:
            raise EnclosureRefused(f"{name}: {error.strerror}") from error


def _mapped_from_outside() -> Callable[[], bool]:
    """Let a child map all users, which root may: files of others stay readable, as they are to root."""
    go, say = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(say)
            os.read(go, 1)
            for name in ("uid_map", "gid_map"):
                with open(f"/proc/self/{name}") as file:
                    ranges = [line.split() for line in file]
                with open(f"/proc/{os.getppid()}/{name}", "w") as file:
                    file.write("".join(f"{inside} {inside} {count}\n" for inside, _, count in ranges))
        except OSError:
            os._exit(1)
        os._exit(0)
    os.close(go)

    def finished() -> bool:
        os.write(say, b"g")
        os.close(say)
        return os.waitpid(child, 0)[1] == 0

    return finished


def _place(path: bytes, *, folder: bool) -> None:
    """Make the place that something is mounted on, if it is not there."""
    if os.path.lexists(path):
        return
    if folder:
        os.makedirs(path, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))


def _devices(base: bytes, shared_memory: bytes) -> None:
    here = base + b"/dev"
    os.makedirs(here)
    _mount(b"tmpfs", here, b"tmpfs", _NOSUID | _NOEXEC, b"mode=755")
    for name in _NODES:
        node = os.fsencode(f"/dev/{name}")
        if os.path.exists(node):
            _place(base + node, folder=False)
            _mount(node, base + node, None, _BIND)
    for name, text in _LINKS.items():
        os.symlink(text, here + os.fsencode(f"/{name}"))
    os.mkdir(here + b"/shm")
    _mount(b"tmpfs", here + b"/shm", b"tmpfs", _NOSUID | _NODEV, b"mode=1777" + shared_memory)
    os.mkdir(here + b"/pts")
    # Few steps need a terminal; those that do find out themselves.
    _libc.mount(
        b"devpts", here + b"/pts", b"devpts", _NOSUID | _NOEXEC, b"newinstance,ptmxmode=0666,mode=620"
    )


def _lay_out(base: bytes, mounts: Iterable[tuple[bytes, bytes, bytes]]) -> None:
    """Mount what is visible below a folder, outer places first."""
    for kind, source, target in mounts:
        place = base + target
        match kind:
            case b"link":
                if not os.path.lexists(place):
                    os.makedirs(os.path.dirname(place), exist_ok=True)
                    os.symlink(source, place)
            case b"proc":
                _place(place, folder=True)
                _mount(b"proc", place, b"proc", _NOSUID | _NODEV | _NOEXEC)
            case b"mask":
                _mask(place)
            case _:
                _place(place, folder=os.path.isdir(source))
                _mount(source, place, None, _BIND | _REC)
                if kind == b"read":
                    _read_only(place)


def _mask(place: bytes) -> None:
    """Cover a file by the null device, or a folder by an empty one."""
    if os.path.isdir(place):
        _mount(b"tmpfs", place, b"tmpfs", _NOSUID | _NODEV | _NOEXEC | _RDONLY, b"mode=755")
    elif os.path.lexists(place):
        _mount(b"/dev/null", place, None, _BIND)
        _read_only(place)


def _furnish(base: bytes, mounts: Iterable[tuple[bytes, bytes, bytes]], shared_memory: bytes) -> None:
    _mount(b"tmpfs", base, b"tmpfs", _NOSUID | _NODEV, b"mode=755")
    _devices(base, shared_memory)
    _lay_out(base, mounts)
    os.chdir(base)
    # The old root is stacked upon the new one and then taken off; see pivot_root(2), NOTES.
    number = _PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise EnclosureRefused("pivot_root is not known for this processor")
    _require(_libc.syscall(number, b".", b"."), "pivot_root")
    _require(_libc.umount2(b".", _DETACH), "umount of the old root")
    os.chdir("/")
    # Not recursive: only the empty file systems themselves, so that what is written nowhere fails.
    _mount(b"none", b"/dev", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NOEXEC)
    _mount(b"none", b"/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)


def _loopback() -> None:
    """Switch on the loopback of a new network, which programs use among themselves."""
    import _socket
    import fcntl
    import struct

    with_flags = struct.Struct("16sH14x")  # struct ifreq
    wire = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    fcntl.ioctl(wire.fileno(), 0x8914, with_flags.pack(b"lo", 0x1))  # SIOCSIFFLAGS, IFF_UP
    wire.close()


def _become(command: list[bytes], variables: Mapping[bytes, bytes]) -> NoReturn:
    for number in _IGNORED_BY_PYTHON:
        _libc.signal(number, None)
    try:
        os.execvpe(command[0], command, variables)  # noqa: S606  # a shell would change the arguments
    except OSError as error:
        reason = "not found" if error.errno == ENOENT else error.strerror
        sys.stderr.write(f"{os.fsdecode(command[0])}: {reason}\n")
        sys.stderr.flush()
        os._exit(127 if error.errno == ENOENT else 126)


def _refuse(error: Exception) -> NoReturn:
    sys.stderr.write(f"repro: the sandbox of the step cannot be set up: {error}\n")
    sys.stderr.flush()
    os._exit(FAILED)


def main(specification: bytes, command: list[bytes], variables: Mapping[bytes, bytes]) -> NoReturn:
    """Enclose a command, run it and end as it ends.

    Args:
        specification: path of a file, see above.
        command: program and arguments; the program is looked up by PATH inside.
        variables: its whole environment.
    """
    with open(specification, "rb") as file:
        base, folder, words, *fields = file.read().split(b"\0")
    options = words.split()
    sizes = [word.replace(b"shm=", b",size=") for word in options if word.startswith(b"shm=")]
    shared_memory = b"".join(sizes)
    host = b"".join(word[5:] for word in options if word.startswith(b"host="))
    mounts = list(zip(fields[::3], fields[1::3], fields[2::3], strict=True))

    def prepare() -> None:
        try:
            mask = os.umask(0o022)
            if host:
                _require(_libc.sethostname(host, len(host)), "host name")
            _mount(b"none", b"/", None, _REC | _PRIVATE)
            if b"machine" in options:
                _lay_out(b"", mounts)
            else:
                _furnish(base, mounts, shared_memory)
            os.umask(mask)
            if b"network" not in options:
                _loopback()
            os.chdir(folder)
        except (EnclosureRefused, OSError) as error:
            _refuse(error)

    flags = _NEW_USER | _NEW_NS | _NEW_IPC | _NEW_UTS | _NEW_CGROUP
    flags |= 0 if b"network" in options else _NEW_NET
    flags |= 0 if b"processes" in options else _NEW_PID
    try:
        _new_namespaces(flags)
    except EnclosureRefused as error:
        _refuse(error)
    if b"processes" in options:
        prepare()
        drop()
        _libc.prctl(_PDEATHSIG, 9, 0, 0, 0)
        _become(command, variables)
    run(prepare, lambda: _become(command, variables))
