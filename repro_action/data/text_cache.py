# SPDX-License-Identifier: Apache-2.0
"""Small texts in `.repro/cache/`; a lost one costs time only."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from repro_action.files import write_atomically

_LARGEST = 1 << 20


def read_cache(state: Path, name: str) -> str:
    """Return a text that was kept in `.repro/cache/`; empty where there is none."""
    folder = _folder(state)
    try:
        if folder is None or (folder / name).stat().st_size > _LARGEST:
            return ""
        return (folder / name).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def write_cache(state: Path, name: str, text: str) -> None:
    """Keep an ASCII text in `.repro/cache/`, if `.repro/` is there; a failure only costs time."""
    if not state.is_dir() or state.is_symlink():
        return
    with suppress(OSError):
        (state / "cache").mkdir(exist_ok=True)
        folder = _folder(state)
        if folder is not None and len(text) <= _LARGEST and not (folder / name).is_symlink():
            write_atomically(folder / name, text, durable=False)


def _folder(state: Path) -> Path | None:
    """Return the cache's folder, unless a link would lead the write out of the project."""
    folder = state / "cache"
    return None if state.is_symlink() or folder.is_symlink() or not folder.is_dir() else folder
