# SPDX-License-Identifier: Apache-2.0
"""Tries, from inside an enclosure, what it is meant to forbid: what succeeds is not enforced.

The file and the listener are repro's own and are made for this purpose, so that each
attempt would succeed outside; a setting that claims to forbid something proves nothing.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from repro_action.launch.privileges import KEPT_CAPABILITIES

TIMEOUT = 20.0
"""Seconds; a machine under load, not a long task."""

# Only C modules: start-up is paid by each verification. Prints what succeeded, or what is shared.
_PROGRAM = r"""
import os, sys
port, written, capabilities, namespaces, *hidden = sys.argv[1:]
for path in hidden:
    try:
        os.close(os.open(path, os.O_RDONLY))
        print("read", path)
    except OSError:
        pass
if written:
    try:
        os.close(os.open(written, os.O_WRONLY))
        print("wrote", written)
    except OSError:
        pass
for pair in namespaces.split():
    name, number = pair.split(":")
    if os.stat("/proc/self/ns/" + name).st_ino == int(number):
        print("shared", name)
for path in ("/proc/sys", "/sys"):
    if os.path.isdir(path) and not os.statvfs(path).f_flag & os.ST_RDONLY:
        print("writable", path)
with open("/proc/self/status") as file:
    status = dict(line.split(":", 1) for line in file)
status = {name: text.strip() for name, text in status.items()}
if status.get("NoNewPrivs") != "1" or status.get("Seccomp") != "2":
    print("unfiltered")
if int(status.get("CapBnd", "0"), 16) & ~int(capabilities):
    print("capable")
import _socket
for kind, address, number in (
    (_socket.SOCK_STREAM, "127.0.0.1", int(port)),
    (_socket.SOCK_DGRAM, "192.0.2.1", 9),
):
    wire = _socket.socket(_socket.AF_INET, kind)
    wire.settimeout(2)
    try:
        wire.connect((address, number))
        print("connected", address)
    except OSError:
        pass
print("over")
"""
_background_work: ContextVar[Callable[[], None]] = ContextVar("background_work", default=lambda: None)
_NAMESPACES = ("cgroup", "ipc", "mnt", "pid", "user", "uts")


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryResult:
    """The result of a canary.

    Attributes:
        failure: why it could not be run; empty where it finished.
        read: whether a hidden file could be read.
        wrote: whether a read-only file could be opened for writing.
        connected: whether the network was reachable.
        numbered: whether its processes have numbers of their own.
        leaks: what else is not closed, each a phrase for a report.
    """

    failure: str = ""
    read: bool = False
    wrote: bool = False
    connected: bool = False
    numbered: bool = False
    leaks: tuple[str, ...] = ()


@contextmanager
def while_it_runs(work: Callable[[], None]) -> Iterator[None]:
    """Do some work whenever a canary has been started here, instead of waiting for it all the time.

    It is no argument of `send`, since backends of other packages are between who has work and who waits.

    Args:
        work: fails with nothing but errors that end the run.
    """
    token = _background_work.set(work)
    try:
        yield
    finally:
        _background_work.reset(token)


def send(
    prefix: Sequence[str],
    *,
    python: Path,
    variables: Mapping[str, str],
    hidden: Sequence[Path],
    guarded: Path | None,
) -> CanaryResult:
    """Run the canary behind a prefix.

    Args:
        prefix: command of the enclosure.
        python: interpreter of the environment, which thereby proves that it starts inside.
        variables: that a step would have.
        hidden: files that exist and that it must not be able to read.
        guarded: file that it must not be able to write; None for none.
    """
    outside = f"/proc/{os.getpid()}/root"
    # A way around the new root: that of a process outside.
    paths = [*map(str, hidden), *(f"{outside}{path}" for path in hidden)]
    with _listener() as port:
        arguments = (str(port), str(guarded or ""), str(_kept_capabilities()), _own_namespaces(), *paths)
        command = [*prefix, str(python), "-I", "-S", "-c", _PROGRAM, *arguments]
        try:
            done = _run(command, variables)
        except subprocess.TimeoutExpired:
            return CanaryResult(failure="it did not finish in time")
        except OSError as error:
            return CanaryResult(failure=f"it cannot be started: {error.strerror}")
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    if not lines or lines[-1] != "over":
        return CanaryResult(failure=_last_line(done.stderr) or f"it ended with status {done.returncode}")
    words = {line.split(" ")[0] for line in lines}
    return CanaryResult(
        read="read" in words,
        wrote="wrote" in words,
        connected="connected" in words,
        numbered="shared pid" not in lines,
        leaks=tuple(_leaks(lines, words)),
    )


def _run(command: Sequence[str], variables: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Do as `subprocess.run` does, and what was asked for meanwhile.

    Raises:
        OSError: it cannot be started.
        subprocess.TimeoutExpired: it did not finish in time.
    """
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, env=dict(variables), stdin=nothing, stdout=pipe, stderr=pipe) as process:
        try:
            _background_work.get()()
            output, errors = process.communicate(timeout=TIMEOUT)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def _leaks(lines: Sequence[str], words: Collection[str]) -> Iterator[str]:
    shared = [line.removeprefix("shared ") for line in lines if line.startswith("shared ")]
    if "pid" in shared:
        yield "other processes are visible"
    if others := [name for name in shared if name != "pid"]:
        yield f"namespaces are those of the machine: {', '.join(others)}"
    for line in lines:
        if line.startswith("writable "):
            yield f"{line.removeprefix('writable ')} is writable"
    if "unfiltered" in words:
        yield "system calls are not filtered"
    if "capable" in words:
        yield "capabilities are kept"


def _kept_capabilities() -> int:
    return sum(1 << number for number in KEPT_CAPABILITIES.values())


def _own_namespaces() -> str:
    """Return this process's namespaces as `name:number …`, as far as the kernel has them."""
    found = []
    for name in _NAMESPACES:
        with suppress(OSError):
            found.append(f"{name}:{Path('/proc/self/ns', name).stat().st_ino}")
    return " ".join(found)


@contextmanager
def _listener() -> Iterator[int]:
    """Listen on the loopback; yield the port, or 9 where even that is not possible."""
    with socket.socket() as server:
        port = 9
        with suppress(OSError):
            server.bind(("127.0.0.1", 0))
            server.listen()
            port = int(server.getsockname()[1])
        yield port


def _last_line(output: bytes) -> str:
    from repro_action.steps.diagnosis import escaped

    lines = [line for line in output[-4096:].decode("utf-8", "replace").splitlines() if line.strip()]
    return escaped(lines[-1])[:300] if lines else ""
