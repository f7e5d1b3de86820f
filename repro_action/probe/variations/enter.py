# SPDX-License-Identifier: Apache-2.0
"""Runs a command in other surroundings: `python -I -S enter.py WHAT VALUE COMMAND…`.

It changes one thing of its own process and becomes the command. Several stand one after
another. Standard library only: it stands before commands as a program of its own.
"""

from __future__ import annotations

import os
import sys
from signal import SIG_DFL, SIG_IGN, signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ctypes import CDLL
    from typing import NoReturn

_NEW_UTS, _NEW_USER = 0x04000000, 0x10000000  # linux/sched.h
_NO_RANDOM, _ASK = 0x0040000, 0xFFFFFFFF  # linux/personality.h


def umask(value: str) -> None:
    """Set the permissions that new files do not get, in octal."""
    os.umask(int(value, 8))


def host(value: str) -> None:
    """Take another host name, in a namespace of this process's own."""
    libc = _libc()
    if libc.unshare(_NEW_UTS) != 0:
        user, group = os.getuid(), os.getgid()
        _require(libc.unshare(_NEW_USER | _NEW_UTS))
        # Who it is stays as it was; a group may only be mapped once `setgroups` is given up.
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123  # start-up counts
                file.write(text)
    encoded = value.encode()
    _require(libc.sethostname(encoded, len(encoded)))


def aslr(value: str) -> None:
    """Give up (`off`) the random placing of memory."""
    if value == "off":
        libc = _libc()
        persona = libc.personality(_ASK)
        _require(min(0, libc.personality(persona | _NO_RANDOM)))


def processes(value: str) -> None:
    """Let a number of processes come and go, and the command be a child, so that it has another number."""
    for _ in range(int(value)):
        _wait(os.fork() or _leave(0))
    child = os.fork()
    if child:
        for number in (1, 2, 3, 15):  # they are for the command, which may tidy up
            signal(number, SIG_IGN)
        _end_as(_wait(child))


def _leave(status: int) -> NoReturn:
    os._exit(status)


def _wait(child: int) -> int:
    return os.waitpid(child, 0)[1]


def _end_as(status: int) -> NoReturn:
    """End as another process did, by the status of `waitpid`."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number not in (9, 19):
            signal(number, SIG_DFL)
        os.kill(os.getpid(), number)
    _leave(os.waitstatus_to_exitcode(status))


def affinity(value: str) -> None:
    """Stay on one core."""
    os.sched_setaffinity(0, {int(value)})


def _libc() -> CDLL:
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def _require(result: int) -> None:
    if result != 0:
        import ctypes

        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def main() -> None:
    """Change what is asked for, and become the command."""
    what, value, *command = sys.argv[1:]
    actions = {"umask": umask, "host": host, "aslr": aslr, "affinity": affinity, "processes": processes}
    actions[what](value)
    os.execvp(command[0], command)  # noqa: S606  # a shell would change the arguments


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"repro cannot run the command in other surroundings: {error}")
