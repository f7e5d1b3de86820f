# SPDX-License-Identifier: Apache-2.0
"""Says where runs agree for no merit of the program: repro seeds it, or its sandbox numbers its processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from repro_action.finding import Finding
from repro_action.findings.source import numbered_processes, unseeded_by_the_program
from repro_action.report.build.notices import some
from repro_action.report.model import Notice

Profile = Literal["portable", "native", "off"]


def by_repro_alone(
    read: Callable[[], Mapping[str, str]], *, profile: Profile, numbered: bool
) -> tuple[Notice, ...]:
    """Warn about lines whose results are the same in every run only because repro makes them so.

    Args:
        read: returns path relative to the project → text, of the program.
        profile: of determinism; `off` seeds nothing.
        numbered: whether the sandbox numbers the processes of each step from 1.
    """
    seeds = profile != "off"
    sources = read() if numbered or seeds else {}
    return (
        *seed_notices(unseeded_by_the_program(sources) if seeds else ()),
        *number_notices(numbered_processes(sources) if numbered else ()),
    )


def seed_notices(found: Sequence[Finding]) -> tuple[Notice, ...]:
    """Say that the seed is repro's."""
    return _notices(
        found,
        what="runs agree only because repro seeds random, NumPy, PyTorch and TensorFlow; the program "
        "itself draws without a seed here",
        why="; without repro it gives different results each time.",
    )


def number_notices(found: Sequence[Finding]) -> tuple[Notice, ...]:
    """Say that the numbers of processes are those of the sandbox."""
    return _notices(
        found,
        what="runs agree only because the sandbox numbers processes from 1; the program reads a "
        "process id here",
        why=" outside the sandbox; `repro probe` varies it.",
    )


def _notices(found: Sequence[Finding], *, what: str, why: str) -> tuple[Notice, ...]:
    """Return at most one warning: it stands at the first line, explains that, and names the others."""
    others = [finding.location for finding in found[1:]]
    also = f" and at {some(others)}" if others else ""
    return tuple(
        Notice(
            what=f"{what}{also}",
            why=f"{first.what}{why}",
            remedy=first.remedy,
            where=first.location,
        )
        for first in found[:1]
    )
