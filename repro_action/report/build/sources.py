# SPDX-License-Identifier: Apache-2.0
"""The Python files of the project that a step ran, as text, within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from repro_action.runs.plan import RunPlan

MAX_SOURCE = 1 << 20
"""Bytes of a source file that is still read for suspects."""


def sources_of(
    root: Path, plan: RunPlan, undeclared: Mapping[str, Iterable[str]], step: str = ""
) -> dict[str, str]:
    """Return path relative to the project → text of a step's code; of all steps where that is unknown.

    Args:
        root: the project.
        plan: its steps.
        undeclared: step → files that it imported and does not declare.
        step: its name.
    """
    names = [step] if step in plan.inputs else list(plan.inputs)
    files = {path for name in names for path in plan.inputs[name].code}
    files |= {path for name in names for path in undeclared.get(name, ())}
    return {path: text for path in sorted(files) if (text := source_text(root / path))}


def source_text(path: Path, limit: int = MAX_SOURCE) -> str:
    """Return the text of a Python file of at most `limit` bytes; empty where it is not one."""
    try:
        if path.suffix != ".py" or not path.is_file() or path.stat().st_size > limit:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return ""
