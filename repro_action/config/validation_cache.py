# SPDX-License-Identifier: Apache-2.0
"""The cached result that a configuration passed the schema.

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


def identity_of(text: str) -> str:
    """Return what identifies a configuration together with the rules that it was checked against."""
    hasher = hashlib.sha256()
    for part in (__version__, schemas.text(SCHEMA), text):
        encoded = part.encode("utf-8", "surrogatepass")
        hasher.update(f"{len(encoded)}\0".encode() + encoded)
    return hasher.hexdigest()


def was_validated(state: Path, identity: str) -> bool:
    """Whether `.repro/` holds this stamp."""
    folder = _folder(state)
    try:
        return folder is not None and (folder / _NAME).read_text(encoding="ascii") == identity
    except (OSError, UnicodeDecodeError):
        return False


def mark_validated(state: Path, identity: str) -> None:
    """Write the stamp, if `.repro/` is there; a failure only costs time at the next run."""
    if not state.is_dir() or state.is_symlink():
        return
    with suppress(OSError):
        (state / "cache").mkdir(exist_ok=True)
        folder = _folder(state)
        if folder is not None and not (folder / _NAME).is_symlink():
            write_atomically(folder / _NAME, identity)


def _folder(state: Path) -> Path | None:
    """Return the cache's folder, unless a link would lead the write out of the project."""
    folder = state / "cache"
    return None if state.is_symlink() or folder.is_symlink() or not folder.is_dir() else folder
