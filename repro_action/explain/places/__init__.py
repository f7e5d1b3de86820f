# SPDX-License-Identifier: Apache-2.0
"""Where a dependence comes from: lines of the project's code, the most likely first, each with its cure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from repro_action.explain.places.order import Order
from repro_action.explain.places.project import Project, read_project
from repro_action.explain.places.rank import Found, found_in, rank
from repro_action.explain.places.rule import Scene
from repro_action.explain.places.sets import Sets
from repro_action.explain.places.uses import Uses
from repro_action.observation import Divergence, Observation, Place

__all__ = ["places", "where_randomness_enters"]


def places(
    guilty: Collection[str],
    sources: Mapping[str, str],
    observations: Collection[Observation],
    divergence: Divergence | None,
) -> tuple[Place, ...]:
    """Return the lines that are the likely cause of a dependence, at most ten, the most likely first.

    Lines that were seen to run and that a rule knows come first, then rules' lines near the first
    divergence, then lines only seen, then rules' lines, then the divergence alone; readings of the clock
    that are only printed come last.

    Args:
        guilty: names of the variations that change the outputs together.
        sources: path relative to the project → text, of the Python files that ran. Foreign: what is too
            long, or no Python, is left out.
        observations: what the processes reported.
        divergence: the first call at which two runs parted, where a trace was made.
    """
    first = {item.file for item in observations}
    call = (divergence.after or divergence.before) if divergence is not None else None
    project = read_project(sources, {*first, call.file} if call is not None else first)
    return rank(project, _found(project, guilty), guilty, observations, divergence)


def where_randomness_enters(
    sources: Mapping[str, str], observations: Collection[Observation]
) -> tuple[Place, ...]:
    """Return the lines that can make a run disagree with itself, the most likely first.

    Args:
        sources: as for `places`.
        observations: likewise.
    """
    return places(("again",), sources, observations, None)


def _found(project: Project, guilty: Collection[str]) -> list[Found]:
    sets = Sets(project=project)
    order = Order(project=project, sets=sets)
    uses = Uses(project=project)
    return [
        found
        for module in project.modules.values()
        for found in found_in(
            Scene(project=project, module=module, sets=sets, order=order, uses=uses), guilty
        )
    ]
