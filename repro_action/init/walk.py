# SPDX-License-Identifier: Apache-2.0
"""A bounded walk over a repository that leaves out what is not the user's own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

MAX_FILES = 50_000
MAX_ALIKE = 1_000
"""Files of one folder that are listed besides code and settings: of many images, some stand for all."""

MAX_DEPTH = 100
"""Folders inside each other; what lies deeper is not a project's own."""

MAX_TEXT = 1 << 20
"""Bytes of a source or configuration file that is looked into."""

_READ = (".py", ".ipynb", ".toml", ".yaml", ".yml", ".dvc", ".sh", ".lock", ".cfg")
_SKIPPED = {
    *(".git", ".hg", ".svn", ".repro", ".dvc", ".tox", ".nox", ".direnv", ".eggs", ".idea", ".vscode"),
    *("venv", "env", "node_modules", "site-packages", "__pycache__", "mlruns", "wandb", "lightning_logs"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileListing:
    """The files of a repository.

    Attributes:
        files: relative paths with `/`, sorted.
        complete: False where there are more than `MAX_FILES`, or folders deeper than `MAX_DEPTH`; of a
            folder with more than `MAX_ALIKE` files, those are listed that are read, and some others.
    """

    files: tuple[str, ...]
    complete: bool


def list_files(root: Path) -> FileListing:
    """List the files below `root`, without following links to folders."""
    files: list[str] = []
    complete = True
    for folder, folders, names in os.walk(root):
        base = Path(folder).relative_to(root)
        folders[:] = sorted(name for name in folders if not _skip(Path(folder), name))
        if folders and len(base.parts) >= MAX_DEPTH:
            complete, folders[:] = False, []
        files += [(base / name).as_posix() for name in _listed(sorted(names))]
        if len(files) > MAX_FILES:
            return FileListing(files=tuple(sorted(files[:MAX_FILES])), complete=False)
    return FileListing(files=tuple(sorted(files)), complete=complete)


def _listed(names: list[str]) -> list[str]:
    if len(names) <= MAX_ALIKE:
        return names
    read = [name for name in names if name.endswith(_READ)]
    return sorted([*read, *(name for name in names if not name.endswith(_READ))][: max(MAX_ALIKE, len(read))])


def is_skipped(around: str, name: str) -> bool:
    """Whether a folder is not the user's own.

    Args:
        around: path of the folder that it is in.
        name: its own name.
    """
    return _skip(Path(around), name)


def _skip(folder: Path, name: str) -> bool:
    cache = name.startswith(".") and name.endswith("cache")
    return name in _SKIPPED or cache or name.startswith(".venv") or (folder / name / "pyvenv.cfg").is_file()


def read_text(path: Path) -> str | None:
    """Return a small regular UTF-8 file's text, or None."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_TEXT:
            return None
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
