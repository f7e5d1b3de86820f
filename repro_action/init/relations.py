# SPDX-License-Identifier: Apache-2.0
"""How a path of a script stands to what the script writes and to what is there."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from repro_action.init.survey import Survey
from repro_action.paths.patterns import within
from repro_action.pyanalysis.accesses import Access


def is_read_back(survey: Survey, item: Access, written: Collection[str]) -> bool:
    """Whether a script reads what it wrote itself: a file, or a folder in which nothing else is."""
    if any(within(item.path, path) for path in written):
        return True
    inside = {path for path in written if within(path, item.path)}
    others = (path for path in survey.files if within(path, item.path) and path not in inside)
    return item.folder and bool(inside) and not any(others)


def is_absent(survey: Survey, path: str) -> bool:
    """Whether a path is neither there nor tracked by DVC."""
    return not (survey.root / path).exists() and not any(within(path, one.path) for one in survey.tracked)


def overlaps(path: str, others: Iterable[str]) -> bool:
    """Whether a path is one of others, around one or inside one."""
    return any(within(path, other) or within(other, path) for other in others)
