# SPDX-License-Identifier: Apache-2.0
"""Which scripts make a pipeline, and in which order they run."""

from __future__ import annotations

from collections.abc import Iterable

from repro_action.init.metrics import is_metrics
from repro_action.init.scripts import Script
from repro_action.init.survey import Survey
from repro_action.pyanalysis.accesses import Access

MAX_STEPS = 8


def script_chain(survey: Survey) -> list[Script]:
    """Return the scripts around the one that looks most like training, in the order in which they run."""
    return _sorted(_chain(survey))


def chosen_chains(survey: Survey, chosen: Iterable[str]) -> list[list[Script]]:
    """Return the scripts that were chosen, in the order in which they run: a list for each model.

    Scripts belong together where one reads what another writes. What makes the input of a chosen one, and
    was not chosen itself, is left out.
    """
    paths = set(chosen)
    groups: list[list[Script]] = []
    for script in (script for script in survey.scripts if script.path in paths):
        linked = [group for group in groups if any(_are_linked(script, other) for other in group)]
        groups = [group for group in groups if group not in linked]
        groups.append([*(other for group in linked for other in group), script])
    return sorted((_sorted(group) for group in groups), key=lambda group: group[-1].path)


def _are_linked(one: Script, other: Script) -> bool:
    """Whether one script reads or writes what the other writes."""
    written = ({item.path for item in script.writes if item.path} for script in (one, other))
    first, second = written
    read = [{item.path for item in script.reads if item.path} for script in (one, other)]
    return bool(first & second or first & read[1] or second & read[0])


def _chain(survey: Survey) -> list[Script]:
    """Return the best script after those that make its input, and before those that judge its output."""
    if not survey.scripts:
        return []
    best = survey.scripts[0]
    chain = [best]
    waiting = [best]
    while waiting and len(chain) < MAX_STEPS:
        current = waiting.pop()
        for read in current.reads:
            maker = _maker(survey, read, chain)
            if maker is not None:
                chain.insert(chain.index(current), maker)
                waiting.append(maker)
    made = {item.path for script in chain for item in script.writes if item.path}
    for script in survey.scripts:
        reads = {item.path for item in script.reads}
        judges = any(is_metrics(item.path) for item in script.writes)
        if script not in chain and judges and reads & made and len(chain) < MAX_STEPS:
            chain.append(script)
    return chain


def _sorted(chain: list[Script]) -> list[Script]:
    """Return scripts so that each comes after those whose files it reads; a ring is cut somewhere."""
    writes = {script.path: {item.path for item in script.writes if item.path} for script in chain}
    placed: list[Script] = []
    waiting = list(chain)
    while waiting:
        made = {path for script in waiting for path in writes[script.path]}
        free = [
            script
            for script in waiting
            if not {item.path for item in script.reads} & made - writes[script.path]
        ]
        placed.append((free or waiting)[0])
        waiting.remove(placed[-1])
    return placed


def _maker(survey: Survey, read: Access, chain: list[Script]) -> Script | None:
    if not read.path or read.folder:
        return None
    makers = [
        script
        for script in survey.scripts
        if script not in chain and any(item.path == read.path for item in script.writes)
    ]
    return makers[0] if makers else None
