# SPDX-License-Identifier: Apache-2.0
"""Which folders of a repository hold models of their own, each to be a project by itself."""

from __future__ import annotations

from pathlib import PurePosixPath

from repro_action.init.plan_kedro import is_kedro
from repro_action.init.scripts import Script
from repro_action.init.survey import Survey
from repro_action.init.walk import read_text
from repro_action.paths.patterns import within


def homes(survey: Survey) -> tuple[str, ...]:
    """Return the folders of several models, sorted; empty where one project is to be proposed.

    A model has a home below the top where its script reads files that stand there, and no
    others, by paths that lead nowhere from the top. If the script
    that looks most like training runs from the top, it is the entry, whatever else there is.
    """
    kedro = _kedro_homes(survey)
    if kedro:
        return kedro
    if survey.pipeline is not None or not survey.scripts or not _home(survey, survey.scripts[0]):
        return ()
    found = {home for script in survey.scripts if _trains(script) and (home := _home(survey, script))}
    outer = {home for home in found if not any(home != other and within(home, other) for other in found)}
    return tuple(sorted(outer)) if len(outer) > 1 else ()


def _kedro_homes(survey: Survey) -> tuple[str, ...]:
    """Return the folders below the top that hold Kedro projects, where the top is none itself."""
    found = [
        str(PurePosixPath(path).parent)
        for path in survey.files
        if PurePosixPath(path).name == "pyproject.toml"
        and "{{" not in path
        and is_kedro(read_text(survey.root / path) or "")
    ]
    return () if "." in found else tuple(sorted(found))


def _trains(script: Script) -> bool:
    named = {"train", "fit"} & set(PurePosixPath(script.path).stem.lower().replace("-", "_").split("_"))
    return bool(script.writes and (script.learns or named))


def _home(survey: Survey, script: Script) -> str:
    """Return the innermost folder around a script that holds what it reads and the top lacks."""
    paths = {item.path for item in script.reads if item.path and not item.path.startswith(("..", "/"))}
    folder = script.command.cwd
    if folder:
        return folder if all(within(item.path, folder) for item in script.reads if item.path) else ""
    lacking = [path for path in paths if not (survey.root / path).exists()]
    for around in PurePosixPath(script.path).parents[:-1]:
        if any((survey.root / around / path).exists() for path in lacking):
            return str(around)
    return ""
