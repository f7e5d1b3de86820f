# SPDX-License-Identifier: Apache-2.0
"""Which tables are a script's parameters, and which data those parameters name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from repro_action.codec.tables import read_table
from repro_action.errors import ReproError
from repro_action.init.scripts import Script, is_model
from repro_action.init.survey import Survey, is_params
from repro_action.init.walk import read_text
from repro_action.paths.patterns import within
from repro_action.paths.secret_names import may_reach_secret

_TABLES = {".yaml", ".yml", ".toml"}
_NOT_PARAMS = {"pyproject.toml", "repro.toml", "dvc.yaml"}
# Keys of what a run writes; a file there may be left over from the last run.
_WRITTEN = re.compile(
    r"out|save|log|model|checkpoint|ckpt|result|metric|report|cache|te?mp|export|artifact|figure|plot",
    re.IGNORECASE,
)
_DATA = re.compile(r"data|input|train|valid|test|image|corpus|source|raw", re.IGNORECASE)


def holds_params(path: str) -> bool:
    """Whether a table that a script reads is one of parameters: by its name, or no format of data."""
    return is_params(path) or PurePosixPath(path).suffix.lower() in _TABLES


def named_params(survey: Survey, script: Script) -> tuple[str, ...]:
    """Return parameter files of the repository that a script mentions, as the default of an option, say."""
    written = {item.path for item in script.writes}
    named = {posixpath.normpath(name) for name in script.tables}
    return tuple(
        path
        for path in sorted(named & set(survey.files))
        if holds_params(path)
        and path not in written
        and PurePosixPath(path).name not in _NOT_PARAMS
        and not may_reach_secret(survey.root, path)  # values of parameters stand in the baseline
    )


def named_data(survey: Survey, script: Script, params: Iterable[str]) -> tuple[str, ...]:
    """Return data of the repository whose path stands in a parameter file."""
    found: dict[str, None] = {}
    for file in params:
        try:
            table = read_table((read_text(survey.root / file) or "").encode(), file)
        except ReproError:
            continue
        for name, value in table.items():
            path = posixpath.normpath(value) if isinstance(value, str) and value else ""
            taken = any(_overlap(path, one) for one in found)
            if path and not taken and _is_data(survey, script, name, path):
                found[path] = None
    return tuple(found)


def _is_data(survey: Survey, script: Script, name: str, path: str) -> bool:
    if (
        _WRITTEN.search(name)
        or _WRITTEN.search(path.partition("/")[0])
        or any(_overlap(path, item.path) for item in script.writes if item.path)
        or (path in survey.files and may_reach_secret(survey.root, path))
    ):
        return False
    tracked = any(path == item.path for item in survey.tracked)
    if path in survey.files or tracked:
        return not (path.endswith(".py") or is_model(path) or holds_params(path))
    inner = [file for file in survey.files if file.startswith(f"{path}/")]
    code = any(file.endswith(".py") for file in inner)
    return bool(inner) and not code and _DATA.search(f"{name} {path}") is not None


def _overlap(one: str, other: str) -> bool:
    return within(one, other) or within(other, one)
