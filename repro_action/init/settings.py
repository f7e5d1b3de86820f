# SPDX-License-Identifier: Apache-2.0
"""What the tables of settings that a script loads say of its paths."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from repro_action.codec.tables import SUFFIXES, read_table
from repro_action.errors import ReproError
from repro_action.init.commands import ScriptCommand
from repro_action.init.script_facts import named_tables
from repro_action.init.walk import read_text
from repro_action.pyanalysis.program import SourceProgram

MAX_TABLES = 8
MAX_TEXT = 500
"""Characters of a value that may be a path."""


def settings_of(
    root: Path, files: Collection[str], program: SourceProgram, command: ScriptCommand
) -> Mapping[str, str]:
    """Return dotted key → text of the tables that a script names, or its command line does.

    Args:
        root: of the project.
        files: of the project, relative.
        program: the script.
        command: how it is run; a table that it names goes before the others.
    """
    around = (command.cwd, str(PurePosixPath(program.entry).parent), "")
    found: dict[str, str] = {}
    for name in [*command.arguments.values(), *sorted(named_tables(program))][: 4 * MAX_TABLES]:
        places = (posixpath.normpath(posixpath.join(folder, name)) for folder in around)
        path = next((place for place in places if place in files and place.endswith(SUFFIXES)), "")
        for key, text in _texts(root, path) if path else ():
            found.setdefault(key, text)
    return found


def _texts(root: Path, path: str) -> list[tuple[str, str]]:
    try:
        table = read_table((read_text(root / path) or "").encode(), path)
    except ReproError:
        return []
    return [
        (key, value)
        for key, value in table.items()
        if isinstance(value, str) and 0 < len(value) <= MAX_TEXT and "${" not in value
    ]
