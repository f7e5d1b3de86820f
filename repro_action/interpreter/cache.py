# SPDX-License-Identifier: Apache-2.0
"""The user's cache folder, and small JSON files in it that may always be lost."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

_MAX_BYTES = 8 << 20


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return `$REPRO_CACHE_DIR`, else the user's cache folder of this system; it need not exist."""
    own = environ.get("REPRO_CACHE_DIR", "")
    if own:
        return Path(own).absolute()
    from platformdirs import user_cache_path

    return user_cache_path("repro-action")


def load(path: Path) -> dict[str, object]:
    """Read a JSON table; empty where it is missing or damaged, because it can be made again."""
    try:
        with path.open("rb") as file:
            table: object = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def store(path: Path, table: Mapping[str, object]) -> None:
    """Replace a JSON table atomically; a folder that cannot be written leaves it as it was."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, json.dumps(table, separators=(",", ":"), sort_keys=True))
    except OSError:
        return


def replace(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all, even after a power cut."""
    import tempfile

    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
