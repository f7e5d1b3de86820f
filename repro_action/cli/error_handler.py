# SPDX-License-Identifier: Apache-2.0
"""Errors without a message of their own: those of the operating system, and bugs."""

from __future__ import annotations

import errno
import sys
import traceback

from repro_action.errors import Interrupted, ReproError

_REMEDIES = {
    errno.ENOSPC: "Free some space on that disk; files written before are intact.",
    errno.EDQUOT: "Free some space within your quota; files written before are intact.",
    errno.EROFS: "repro writes into the project folder: use a writable copy of it.",
    errno.EACCES: "Correct its permissions, or run as the user who owns it.",
    errno.EPERM: "Correct its permissions, or run as the user who owns it.",
    errno.EISDIR: "A file is needed here, and this is a folder. Remove or rename it.",
    errno.ENOTDIR: "A part of this path exists and is not a folder. Remove or rename it.",
    errno.EEXIST: "It already exists. Remove or rename it.",
    errno.ENOENT: "It may have been removed during the run. Run the command again.",
    errno.EMFILE: "Raise the limit on open files: `ulimit -n`.",
    errno.ENFILE: "Close other programs: this machine has reached its limit on open files.",
    errno.ENAMETOOLONG: "Move the project to a shorter path.",
}


def from_os_error(error: OSError) -> ReproError:
    """Return an error with a remedy for one that the operating system reported."""
    reason = error.strerror or str(error) or type(error).__name__
    return ReproError(
        f"the operating system refused: {reason}",
        remedy=_REMEDIES.get(error.errno or 0, "Run the command again; `repro doctor` checks this machine."),
        where=str(error.filename or ""),
    )


def is_interruption(error: Exception) -> bool:
    """Whether an error wraps an interruption (Ctrl-C or SIGTERM)."""
    seen: BaseException | None = error
    while seen is not None:
        # NOTE: Python 3.11 turns an interruption inside `__set_name__` into a RuntimeError.
        if isinstance(seen, KeyboardInterrupt | Interrupted):
            return True
        seen = seen.__cause__
    return False


def bug_error(error: Exception) -> ReproError:
    """Return an unexpected exception as a ReproError, for `--json`."""
    return ReproError(
        f"a bug in repro: {type(error).__name__}: {error}", remedy="Report the traceback on standard error."
    )


def print_bug(error: Exception) -> None:
    """Print the traceback of an unexpected exception."""
    from repro_action.cli.console import neutralized

    sys.stderr.write(neutralized("".join(traceback.format_exception(error))))
    sys.stderr.write("repro: this is a bug in repro; please report the lines above\n")
