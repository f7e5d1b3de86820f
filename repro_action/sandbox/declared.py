# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH110, PTH112, PTH114, PTH115, PTH118, PTH120 -- paths are texts here: they may hold any byte, and are many
"""What a step may read of its project: the files and folders it declares, and where links in them lead."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.config.model import Config, Step
from repro_action.errors import GraphError
from repro_action.paths.names import RESERVED, normal
from repro_action.paths.patterns import is_pattern, within
from repro_action.steps.inputs import SKIPPED, expand_inputs

_ENVIRONMENT = "pyvenv.cfg"
"""What a virtual environment has, which is no input."""

_CACHES = frozenset({".cache", ".dvc", ".keras", ".local", ".torch"})
"""Hidden folders of a user that data is linked from; in others are keys, tokens and settings."""

_MAX_TARGETS = 200
"""Files outside a declared folder, reached by links in it, that become visible one by one."""


@dataclass(slots=True, kw_only=True)
class Traced:
    """Where declared paths lead.

    Attributes:
        links: symbolic links on the way, absolute path → their text.
        ends: absolute paths of everything but links.
        hidden: folders below these that are no inputs, such as `__pycache__`, absolute.
    """

    links: dict[str, str] = field(default_factory=dict)
    ends: dict[str, None] = field(default_factory=dict)
    hidden: dict[str, None] = field(default_factory=dict)


def readable(config: Config, step: Step, root: Path) -> tuple[str, ...]:
    """Return the files and folders that a step declares and that are there, relative to the project.

    A folder is one entry, whatever it holds; of a glob, each match.

    Args:
        config: its steps and data.
        step: the step.
        root: the project, or a copy of it.
    """
    outputs = tuple(normal(path) for other in config.steps for path in other.outputs)
    pins = tuple(normal(pin.path) for pin in config.data)
    own = tuple(map(normal, step.outputs))
    found: set[str] = set()
    for pattern in map(normal, (*step.inputs, *step.params)):
        if not is_pattern(pattern):
            found.add(pattern)
            continue
        whole = [path for path in (*outputs, *pins) if path not in own]
        try:
            found.update(expand_inputs(root, (pattern,), whole=whole, without=own))
        except GraphError:  # it matches nothing, which the plan has allowed or refused already
            continue
    there = sorted(path for path in found if os.path.lexists(root / path))
    inner = set(there)
    return tuple(path for path in there if not any(str(parent) in inner for parent in Path(path).parents))


def inputs_taken_whole(config: Config) -> frozenset[str]:
    """Return what is one input whatever it holds: outputs of steps, and pinned data."""
    outputs = (normal(path) for step in config.steps for path in step.outputs)
    return frozenset((*outputs, *(normal(pin.path) for pin in config.data)))


def trace(root: Path, names: Iterable[str], *, taken_whole: Iterable[str] = ()) -> Traced:
    """Follow the links of declared paths, so that they can be laid out as they are.

    Nothing leads to what git and repro keep: there the outputs of earlier runs are. What a folder holds
    and is no input of a step that declares it, such as byte code, is hidden.

    Args:
        root: real path of the project.
        names: of `readable`.
        taken_whole: of `inputs_taken_whole`; nothing is hidden in these.
    """
    traced = Traced()
    unchanged = frozenset(str(root / path) for path in taken_whole)
    for name in names:
        end = _follow(root, name, traced)
        if end is None or _reserved(root, end):
            continue
        traced.ends[end] = None
        if os.path.isdir(end):
            for target in _outward(end, traced, unchanged):
                if not _reserved(root, target):
                    traced.ends[target] = None
    for place in _reserved_folders(root):
        if any(place.startswith(f"{end.rstrip('/')}/") for end in traced.ends):
            traced.hidden[place] = None
    return traced


def _reserved(root: Path, path: str) -> bool:
    """Whether no link may lead to a path: folders of git or repro, processes, what a user keeps private."""
    if not RESERVED.isdisjoint(os.path.relpath(path, root).split("/")) or within(path, "/proc"):
        return True
    home = os.path.realpath(os.path.expanduser("~"))  # noqa: PTH111 -- never raises
    if within(path, str(root)):
        return False
    entry = os.path.relpath(path, home).split("/")[0] if within(path, home) else ""
    return within(home, path) or (entry.startswith(".") and entry not in _CACHES)


def _reserved_folders(root: Path) -> Iterator[str]:
    """Yield the folders of git and repro that belong to the project: its own, and those above it."""
    for folder in (root, *root.parents):
        yield from (place for name in sorted(RESERVED) if os.path.isdir(place := os.path.join(folder, name)))


def _follow(root: Path, name: str, traced: Traced) -> str | None:
    """Walk a path part by part, noting links; None where it leads nowhere."""
    if not os.path.exists(root / name):  # a loop of links makes Path.exists raise
        return None
    done, pending = str(root), name.split("/")
    while pending:
        part = pending.pop(0)
        if part in ("", "."):
            continue
        here = os.path.dirname(done) if part == ".." else os.path.join(done, part)
        if within(here, "/proc"):
            return None  # links there lead elsewhere for each process
        if not os.path.islink(here):
            done = here
            continue
        traced.links[here] = text = os.readlink(here)
        pending = [*text.split("/"), *pending]
        done = "/" if text.startswith("/") else done
    return done


def _outward(folder: str, traced: Traced, unchanged: frozenset[str]) -> Iterator[str]:
    """Yield where links inside a folder lead, if that is outside of it; of very many, their folders.

    Notes what is to be hidden on the way, but in what is to be `unchanged`.
    """
    real = os.path.realpath(folder)
    targets: dict[str, None] = {}
    pending = [(folder, not any(within(folder, place) for place in unchanged))]
    while pending:
        here, hides = pending.pop()
        try:
            with os.scandir(here) as scanned:
                entries = list(scanned)
        except OSError:
            continue
        if hides and here != folder and any(entry.name == _ENVIRONMENT for entry in entries):
            traced.hidden[here] = None
            continue
        for entry in entries:
            if entry.is_symlink():
                targets[os.path.realpath(entry.path)] = None
            elif entry.is_dir(follow_symlinks=False):
                if hides and entry.name in SKIPPED:
                    traced.hidden[entry.path] = None
                else:
                    pending.append((entry.path, hides and entry.path not in unchanged))
    outside = [path for path in targets if not within(path, real) and os.path.exists(path)]
    if len(outside) > _MAX_TARGETS:
        outside = sorted({os.path.dirname(path) for path in outside})
    yield from outside
