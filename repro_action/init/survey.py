# SPDX-License-Identifier: Apache-2.0
"""Look at a repository: which scripts train, what they read and write, what stands around them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from repro_action.data.dvc.lock import LockedStage, read_lock
from repro_action.data.dvc.pipeline import NAME as PIPELINE
from repro_action.data.dvc.pipeline import DvcPipeline, read_pipeline
from repro_action.data.dvc.pointers import TrackedData, read_tracked
from repro_action.errors import BaselineError
from repro_action.init.scripts import Script, find_scripts
from repro_action.init.walk import list_files, read_text

LOCKED = ("uv.lock", "flake.nix", "environment.yml", "environment.yaml")
"""Files of other tools that fix the packages, the strictest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a repository holds.

    Attributes:
        root: absolute folder.
        name: of the project.
        files: relative paths, sorted.
        complete: False where the walk stopped early.
        scripts: candidates, likeliest first.
        servers: scripts that answer requests or schedule others, and were not asked for.
        locks: requirements files in which lines have hashes.
        requirements: those without.
        above: files that fix packages in the folders above, up to the top of the git checkout;
            relative, with `../`, the nearest first.
        params: parameter files by their name.
        pipeline: of dvc.yaml, where there is one.
        lock: stages of dvc.lock, where it is there and can be read.
        tracked: data that DVC tracks.
    """

    root: Path
    name: str
    files: tuple[str, ...]
    complete: bool
    scripts: tuple[Script, ...]
    servers: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    pipeline: DvcPipeline | None = None
    lock: Mapping[str, LockedStage] | None = None
    tracked: tuple[TrackedData, ...] = ()

    def has(self, name: str) -> bool:
        """Whether a file stands at the top of the repository."""
        return name in self.files


def survey(root: Path, chosen: tuple[str, ...] = ()) -> Survey:
    """Look at a repository without running any of it.

    Args:
        root: its folder.
        chosen: scripts that are asked for, relative to it; they are read whatever they are called.
    """
    root = root.resolve()
    found = list_files(root)
    locks, loose = _requirements(root, found.files)
    scripts = find_scripts(root, found.files, chosen)
    servers = tuple(script.path for script in scripts if script.serves and script.path not in chosen)
    lock = _lock(root)
    return Survey(
        root=root,
        name=_name(root),
        files=found.files,
        complete=found.complete,
        scripts=tuple(script for script in scripts if script.path not in servers),
        servers=servers,
        locks=locks,
        requirements=loose,
        above=tuple(_above(root)),
        params=tuple(path for path in found.files if is_params(path) and path.count("/") < 2),
        pipeline=read_pipeline(root, lock) if PIPELINE in found.files else None,
        lock=lock,
        tracked=read_tracked(root, found.files),
    )


def _lock(root: Path) -> Mapping[str, LockedStage] | None:
    try:
        return read_lock(root)
    except BaselineError:
        return None  # what dvc.yaml says is proposed without it


def is_params(path: str) -> bool:
    """Whether a file is one of parameters, by its name."""
    name = PurePosixPath(path)
    prefixes = ("param", "config", "hparam", "hyper", "setting", "conf.")
    return name.suffix in {".yaml", ".yml", ".toml", ".json"} and name.name.lower().startswith(prefixes)


def is_hashed(root: Path, path: str) -> bool:
    """Whether lines of a requirements file have hashes."""
    return "--hash=" in (read_text(root / path) or "")


def _requirements(root: Path, files: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return requirements files with hashes, and those without."""
    found = sorted((path for path in files if path.count("/") < 2 and _requires(path)), key=_plainest)
    locks = tuple(path for path in found if is_hashed(root, path))
    return locks, tuple(path for path in found if path not in locks)


def _requires(path: str) -> bool:
    name = PurePosixPath(path).name.lower()
    return name.startswith("require") and name.endswith((".txt", ".lock"))


def _above(root: Path) -> Iterator[str]:
    """Yield the files above a project that fix packages; none outside of a git checkout."""
    around = (root, *root.parents)
    top = next((depth for depth, folder in enumerate(around) if (folder / ".git").exists()), 0)
    for depth in range(1, top + 1):
        try:
            names = {path.name for path in around[depth].iterdir() if path.is_file()}
        except OSError:
            continue  # a folder may be passed through without being readable
        loose = sorted(filter(_requires, names), key=_plainest)
        hashed = [name for name in loose if is_hashed(around[depth], name)]
        named = [name for name in LOCKED if name in names]
        yield from ("../" * depth + name for name in dict.fromkeys([*hashed, *named, *loose]))


def _plainest(path: str) -> tuple[bool, int, str]:
    """Order requirements files: those of development last, short names first."""
    aside = any(word in path for word in ("dev", "test", "doc", "lint", "build"))
    return aside, len(path), path


def _name(root: Path) -> str:
    """Return the name that pyproject.toml gives the project, else the folder's."""
    try:
        table = tomllib.loads(read_text(root / "pyproject.toml") or "")
    except (ValueError, RecursionError):
        table = {}
    project = table.get("project")
    named = project.get("name") if isinstance(project, dict) else None
    name = named if isinstance(named, str) else root.name
    kept = "".join(char for char in name if char.isprintable()).strip()
    return kept[:100] or "model"
