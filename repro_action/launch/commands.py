# SPDX-License-Identifier: Apache-2.0
"""The commands that start a supervisor, and an enclosure by itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

# Imported rather than run, so that byte code is cached: 6 ms less for each step.
_SUPERVISOR = """import sys
sys.path.append(sys.argv[1])
from repro_action.launch import supervisor
grace, give_up = map(float, sys.argv[2:4])
control, *inherited = map(int, sys.argv[4:])
supervisor.main(grace, give_up, control, inherited)
"""
_ENCLOSURE = """import os, sys
sys.path.append(sys.argv[1])
from repro_action.launch import enter
enter.main(os.fsencode(sys.argv[2]), list(map(os.fsencode, sys.argv[3:])), os.environb)
"""


def supervisor(grace: float, give_up: float, control: int, inherited: Sequence[int]) -> tuple[str, ...]:
    """Return the command of `repro_action.launch.supervisor`; for the arguments see its `main`.

    Args:
        grace: seconds between SIGTERM and SIGKILL.
        give_up: seconds of SIGKILL after which a process is reported as left.
        control: descriptor of the socket to repro.
        inherited: descriptors that it keeps open until the end, and from the step.
    """
    return _python(_SUPERVISOR, *map(str, (grace, give_up, control, *inherited)))


def enclosure(specification: str) -> tuple[str, ...]:
    """Return what a command is appended to, so that `repro_action.launch.enter` encloses it.

    Args:
        specification: path of the file that it reads.
    """
    return _python(_ENCLOSURE, specification)


def _python(program: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", program, str(Path(__file__).parents[2]), *arguments)
