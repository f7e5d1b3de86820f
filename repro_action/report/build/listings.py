# SPDX-License-Identifier: Apache-2.0
"""Listings of folders that cannot have made runs differ: their order is taken away where they are made."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from repro_action.findings.source import listed_in_order
from repro_action.observation import Observation, ObservationKind
from repro_action.report.build.sources import source_text

_SMALL = 128 << 10
"""Bytes of a source file that is still read."""

_ALL = 256 << 10
"""Bytes of all source files."""


def without_sorted(
    root: Path, code: Iterable[str], observations: Iterable[Observation]
) -> tuple[Observation, ...]:
    """Return what was seen, without the listings that are known to be used in order.

    Args:
        root: the project.
        code: its source files that ran, relative; what is large or cannot be read is not known.
        observations: what was seen.
    """
    seen = tuple(observations)
    first = {item.file for item in seen if item.kind is ObservationKind.LISTING and item.file.endswith(".py")}
    if not first:
        return seen
    sources: dict[str, str] = {}
    left = _ALL
    for path in sorted({*code, *first}, key=lambda path: (path not in first, path)):
        text = source_text(root / path, min(_SMALL, left))
        if text:
            left -= len(text)
            sources[path] = text
    harmless = listed_in_order(sources, seen)
    return tuple(item for item in seen if item not in harmless)
