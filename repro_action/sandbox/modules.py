# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH118, PTH120 -- paths are texts here: they may hold any byte, and are many
"""Which files of a project a module's name stands for, and what they import in turn; nothing is run."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from repro_action.config.model import Step
from repro_action.config.paths import normal

MAX_FILES = 200
MAX_SIZE = 1 << 18


def bases(step: Step, root: Path) -> tuple[str, ...]:
    """Return the folders of the project in which a step's Python looks for modules."""
    scripts = [word for word in (*step.run, *step.inputs) if word.endswith(".py")]
    folders = [os.path.dirname(normal(script)) for script in scripts]
    paths = [os.path.relpath(root / path, root) for path in step.env.get("PYTHONPATH", "").split(":") if path]
    held = dict.fromkeys([*folders, "", *paths, "src"])
    return tuple("" if folder == "." else folder for folder in held if not folder.startswith(("..", "/")))


def found_module(root: Path, folders: Iterable[str], name: str) -> str:
    """Return the file of the project that a module's name stands for; empty where there is none."""
    parts = name.split(".")
    for folder in folders:
        # Of `package.part`, what is missing may be the package itself.
        for length in range(len(parts), 0, -1):
            stem = os.path.join(folder, *parts[:length])
            for path in (f"{stem}.py", f"{stem}/__init__.py"):
                if (root / path).is_file():
                    return path
    return ""


def closure(root: Path, folders: tuple[str, ...], start: Iterable[str]) -> tuple[str, ...]:
    """Return the project's modules that files import, directly or through each other.

    Args:
        root: the project.
        folders: of `bases`.
        start: files, relative; those that are no Python are passed over.
    """
    pending = [path for path in start if path.endswith(".py")]
    seen: dict[str, None] = dict.fromkeys(pending)
    while pending and len(seen) < MAX_FILES:
        file = pending.pop()
        for name in _imports(root, file):
            path = found_module(root, (*folders, os.path.dirname(file)), name)
            if path and path not in seen:
                seen[path] = None
                pending.append(path)
    return tuple(sorted(seen))


def _imports(root: Path, file: str) -> Iterator[str]:
    try:
        if (root / file).stat().st_size > MAX_SIZE:
            return
        tree = ast.parse((root / file).read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    package = os.path.dirname(file).split("/") if os.path.dirname(file) else []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            if module:
                yield module
            yield from (f"{module}.{alias.name}" if module else alias.name for alias in node.names)
