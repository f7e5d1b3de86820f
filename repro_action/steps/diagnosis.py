# SPDX-License-Identifier: Apache-2.0
"""Names the cause of a failed step where it is well known; pure."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from dataclasses import dataclass

from repro_action.finding import FindingKind
from repro_action.findings.catalogue import CATALOGUE

LINES = 20
WIDTH = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Why a step failed, and what to do.

    Attributes:
        why: the cause, in a sentence.
        remedy: what to do.
        undeclared: files, folders and patterns of the project that the step needs and does not declare.
    """

    why: str
    remedy: str
    undeclared: tuple[str, ...] = ()


def diagnose(exit_code: int, tail: str) -> Diagnosis:
    """Return the likely cause of a failure.

    Args:
        exit_code: of the command; `-n` if signal n ended it. Shells say `128 + n`.
        tail: the end of its output.
    """
    number = -exit_code if exit_code < 0 else exit_code - 128
    if exit_code < 0 or number in _SIGNALS:
        diagnosis = _SIGNALS.get(number)
        return diagnosis or Diagnosis(why=f"Signal {_signal_name(number)} ended it.", remedy=_READ_LOG)
    for pattern, explain in _SAYINGS:
        if match := pattern.search(tail):
            return explain(escaped(match["name"])[:100])
    return Diagnosis(why="", remedy=_READ_LOG)


def escaped(text: str) -> str:
    """Return text that cannot steer a terminal: only line ends and tabs stay unescaped."""
    return "".join(
        char if char in "\n\t" or char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def last_lines(tail: str) -> str:
    """Return the last lines of an output for people; of a progress bar, its last state."""
    lines = [line.rstrip("\r").rsplit("\r", 1)[-1] for line in tail.rstrip().split("\n")[-LINES:]]
    return escaped("\n".join(line[:WIDTH] for line in lines if line.strip()))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _missing_module(name: str) -> Diagnosis:
    return Diagnosis(
        why=f"The environment has no module {name}.",
        remedy=f"Add what provides {name} to the environment (the lock file, the flake or the image), "
        "or, if it is your own file, to the step's inputs.",
    )


def _missing_command(name: str) -> Diagnosis:
    return Diagnosis(
        why=f"The environment has no command {name}.",
        remedy="Add it to the environment, or call it by a path relative to the project.",
    )


def _missing_file(name: str) -> Diagnosis:
    return Diagnosis(
        why=f"There is no {name}.",
        remedy="Commit or pin the file, download it in a step before this one, or declare it as an output "
        "of the step that writes it; relative paths start from the project's folder.",
    )


def _forbidden(_: str) -> Diagnosis:
    return Diagnosis(
        why="It was not allowed to read, write or execute a file.",
        remedy="Correct the file's permissions; in a sandbox, declare what the step reads and writes.",
    )


def _unseeded(place: str) -> Diagnosis:
    reason = CATALOGUE[FindingKind.FORBIDDEN_ENTROPY]
    return Diagnosis(
        why=reason.sentence.format(call=place),
        remedy=reason.remedy,
    )


def _no_notebooks(names: str) -> Diagnosis:
    return Diagnosis(
        why=f"A notebook is executed in the step's own environment, which has no {names}.",
        remedy="Run `pip install nbclient ipykernel` there, or add both to the lock file, flake or image.",
    )


_READ_LOG = "Read the log for the error."

_SAYINGS: tuple[tuple[re.Pattern[str], Callable[[str], Diagnosis]], ...] = (
    (
        re.compile(r"^RuntimeError: (?P<name>[^\n]{1,300}) is refused, as entropy = ", re.MULTILINE),
        _unseeded,
    ),
    (
        re.compile(r"the step cannot execute notebooks without (?P<name>[a-z, ]{1,100})"),
        _no_notebooks,
    ),
    (re.compile(r"ModuleNotFoundError: No module named (?P<name>\S{1,200})"), _missing_module),
    (
        re.compile(r"(?:^|[\s:])(?P<name>[\w./+-]{1,200}): (?:command )?not found\b", re.MULTILINE),
        _missing_command,
    ),
    (re.compile(r"FileNotFoundError: \[Errno 2\][^:\n]{0,100}: (?P<name>[^\n]{1,200})"), _missing_file),
    (re.compile(r"(?P<name>PermissionError|[Pp]ermission denied)"), _forbidden),
)

_SIGNALS = {
    int(signal.SIGKILL): Diagnosis(
        why="Signal 9 killed it, and repro did not send it: most often the machine ran out of memory.",
        remedy="Give the machine or container more memory, or let the step use less.",
    ),
    int(signal.SIGSEGV): Diagnosis(
        why="It crashed in native code (segmentation fault).",
        remedy="Check for a compiled package that is not compatible with the others or with this CPU.",
    ),
    int(signal.SIGILL): Diagnosis(
        why="It used an instruction that this CPU does not have.",
        remedy="Use packages built for this CPU's level, or a newer CPU.",
    ),
    int(signal.SIGTERM): Diagnosis(
        why="Signal 15 ended it, and repro did not send it.",
        remedy="Check for a step, or a supervisor outside, that stops processes.",
    ),
}
