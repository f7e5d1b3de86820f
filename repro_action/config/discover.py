# SPDX-License-Identifier: Apache-2.0
"""Which configurations a repository of many models holds.

`discover` is one rule for `repro plan` and for the action's `config`. What it returns is a
list of patterns too, which stands for itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from repro_action.config.find import OWN, SHARED, find, is_configuration
from repro_action.config.problems import shown
from repro_action.errors import ConfigError
from repro_action.paths.names import normal, refusal
from repro_action.paths.patterns import PathPattern, is_pattern

EVERYWHERE = "**"
"""The pattern that stands for all configurations of a repository."""

MAX_CONFIGS = 1_000
MAX_ENTRIES = 200_000
"""Files and folders that are looked at for all patterns together."""

SKIPPED = frozenset({".git", ".repro", "node_modules"})
"""Folders that are not entered for a glob."""

_SEPARATOR = re.compile(r"[,\r\n]")
_EXAMPLES = f"Write patterns from the repository's root: {OWN}, models/a, models/*/{OWN} or **/{OWN}."


def discover(root: Path, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the configurations that patterns stand for.

    A pattern is a file, a folder or a glob: `*`, `?` and `[…]` inside one name, `**` for any
    number of folders. A folder stands for the configuration in it. A glob stands for every
    `repro.toml`, every `pyproject.toml` with `[tool.repro]` and every folder with one of them
    that it matches; one that ends in `.toml` also for configurations of other names. A wildcard
    does not match a leading dot, and neither links to folders,
    `node_modules` nor virtual environments are entered for it.

    Args:
        root: of the repository.
        patterns: each may hold several, with commas or newlines between.

    Returns:
        POSIX paths relative to the root, links resolved, sorted, each once.

    Raises:
        ConfigError: a pattern is refused or stands for nothing, or there is too much to look at.
    """
    root = root.resolve()
    wanted = split_patterns(patterns)
    globs = tuple(PathPattern(pattern) for pattern in wanted if is_pattern(pattern))
    matched: set[str] = set()
    found: set[str] = set()
    for pattern, path in _matches(root, wanted, globs):
        matched.add(pattern)
        found.add(path)
        if len(found) > MAX_CONFIGS:
            raise ConfigError(
                f"there are more than {MAX_CONFIGS:,} configurations",
                remedy="Name fewer of them, such as one folder of models for each workflow.",
            )
    for pattern in wanted:
        if pattern not in matched:
            raise ConfigError(
                f"no configuration matches {shown(pattern)}",
                why="A pattern that matches nothing would leave a model unverified.",
                remedy=f"{_EXAMPLES} A {SHARED} counts if it has a table [tool.repro].",
            )
    return tuple(sorted(found))


def split_patterns(patterns: Sequence[str]) -> tuple[str, ...]:
    """Return patterns one by one, in their one spelling.

    Raises:
        ConfigError: one is refused, or there is none.
    """
    parts = [part.strip() for text in patterns for part in _SEPARATOR.split(text)]
    cleaned = [_cleaned(part) for part in parts if part]
    if not cleaned:
        raise ConfigError("no configuration is named", remedy=_EXAMPLES)
    return tuple(dict.fromkeys(cleaned))


def _cleaned(pattern: str) -> str:
    found = None if normal(pattern) == "." else refusal(pattern, wildcards="")
    if found is not None:
        raise ConfigError(f"{found[0]}: {shown(pattern)}", remedy=_EXAMPLES)
    return normal(pattern)


def _matches(root: Path, wanted: Sequence[str], globs: Sequence[PathPattern]) -> Iterator[tuple[str, str]]:
    """Yield `(pattern, configuration)` for every match."""
    for pattern in wanted:
        if not is_pattern(pattern):
            found = _config_at(root, pattern, any_name=True)
            if found:
                yield pattern, found
    if not globs:
        return
    walk = _ConfigWalk(root=root, globs=globs)
    for path, patterns in walk.matches():
        found = _config_at(root, path, any_name=False)
        if found:
            yield from ((pattern, found) for pattern in patterns)
            continue
        named = [pattern for pattern in patterns if pattern.endswith(".toml")]
        if named and PurePosixPath(path).name not in {OWN, SHARED} and is_configuration(root / path):
            yield from ((pattern, _addressable(root, root / path, path)) for pattern in named)


