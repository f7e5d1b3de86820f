# SPDX-License-Identifier: Apache-2.0
"""Finds the files that the inputs of a step stand for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.errors import GraphError
from repro_action.paths.names import shown
from repro_action.paths.patterns import (
    PathPattern,
    Positions,
    is_pattern,
    literal_prefix,
    reaches,
    within,
)

LIMIT = 1_000_000
"""Entries that are looked at for one pattern; beyond it the pattern is an error."""

SKIPPED = frozenset({".git", ".repro", "__pycache__"})
"""Folders that are never inputs: byte code changes as soon as a step imports something."""


def found(root: Path, pattern: str) -> bool:
    """Whether a file, a folder, or a match of a glob is there; `exists` of `graph.order`."""
    if not is_pattern(pattern):
        return (root / pattern).exists()
    return next(_matches(_InputWalk(root=root), pattern), None) is not None


def expand_inputs(
    root: Path, patterns: Iterable[str], *, whole: Iterable[str] = (), without: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the files that inputs stand for, as sorted POSIX paths relative to the project.

    A folder stands for all files below it, hidden ones included, but for `SKIPPED` and
    virtual environments (folders with a `pyvenv.cfg`). A folder that is a symbolic link
    stays one entry and is not entered when a wildcard or a walk meets it.

    Args:
        root: the project.
        patterns: cleaned files, folders or globs (`src/**/*.py`).
        whole: files and folders that stay one entry each and need not be there yet:
            outputs of the earlier steps and pinned data. What lies inside one is vouched
            for by the whole.
        without: paths that a glob or a folder does not match: outputs of the step itself
            and of later ones, which may be left over from an earlier run.

    Raises:
        GraphError: a pattern matches nothing, or too much.
    """
    walk = _InputWalk(root=root, whole=frozenset(whole), without=frozenset(without))
    taken: set[str] = set()
    for pattern in patterns:
        walk.budget = LIMIT
        matched = {entry for entry in walk.whole if reaches(pattern, entry)}
        matched.update(_matches(walk, pattern))
        if not matched:
            raise GraphError(
                f"no file matches the input {shown(pattern)}",
                why="An input that matches nothing is usually a spelling mistake.",
                remedy="Correct or remove it; wildcards do not match names with a leading dot.",
            )
        taken |= matched
    return tuple(sorted(taken))


@dataclass(slots=True, kw_only=True)
class _InputWalk:
    root: Path
    whole: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    budget: int = field(default=LIMIT)

    def listed(self, folder: str) -> Iterator[tuple[str, str, bool]]:
        """Yield `(name, path, is a folder)` of the entries of a folder, sorted by name."""
        try:
            with os.scandir(self.root / folder) as entries:
                listed = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
        except NotADirectoryError:
            return
        except OSError as error:
            raise GraphError(
                f"the folder {shown(folder or '.')} cannot be listed: {error.strerror}",
                remedy="Make it readable, or name the inputs more narrowly.",
            ) from error
        if folder and ("pyvenv.cfg", False) in listed:
            return
        for name, is_folder in listed:
            path = f"{folder}/{name}" if folder else name
            if path not in self.without and not (is_folder and name in SKIPPED):
                self._spend(path)
                yield name, path, is_folder

    def below(self, folder: str) -> Iterator[str]:
        """Yield what a folder stands for."""
        # NOTE: an explicit stack, since a hostile tree may be deeper than Python's recursion.
        pending = [folder]
        while pending:
            for _, path, is_folder in self.listed(pending.pop()):
                if is_folder and path not in self.whole:
                    pending.append(path)
                else:
                    yield path

    def _spend(self, path: str) -> None:
        self.budget -= 1
        if self.budget < 0:
            raise GraphError(
                f"an input matches more than {LIMIT:,} files; the last one is {shown(path)}",
                remedy="Pin the folder as [[data]], which counts as one entry.",
            )


def _matches(walk: _InputWalk, pattern: str) -> Iterator[str]:
    prefix = literal_prefix(pattern)
    if prefix and any(within(prefix, entry) for entry in walk.whole):
        return
    if is_pattern(pattern):
        wanted = PathPattern(pattern)
        positions = wanted.start()
        for name in prefix.split("/") if prefix else ():
            positions = wanted.advance(positions, name)
        if not prefix or (walk.root / prefix).is_dir():
            yield from _descend(walk, wanted, positions, prefix)
    elif pattern not in walk.without:
        path = walk.root / pattern
        if path.is_dir():
            yield from walk.below(pattern)
        elif path.exists():
            yield pattern


def _descend(walk: _InputWalk, wanted: PathPattern, positions: Positions, folder: str) -> Iterator[str]:
    pending = [(folder, positions)]
    while pending:
        here, before = pending.pop()
        for name, path, is_folder in walk.listed(here):
            following = wanted.advance(before, name)
            if not following:
                continue
            matched = wanted.accepts(following)
            if not is_folder or path in walk.whole:
                if matched or (is_folder and _any_inside(walk, wanted, following, path)):
                    yield path
            elif matched:
                yield from walk.below(path)
            else:
                pending.append((path, following))


def _any_inside(walk: _InputWalk, wanted: PathPattern, positions: Positions, folder: str) -> bool:
    plain = _InputWalk(root=walk.root, without=walk.without, budget=walk.budget)
    return next(_descend(plain, wanted, positions, folder), None) is not None
