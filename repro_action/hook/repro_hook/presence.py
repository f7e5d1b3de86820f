# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH118 -- pathlib costs more than the whole hook
"""Says at a process's start that the hook is in it, where the program cannot take it back.

repro holds the other end of a named pipe. Each process writes a line there before any code of the program
runs: a name, and the digest of a secret that only its report will show. A report without such a line is
forged; a line without a report is a process that nobody vouches for, as it left early or was killed.
"""

from __future__ import annotations

import os
import sys
import time

try:
    from _blake2 import blake2b
except ImportError:  # an interpreter other than CPython
    from hashlib import blake2b

PIPE = "starts.pipe"


class ProcessStart:
    """This process's name in its reports, and the secret that shows that it is the one that started."""

    __slots__ = ("name", "seal")

    def __init__(self) -> None:
        self.name = f"{os.getpid()}-{time.monotonic_ns()}"
        self.seal = os.urandom(16).hex()

    def announce(self, folder: str) -> None:
        """Write the line; nothing where there is no pipe, or it is full."""
        digest = blake2b(self.seal.encode(), digest_size=16).hexdigest()
        line = f"{self.name} {digest} {'worker' if _is_worker() else 'program'}\n".encode()
        try:
            pipe = os.open(os.path.join(folder, PIPE), os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except OSError:
            return
        try:
            os.write(pipe, line)
        except OSError:
            return
        finally:
            os.close(pipe)


def _is_worker() -> bool:
    """Whether a pool started this process; pools end their workers when they like."""
    words = getattr(sys, "orig_argv", None)
    if words is None:  # before Python 3.10
        return True
    return any("multiprocessing" in word or "loky" in word for word in words[1:5])
