# SPDX-License-Identifier: Apache-2.0
"""Which files of a project a module's name stands for, and what they import in turn; nothing is run."""

from __future__ import annotations

import ast
import os
import posixpath
from collections.abc import Callable, Iterable
from pathlib import Path

from repro_action.config.model import Step
from repro_action.paths.names import normal
from repro_action.pyanalysis.imports import ImportedName, imported_names, module_files, resolve_import
from repro_action.pyanalysis.parse import parse_source

MAX_FILES = 200
MAX_SIZE = 1 << 18


def import_folders(step: Step, root: Path) -> tuple[str, ...]:
    """Return the folders of the project in which a step's Python looks for modules."""
    scripts = [word for word in (*map(step.in_project, step.run), *step.inputs) if word.endswith(".py")]
    folders = [posixpath.dirname(normal(script)) for script in scripts]
    paths = [
        os.path.relpath(root / step.cwd / path, root)
        for path in step.env.get("PYTHONPATH", "").split(":")
        if path
    ]
    found = dict.fromkeys([*folders, step.cwd, "", *paths, "src"])
    return tuple("" if folder == "." else folder for folder in found if not folder.startswith(("..", "/")))


def module_file(root: Path, folders: Iterable[str], name: str) -> str:
    """Return the file of the project that a module's name stands for; empty where there is none."""
    parts = name.split(".")
    for folder in folders:
        # Of `package.part`, what is missing may be the package itself.
        for length in range(len(parts), 0, -1):
            found = module_files(folder, parts[:length], _exists(root))
            if found:
                return found[-1]
    return ""


def imported_files(root: Path, folders: tuple[str, ...], start: Iterable[str]) -> tuple[str, ...]:
    """Return the project's modules that files import, directly or through each other.

    Args:
        root: the project.
        folders: of `import_folders`.
        start: files, relative; those that are not Python are passed over.
    """
    pending = [path for path in start if path.endswith(".py")]
    seen: dict[str, None] = dict.fromkeys(pending)
    while pending and len(seen) < MAX_FILES:
        importer = pending.pop()
        for imported in _imports(root / importer):
            around = (*folders, posixpath.dirname(importer))
            resolved = resolve_import(importer, imported, around, _exists(root))
            for path in resolved.files if resolved is not None else ():
                if path not in seen:
                    seen[path] = None
                    pending.append(path)
    return tuple(sorted(seen))


def _exists(root: Path) -> Callable[[str], bool]:
    return lambda path: (root / path).is_file()


def _imports(file: Path) -> list[ImportedName]:
    try:
        source = file.read_bytes() if file.stat().st_size <= MAX_SIZE else b""
    except OSError:
        return []
    tree = parse_source(source)
    return [] if tree is None else [name for node in ast.walk(tree) for name in imported_names(node)]
