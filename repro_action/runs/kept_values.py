# SPDX-License-Identifier: Apache-2.0
"""Metrics and materials that baselines have no room to list, kept in `.repro/values` by their digest."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from repro_action.codec.canonical import compact, decode_scalar, encode_scalar
from repro_action.files import read_regular, write_atomically
from repro_action.fingerprint import Fingerprint
from repro_action.folded_values import remainders, unfolded
from repro_action.tree import Scalar

KEPT = 40
"""Files; those that were not used for longest are removed."""

_LARGEST = 64 << 20


def keep(folder: Path, fingerprint: Fingerprint, few: Fingerprint) -> None:
    """Keep what a baseline of a run would not list, so that a later difference is named.

    Args:
        folder: `values` in `.repro`.
        fingerprint: with everything.
        few: what the baseline has of it.
    """
    found = remainders(fingerprint, few)
    if not found:
        return
    folder.mkdir(exist_ok=True)
    for digest, values in found.items():
        text = compact([[name, encode_scalar(value)] for name, value in values.items()])
        write_atomically(folder / f"{digest.value}.json", text, scratch=folder.parent, durable=False)
    _bound(folder)


def with_kept(folder: Path, fingerprint: Fingerprint) -> Fingerprint:
    """Return a run of a baseline with the values that it does not list, as far as they were kept."""
    return unfolded(fingerprint, lambda digest: _find(folder / f"{digest.value}.json"))


def _find(path: Path) -> Mapping[str, Scalar] | None:
    try:
        if path.lstat().st_size > _LARGEST:
            return None
        values = {str(name): decode_scalar(value) for name, value in json.loads(read_regular(path))}
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    with contextlib.suppress(OSError):
        os.utime(path, (time.time(), time.time()), follow_symlinks=False)
    return values


def _bound(folder: Path) -> None:
    files = sorted(folder.glob("*.json"), key=lambda file: file.lstat().st_mtime_ns, reverse=True)
    for file in files[KEPT:]:
        with contextlib.suppress(OSError):
            file.unlink()
