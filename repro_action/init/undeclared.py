# SPDX-License-Identifier: Apache-2.0
"""Reads of files that no step declares, from `.repro/cache/` while no file that was looked at changed.

Parsing the sources takes longer than all else that `status` does.
"""

from __future__ import annotations

import json
import sys
from dataclasses import astuple

from repro_action import __version__
from repro_action.config.model import Config
from repro_action.data.text_cache import read_cache, write_cache
from repro_action.init.seen_files import SeenFiles
from repro_action.report.status import UndeclaredRead

_NAME = "undeclared.json"


def undeclared_reads(config: Config) -> tuple[UndeclaredRead, ...]:
    """Return reads of files that are there and that no step declares, sorted.

    Inputs, params, outputs and pinned data of all steps count as declared.
    """
    seen = SeenFiles(config.root)
    # Time of change and inode of the configuration: no cache that came with a checkout has them.
    key = [__version__, sys.version, seen.state(config.path.name)]
    cached = _cached(config, key)
    if cached is not None:
        return cached
    from repro_action.init.source_reads import source_reads

    reads = source_reads(config, seen)
    if seen.settled and seen.is_file(config.path.name):
        text = json.dumps({"key": key, "seen": seen.states, "reads": [astuple(read) for read in reads]})
        write_cache(config.state, _NAME, text)
    return reads


def read_sentence(read: UndeclaredRead) -> str:
    """Return a finding as a sentence without a full stop."""
    return f"{read.file}:{read.line} reads {read.path}, which is in no inputs"


def _cached(config: Config, key: list[str]) -> tuple[UndeclaredRead, ...] | None:
    """Return what was found last, if all that was looked at then is as it was."""
    try:
        found = json.loads(read_cache(config.state, _NAME))
        if found["key"] != key:
            return None
        seen = SeenFiles(config.root)
        if any(seen.state(path) != state for path, state in found["seen"].items()):
            return None
        return tuple(
            UndeclaredRead(file=str(file), line=int(line), path=str(path))
            for file, line, path in found["reads"]
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
