# SPDX-License-Identifier: Apache-2.0
"""Which files of a list are the configurations that patterns stand for: `discover` for a commit of git.

Only names and contents are looked at, so what a commit held is found without checking it out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

from repro_action.config.discover import MAX_ENTRIES, SKIPPED, split_patterns
from repro_action.config.find import MAX_BYTES, OWN, SHARED, holds_table, looks_like_configuration
from repro_action.paths.patterns import PathPattern, is_pattern

_USUAL = frozenset({OWN, SHARED})


def may_be_configurations(files: Collection[str], patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the files that patterns stand for by their names.

    Args:
        files: POSIX paths from the top of the repository.
        patterns: as `discover` takes them.

    Raises:
        ConfigError: a pattern is refused.
    """
    wanted = split_patterns(patterns)
    literal = {pattern for pattern in wanted if not is_pattern(pattern)}
    globs = tuple(PathPattern(pattern) for pattern in wanted if is_pattern(pattern))
    environments = {str(PurePosixPath(path).parent) for path in files if path.endswith("/pyvenv.cfg")}
    found = [
        path
        for path in files
        if path.endswith(".toml")
        and (_named(path, literal) or (not _skipped(path, environments) and _matched(path, globs)))
    ]
    return tuple(sorted(found)[:MAX_ENTRIES])


def _named(path: str, literal: Collection[str]) -> bool:
    folder, _, name = path.rpartition("/")
    return path in literal or (name in _USUAL and (folder or ".") in literal)


def _skipped(path: str, environments: Collection[str]) -> bool:
    folders = path.split("/")[:-1]
    return any(folder in SKIPPED for folder in folders) or any(
        "/".join(folders[:length]) in environments for length in range(1, len(folders) + 1)
    )


def _matched(path: str, globs: Sequence[PathPattern]) -> bool:
    folder, _, name = path.rpartition("/")
    usual = name in _USUAL
    return any(
        (pattern.matches(path) and (usual or pattern.text.endswith(".toml")))
        or (usual and folder != "" and pattern.matches(folder))
        for pattern in globs
    )


def model_name(path: str, data: bytes | None) -> str | None:
    """Return the model's name of a configuration; None where the file is none.

    One that is broken, or has no name, is called after its folder.

    Args:
        path: of the file; its name says where the configuration is in it.
        data: its content; None where that is too large to be read, and the file counts by its path.
    """
    place = PurePosixPath(path)
    if data is not None and not _is_configuration(place.name, data):
        return None
    own = next(_names(place.name, data), "") if data is not None else ""
    return own or place.parent.name or place.stem


def _is_configuration(file: str, data: bytes) -> bool:
    if file == SHARED:
        return holds_table(data)
    return file in _USUAL or looks_like_configuration(data)


def _names(file: str, data: bytes) -> Iterator[str]:
    if len(data) > MAX_BYTES:
        return
    try:
        raw: object = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return
    for table in ("tool", "repro") if file == SHARED else ():
        raw = raw.get(table) if isinstance(raw, dict) else None
    name = raw.get("name") if isinstance(raw, dict) else None
    if isinstance(name, str):
        yield name
