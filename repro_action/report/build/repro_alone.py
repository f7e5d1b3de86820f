# SPDX-License-Identifier: Apache-2.0
"""Says where bits hold for no merit of the program: repro seeds it, or its sandbox numbers its processes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal

from repro_action.finding import Finding
from repro_action.findings.source import numbered_processes, unseeded_by_the_program
from repro_action.report.build.notices import seed_notices, some
from repro_action.report.model import Notice

Profile = Literal["portable", "native", "off"]

_DRAWS = re.compile(r"\b(?:random|torch|tensorflow|keras|sklearn|scipy|networkx|umap|imblearn|rvs|sample)\b")
"""What a program says that may draw; another one is not read."""
_NUMBERS = re.compile(r"\b(?:getpid|getppid|getpgid|getpgrp|getsid|get_native_id)\b")
"""Likewise of one that may ask for the number of a process."""


def by_repro_alone(
    read: Callable[[], Mapping[str, str]], *, profile: Profile, numbered: bool
) -> tuple[Notice, ...]:
    """Warn about lines whose results are the same in every run only because repro makes them so.

    Args:
        read: returns path relative to the project → text, of the program.
        profile: of determinism; `off` seeds nothing.
        numbered: whether the sandbox numbers the processes of each step from 1.
    """
    sources = read() if numbered or profile != "off" else {}
    seeded = profile != "off" and any(_DRAWS.search(text) for text in sources.values())
    asks = numbered and any(_NUMBERS.search(text) for text in sources.values())
    return (
        *seed_notices(unseeded_by_the_program(sources) if seeded else ()),
        *number_notices(numbered_processes(sources) if asks else ()),
    )


def number_notices(found: tuple[Finding, ...]) -> tuple[Notice, ...]:
    """Say that the numbers of processes are those of the sandbox."""
    if not found:
        return ()
    lines = some([finding.location for finding in found])
    return (
        Notice(
            what="bits that depend on the number of a process hold because the sandbox numbers processes "
            f"from 1, and outside it they would not: the program asks for one at {lines}",
            why=f"{found[0].location} {found[0].what} without the sandbox; `repro probe` varies it.",
            remedy=found[0].remedy,
            where=found[0].location,
        ),
    )
