# SPDX-License-Identifier: Apache-2.0
"""Small texts in `.repro/cache/`; one of them says that a configuration passed the schema.

Importing the validator takes longer than a `verify` that has nothing to do, so a text that
was found valid is not validated again. The cache is not a proof: anyone who can write it can write
the configuration too, and what a lost or forged one skips is checked again by the builder.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from repro_action import __version__, schemas
from repro_action.config.validate import SCHEMA
from repro_action.files import write_atomically

_NAME = "config.valid"
_LARGEST = 1 << 20


def identity_of(text: str) -> str:
    """Return what identifies a configuration together with the rules that it was checked against."""
    hasher = hashlib.sha256()
    for part in (__version__, schemas.text(SCHEMA), text):
        encoded = part.encode("utf-8", "surrogatepass")
        hasher.update(f"{len(encoded)}\0".encode() + encoded)
    return hasher.hexdigest()


def was_validated(state: Path, identity: str) -> bool:
    """Whether `.repro/` holds this stamp."""
    return read_cache(state, _NAME) == identity


def mark_validated(state: Path, identity: str) -> None:
    """Write the stamp, if `.repro/` is there; a failure only costs time at the next run."""
    write_cache(state, _NAME, identity)


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
