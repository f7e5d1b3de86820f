# SPDX-License-Identifier: Apache-2.0
"""Copies of a project to run in, so that the project itself stays as it is.

A copy holds everything that a step would find in the project, but for what a run makes by
itself: declared outputs, repro's own folder, caches. `.git` is left out as well; git finds the
project's own from below `.repro`. Environments are linked, not copied. File content is
shared with the original where the file system can do so until someone writes to it.

NOTE: large files are not hard links: making one moves the change time of the file that all
copies share, and a seal, which looks at just that, would take it for an edit.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from repro_action.errors import StepError
from repro_action.files import copy_file, write_atomically

HOME = "home"
"""An empty folder beside the copy."""
USUAL = "project"
"""Default name of the copy's folder."""

_LEFT_OUT = frozenset({".git", ".hg", ".jj", ".repro"})
_CACHES = frozenset(
    {
        "__pycache__",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
        ".ipynb_checkpoints",
        ".tox",
        ".nox",
        ".direnv",
    }
)
_ENVIRONMENTS = frozenset({"node_modules", ".conda", ".pixi"})


def copy_project(root: Path, target: Path, *, outputs: Iterable[str]) -> None:
    """Copy a project.

    Args:
        root: the project.
        target: folder to make; must not exist.
        outputs: declared paths, which are left out.

    Raises:
        StepError: something cannot be read, or the disk is full.
    """
    made = frozenset(os.path.normpath(output) for output in outputs)
    try:
        _folder(root, target, root=root, made=made)
    except OSError as error:
        raise _uncopied(error) from error
    except RecursionError as error:
        raise StepError(
            "the project cannot be copied: its folders are nested too deeply",
            remedy="Move what no step needs out of the project.",
        ) from error


def copy_into(source: Path, root: Path, name: str) -> None:
    """Copy a file, link or folder of one project into a copy of another one, links kept inside.

    Args:
        source: what is copied.
        root: the copy.
        name: where it goes in the copy.

    Raises:
        StepError: it cannot be copied, or a link of the copy leads its place out of it.
    """
    target = root / name
    try:
        if not os.path.realpath(target.parent).startswith(os.path.realpath(root)):
            raise StepError(
                "it cannot be taken from another commit: its folder is a symbolic link",
                where=name,
                remedy="Replace the link with the folder itself.",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            target.symlink_to(source.readlink())
        elif source.is_dir():
            _folder(source, target, root=source, made=frozenset())
        else:
            copy_file(source, target)
    except OSError as error:
        raise _uncopied(error) from error


def _uncopied(error: OSError) -> StepError:
    return StepError(
        f"the project cannot be copied: {error.strerror}",
        where=os.fsdecode(error.filename or ""),
        remedy="Free some disk space, or move files that no step needs out of the project.",
    )


def _folder(source: Path, target: Path, *, root: Path, made: frozenset[str]) -> None:
    target.mkdir(parents=True)
    with os.scandir(source) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            path, copy = Path(entry.path), target / entry.name
            if entry.name in _LEFT_OUT | _CACHES or str(path.relative_to(root)) in made:
                continue
            if entry.is_symlink():
                copy.symlink_to(_link(path, root))
            elif entry.is_dir():
                if _is_environment(path):
                    copy.symlink_to(path)
                else:
                    _folder(path, copy, root=root, made=made)
            elif entry.is_file():
                copy_file(path, copy)
    shutil.copystat(source, target)


def _is_environment(folder: Path) -> bool:
    markers = (folder / "pyvenv.cfg", folder / "conda-meta")
    return folder.name in _ENVIRONMENTS or any(path.exists() for path in markers)


def _link(path: Path, root: Path) -> str:
    """Return where a copied link leads: inside the copy, or out of the project as before."""
    target = Path(os.path.normpath(path.parent / path.readlink()))
    if target.is_relative_to(root):
        return os.path.relpath(target, path.parent)
    return str(target)


def keep_outputs(root: Path, outputs: Iterable[str]) -> None:
    """Remove everything from a copy but its outputs."""
    made = {Path(os.path.normpath(output)) for output in outputs}
    above = {parent for path in made for parent in path.parents}
    _thin(root, root, made, above)


def _thin(folder: Path, root: Path, made: set[Path], above: set[Path]) -> None:
    for path in list(folder.iterdir()):
        name = path.relative_to(root)
        if name in made:
            continue
        if name in above and path.is_dir() and not path.is_symlink():
            _thin(path, root, made, above)
        else:
            remove(path)


def remove(path: Path) -> None:
    """Remove a file or folder, also one whose permissions a step took away."""
    if not os.path.lexists(path):
        return
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return
    for folder, _, _ in os.walk(path):
        with suppress(OSError):
            Path(folder).chmod(stat.S_IRWXU)
    shutil.rmtree(path, ignore_errors=True)


def make_base(state: Path) -> Path:
    """Make the folder of one probe below a project's `.repro`; what a killed one left is removed."""
    probes = state / "probe"
    remove(probes)
    probes.mkdir(parents=True)
    write_atomically(state / ".gitignore", "*\n")
    return probes
