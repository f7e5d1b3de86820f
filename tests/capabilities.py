# SPDX-License-Identifier: Apache-2.0
"""What this machine lets a process do: asked of its kernel and its tools, and never of the code under test.

A test that skips by what the code under test answers skips where that code is broken, too.
Functions that return text return why it cannot be done here; empty where it can.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile

# Arguments: words of `CLONES`. A user namespace is asked for first, as an unprivileged process must.
_UNSHARE = """
import ctypes, os, sys
CLONES = {"mounts": 0x20000, "network": 0x40000000, "processes": 0x20000000, "host": 0x04000000}
libc = ctypes.CDLL(None, use_errno=True)
def require(result, what):
    if result != 0:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")
user, group = os.getuid(), os.getgid()
wanted = sum(CLONES[word] for word in sys.argv[1:])
# Who may do all may have another name for the machine without a user namespace.
if sys.argv[1:] != ["host"] or libc.unshare(wanted) != 0:
    require(libc.unshare(0x10000000 | wanted), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
if "host" in sys.argv:
    require(libc.sethostname(b"x", 1), "sethostname")
if "mounts" in sys.argv:
    require(libc.mount(b"none", b"/", None, 1 << 18 | 16384, None), "private mounts")
    require(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None), "mount a file system")
if "processes" in sys.argv:
    child = os.fork()
    if child == 0:
        os.mkdir("/tmp/proc")
        require(libc.mount(b"none", b"/tmp/proc", b"proc", 0, None), "mount /proc")
        os._exit(0)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def _said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return "" if done.returncode == 0 else done.stderr.strip() or f"exit status {done.returncode}"


@functools.cache
def namespaces(*words: str) -> str:
    """Ask the kernel for a user namespace with others: of `mounts`, `network`, `processes`, `host`."""
    if sys.platform != "linux":
        return "namespaces are Linux's"
    return _said([sys.executable, "-I", "-S", "-c", _UNSHARE, *words])


@functools.cache
def bubblewrap(*, processes: bool = True) -> str:
    """Ask `bwrap` for an enclosure, with process numbers of its own or without."""
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap is not installed"
    own = ["--unshare-pid", "--proc", "/proc"] if processes else []
    return _said([program, "--unshare-user", "--unshare-net", "--ro-bind", "/", "/", *own, "--", "true"])


def enclosing(name: str, *, processes: bool = True) -> str:
    """Ask for what a mechanism of the sandbox needs, by its name."""
    if name == "bubblewrap":
        return bubblewrap(processes=processes)
    return namespaces("mounts", "network", *(["processes"] if processes else []))


@functools.cache
def faketime() -> str:
    """Ask the loader for libfaketime, and an interpreter under it for the time."""
    command = [sys.executable, "-c", "import time; print(time.gmtime().tm_year)"]
    said = ""
    for folder in ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime"):
        line = f'LD_PRELOAD=$(echo {folder}/libfaketime.so.1) FAKETIME="2031-05-05 05:05:05" exec "$@"'
        done = subprocess.run(["sh", "-c", line, "sh", *command], capture_output=True, text=True, check=False)
        if done.stdout.strip() == "2031":
            return ""
        said = done.stderr.strip()
    return f"libfaketime is not installed, or has no effect on this interpreter: {said}"


@functools.cache
def index() -> str:
    """Ask pip, with the settings of the person who tests, for a small wheel of the package index."""
    with tempfile.TemporaryDirectory() as folder:
        download = ["download", "-q", "--no-deps", "--no-cache-dir", "--only-binary=:all:", "-d", folder]
        return _said([sys.executable, "-m", "pip", *download, "pluggy"])


def cores() -> int:
    """Ask the kernel how many cores this process may use; 1 where processes cannot choose."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
