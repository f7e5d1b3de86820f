# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH123 -- pathlib costs the supervisor as much as all the rest
"""Which processes there are, whose children they are, and what they run.

NOTE: only `os` and `sys` at the top: the supervisor imports it.
"""

from __future__ import annotations

import os
import sys

_LINUX = sys.platform == "linux"

Table = dict[int, tuple[int, str]]
"""pid → (pid of the parent, start time)."""


def processes() -> Table:
    """Return all processes that are not yet dead."""
    return _from_proc() if _LINUX else _from_ps()


def _from_proc() -> Table:
    table: Table = {}
    for name in os.listdir("/proc"):  # noqa: PTH208  # pathlib costs as much as all the rest
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    stat = file.read(4096)
            except OSError:
                continue
            # The command's name is in parentheses and may contain any character.
            fields = stat[stat.rindex(b")") + 2 :].split()
            if fields[0] not in (b"Z", b"X"):
                table[int(name)] = (int(fields[1]), fields[19].decode())
    return table


def _from_ps() -> Table:
    table: Table = {}
    own_pid, output = _ps("-axo", "pid=,ppid=,stat=,lstart=")
    for line in output.splitlines():
        pid, parent, state, *when = line.split()
        if not state.startswith(b"Z"):
            table[int(pid)] = (int(parent), b" ".join(when).decode())
    table.pop(own_pid, None)
    return table


def command_line(pid: int) -> bytes:
    """Return the first 200 bytes of a command line; empty where it cannot be read."""
    if not _LINUX:
        return _ps("-p", str(pid), "-o", "command=")[1].strip()[:200]
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read(200).rstrip(b"\0").replace(b"\0", b" ")
    except OSError:
        return b""


def is_first_of_namespace(pid: int) -> bool:
    """Whether a process is that of a sandbox, with number 1 in the namespace below this one."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            status = file.read(1 << 16)
        with open("/proc/self/status", "rb") as file:
            own = file.read(1 << 16)
    except OSError:
        return False
    theirs, ours = (text.partition(b"NSpid:")[2].partition(b"\n")[0].split() for text in (status, own))
    return len(theirs) == len(ours) + 1 and theirs[-1] == b"1"


def _ps(*arguments: str) -> tuple[int, bytes]:
    """Return the process number of `ps`, and what it says."""
    import subprocess

    with subprocess.Popen(["/bin/ps", *arguments], env={"LC_ALL": "C"}, stdout=subprocess.PIPE) as process:
        return process.pid, process.communicate()[0]
