# SPDX-License-Identifier: Apache-2.0
"""Steps that execute the notebooks of a repository without scripts, with the files that their cells name."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from repro_action.config.model import NOTEBOOK, Step
from repro_action.init.plan import InitPlan, step_name, usable
from repro_action.init.survey import Survey
from repro_action.paths.patterns import escape_wildcards

MOST = 8
"""Notebooks that become steps, in the order of their names."""
LARGEST = 1 << 26
"""Bytes of a notebook that is read."""
_TEXT = re.compile(r"""["']([^"'\\\n]{1,200})["']""")
_IMPORT = re.compile(r"^\s*(?:from|import)\s+([A-Za-z_]\w*)", re.MULTILINE)
_NEEDED = (
    "Notebooks are executed by the environment's own packages: `pip install nbclient ipykernel` there. "
    "Without a configuration, `repro verify {path}` compares its committed outputs with a new execution."
)
_SEEN = (
    "Inputs of notebooks are those files of the repository that their cells name; add what they read "
    "by other ways, and the files that they write to `outputs`."
)


def plan_notebooks(survey: Survey) -> InitPlan | None:
    """Return steps for the notebooks of a repository; None where there are none that can be executed."""
    made = InitPlan()
    files = frozenset(survey.files)
    found = [path for path in survey.files if path.endswith(".ipynb") and usable(made, path, "the notebook")]
    sources = {path: source for path in found[:MOST] if (source := _source(survey.root / path)) is not None}
    if not sources:
        return None
    for path, source in sources.items():
        _add(made, path, source, files)
    made.note(_NEEDED.format(path=next(iter(sources))))
    made.note(_SEEN)
    rest = [path for path in found if path not in sources]
    if rest:
        made.note(f"Not used: {', '.join(rest[:4])}.")
    return made


def _add(made: InitPlan, path: str, source: str, files: frozenset[str]) -> None:
    folder, name = posixpath.split(path)
    taken = {step.name for step in made.steps}
    reads = [one for one in dict.fromkeys(_named(source, folder, files)) if one != path]
    reads = [one for one in reads if usable(made, one, "the data")]
    modules = [one for one in reads if one.endswith(".py")]
    for one in reads:
        if one not in modules:
            made.data[one] = None
    executed = f"executed/{name}"
    made.steps.append(
        Step(
            name=step_name(PurePosixPath(path).with_suffix("").as_posix(), taken),
            run=(NOTEBOOK, name, executed),
            cwd=folder,
            inputs=tuple(map(escape_wildcards, (path, *reads))),
            outputs=(posixpath.join(folder, executed),),
        )
    )


def _source(place: Path) -> str | None:
    """Return the source of a notebook's code; None where it is none for Python."""
    try:
        raw = json.loads(place.read_bytes()) if place.stat().st_size <= LARGEST else None
    except (OSError, ValueError, RecursionError):
        return None
    match raw:
        case {"cells": [*cells], "metadata": {**metadata}}:
            spec = metadata.get("kernelspec")
            language = spec.get("language", "python") if isinstance(spec, Mapping) else "python"
            return "\n".join(_code(cells)) if language == "python" else None
    return None


def _code(cells: list[object]) -> Iterator[str]:
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", "")
            yield "".join(map(str, source)) if isinstance(source, list) else str(source)


def _named(source: str, folder: str, files: frozenset[str]) -> Iterator[str]:
    """Yield files of the repository that a source names, as modules or in texts."""
    for module in _IMPORT.findall(source):
        for one in (f"{module}.py", f"{module}/__init__.py"):
            if (path := posixpath.join(folder, one)) in files:
                yield path
    for text in _TEXT.findall(source):
        path = posixpath.normpath(posixpath.join(folder, text))
        if path in files and not path.endswith(".ipynb"):
            yield path