def _config_at(root: Path, path: str, *, any_name: bool) -> str:
    """Return the configuration that a file or folder is; empty where it is none.

    Args:
        root: of the repository, resolved.
        path: relative to it.
        any_name: whether a file may have another name than the two that are looked for.
    """
    place = root / path
    if place.is_dir():
        name = _config_name(root, path)
        return _addressable(root, place / name, path) if name else ""
    if not place.is_file() or not (any_name or place.name in {OWN, SHARED}):
        return ""
    shared = place.name == SHARED
    if shared and _config_name(root, str(PurePosixPath(path).parent)) != SHARED:
        return ""
    return _addressable(root, place, path)


def _config_name(root: Path, folder: str) -> str:
    """Return the name of the configuration in a folder; empty where there is none."""
    place = root / folder
    if not any((place / name).is_file() for name in (OWN, SHARED)):
        return ""
    try:
        return find(root, place).name
    except ConfigError as error:
        if error.where != OWN:
            return ""
        # Both stand there; of many folders it must be said in which.
        error.where = shown(normal(f"{folder}/{OWN}"))
        raise


def _addressable(root: Path, place: Path, path: str) -> str:
    """Return the place of a configuration as a path that means the same as a pattern."""
    try:
        found = place.resolve().relative_to(root).as_posix()
    except (ValueError, OSError, RuntimeError):  # outside, or a circle of links
        raise ConfigError(
            f"a link leads {shown(path)} out of the repository",
            why="The target of the link is not part of the commit.",
            remedy="Replace the link with the file itself.",
        ) from None
    refused = refusal(found, wildcards="*?[,")
    if refused is not None or any(part != part.strip() for part in found.split("/")):
        reason = refused[0] if refused is not None else "a name in the path starts or ends with a space"
        raise ConfigError(
            f"{reason}: {shown(found)}",
            why="Matrices of jobs pass configurations on as patterns, with commas or newlines between.",
            remedy="Rename the folder.",
        )
    if not found.endswith(".toml"):
        raise ConfigError(f"{shown(found)} is not a TOML file", remedy=_EXAMPLES)
    return found


@dataclass(slots=True, kw_only=True)
class _ConfigWalk:
    """One walk for all globs, which enters only what one of them can match in."""

    root: Path
    globs: Sequence[PathPattern]
    budget: int = field(default=MAX_ENTRIES)

    def matches(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each file or folder that globs match, with these."""
        # NOTE: an explicit stack, since a hostile tree may be deeper than Python's recursion.
        pending = [("", {pattern: pattern.start() for pattern in self.globs})]
        while pending:
            folder, before = pending.pop()
            for name, is_folder in self._listed(folder):
                path = f"{folder}/{name}" if folder else name
                reached = {
                    pattern: following
                    for pattern, positions in before.items()
                    if (following := pattern.advance(positions, name))
                }
                accepted = tuple(
                    pattern.text for pattern, positions in reached.items() if pattern.accepts(positions)
                )
                if accepted:
                    yield path, accepted
                if is_folder and reached:
                    pending.append((path, reached))

    def _listed(self, folder: str) -> list[tuple[str, bool]]:
        found: list[tuple[str, bool]] = []
        try:
            with os.scandir(self.root / folder) as entries:
                for entry in entries:
                    self.budget -= 1
                    if self.budget < 0:
                        raise ConfigError(
                            f"there are more than {MAX_ENTRIES:,} files to look at",
                            remedy=f"Start patterns with the folder of the models: models/*/{OWN}.",
                        )
                    found.append((entry.name, entry.is_dir(follow_symlinks=False)))
        except OSError as error:
            raise ConfigError(
                f"the folder {shown(folder or '.')} cannot be listed: {error.strerror}",
                remedy="Make it readable, or name the configurations more narrowly.",
            ) from error
        # What stands in its top folder counts all the same: nobody hides a model by adding a file.
        environment = bool(folder) and ("pyvenv.cfg", False) in found
        # A link to a folder is neither a folder here nor a file below: it is passed over.
        return [
            (name, is_folder)
            for name, is_folder in sorted(found)
            if name not in SKIPPED and (name.endswith(".toml") or (is_folder and not environment))
        ]
