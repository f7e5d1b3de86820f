# SPDX-License-Identifier: Apache-2.0
"""Which files that a run consumed are not as in the commit that is checked out."""

from __future__ import annotations

import os
from collections.abc import Mapping

from repro_action.history import HistoryError
from repro_action.paths.patterns import within
from repro_action.runs.plan import RunPlan
from repro_action.runs.project import Project
from repro_action.runs.step import sealed_paths

MAX_UNCOMMITTED = 100
"""Files that are listed."""


def uncommitted(
    project: Project, plan: RunPlan, undeclared: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """Return the files that a run consumed and that are not as in `HEAD`, relative to the project.

    Args:
        project: whose run it is.
        plan: its steps.
        undeclared: step → files of the project that it imported and does not declare.
    """
    config, history = project.config, project.history
    try:
        changed = history.uncommitted_files()
    except HistoryError:
        return ()
    top = history.top
    if top is None or not changed:
        return ()
    imported = {path for files in undeclared.values() for path in files}
    names = [*sealed_paths(config, plan), *sorted(imported)]
    place = {name: os.path.relpath(config.root / name, top).replace(os.sep, "/") for name in names}
    found = [name for name in names if any(within(path, place[name]) for path in changed)]
    return tuple(found[:MAX_UNCOMMITTED])
