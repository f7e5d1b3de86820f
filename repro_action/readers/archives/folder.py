# SPDX-License-Identifier: Apache-2.0
"""Folders: names, contents, the targets of links, and whether a file may be executed.

Times, owners, the other permission bits and the order of entries are not content.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.archives.joined_files import INDICES, joined_files
from repro_action.readers.archives.members import Members
from repro_action.readers.bytes_file import read_bytes
from repro_action.readers.protocol import FileSource, JoinedFiles, ReadContext, Source
from repro_action.tree import Tree

_Found = TypeVar("_Found")


def read_folder(path: Path, context: ReadContext, *, outer: str = "") -> Tree:
    """Read a folder and all below it; links are recorded and never followed.

    Args:
        path: the folder.
        context: limits, digester and what reads files.
        outer: what comes before the names of its files in those of the artifact.

    Raises:
        ArtifactUnreadable: something cannot be read, is too deep, or there is too much.
    """
    if context.nest is None:
        raise ArtifactUnreadable("the files of a folder cannot be read here")
    members = Members(context)
    whole, reasons = _whole(path, outer, context)
    if whole is not None:
        return whole
    queue = [(path, "", reasons)]
    while queue:
        folder, prefix, reasons = queue.pop()
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        models = [
            *_models(entries, outer + prefix, context),
            *_database(folder, entries, outer + prefix, reasons, context),
        ]
        for model in models:
            members.add(prefix + model.name, model.tree)
        done = frozenset[str]().union(*(model.files for model in models))
        for entry in entries:
            if entry.name in done:
                continue
            name = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                whole, below = _whole(Path(entry.path), f"{outer}{name}/", context)
                if whole is not None:
                    members.add(name, whole)
                    continue
                members.add_folder(name)
                queue.append((Path(entry.path), name + "/", below))
            else:
                _add(entry, name, members, outer, reasons.get(entry.name, ""))
    return Tree(format="folder", root=members.root(), excluded=tuple(members.excluded))


def _entered(source: Source, name: str, context: ReadContext) -> str:
    """Say that a file is read now; return why it is not to be."""
    if context.watch is None:
        return ""
    context.watch.entered(name, source.size)
    return context.watch.skipped.get(name, "")


def _models(entries: list[os.DirEntry[str]], prefix: str, context: ReadContext) -> list[JoinedFiles]:
    """Return what several files of a folder are together; a folder without an index costs nothing."""
    indices = [entry.name for entry in entries if entry.name.endswith(INDICES)]
    files: dict[str, Source] = {
        entry.name: FileSource(Path(entry.path))
        for entry in entries
        if indices and entry.is_file(follow_symlinks=False)
    }
    for name in indices:
        # What ends the reader is put down to the index, whose files are read one by one then.
        if name in files and _entered(files[name], prefix + name, context):
            del files[name]
    return joined_files(files, context) if files else []


def _whole(folder: Path, prefix: str, context: ReadContext) -> tuple[Tree | None, dict[str, str]]:
    """Return the tree of a folder that is one thing; see `_array`."""
    tracked = _tracked(folder, prefix, context)
    return (tracked, {}) if tracked is not None else _array(folder, prefix, context)


def _tracked(folder: Path, prefix: str, context: ReadContext) -> Tree | None:
    """Return what MLflow or Ray Tune keeps in a folder; None where it is another one, or damaged."""
    from repro_action.readers.tracking import mlflow_files, ray_folder

    if context.level >= context.limits.levels:
        return None
    if mlflow_files.is_store(folder):
        read = mlflow_files.read_store
    elif ray_folder.is_experiment(folder):
        read = ray_folder.read_experiment
    else:
        return None
    inner = replace(context, level=context.level + 1)
    try:
        return read(folder, prefix, lambda path, name: _below(path, name, inner), context)
    except (ArtifactUnreadable, RecursionError):
        context.check_time()
        return None


def _below(path: Path, name: str, context: ReadContext) -> Tree:
    """Read a file or folder that is a part of something else.

    Raises:
        ArtifactUnreadable: it is neither.
    """
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        return read_folder(path, context, outer=name + "/")
    if not stat.S_ISREG(mode):
        raise ArtifactUnreadable(f"{name[:200]} is neither a file nor a folder")
    return _file(FileSource(path), name, "", context)


def _file(source: FileSource, name: str, reason: str, context: ReadContext) -> Tree:
    reason = reason or _entered(source, name, context)
    # Files of a folder do not lie deeper inside an archive than the folder itself.
    return (
        context.nest(source, context) if not reason and context.nest else read_bytes(source, context, reason)
    )


def _array(folder: Path, prefix: str, context: ReadContext) -> tuple[Tree | None, dict[str, str]]:
    """Return the tree of a folder that is an array; else why the file that says so could not be followed."""
    from repro_action.readers.zarr import folders, zarr_array

    mark = zarr_array.array_of(folder, context)
    if not mark:
        return None, {}
    reason = _entered(FileSource(folder / mark), prefix + mark, context)
    found = None
    if not reason:
        found, reason = _tried(lambda: folders.array_tree(folder, context), context)
    return found, {mark: f"zarr: {reason}"} if reason else {}


def _database(
    folder: Path, entries: list[os.DirEntry[str]], prefix: str, reasons: dict[str, str], context: ReadContext
) -> list[JoinedFiles]:
    """Return the arrays of a folder that is a database; `reasons` says why it could not be followed."""
    from repro_action.readers.zarr import folders, ocdbt

    names = [entry.name for entry in entries]
    if ocdbt.MANIFEST not in names:
        return []
    reason = _entered(FileSource(folder / ocdbt.MANIFEST), prefix + ocdbt.MANIFEST, context)
    found = None
    if not reason:
        found, reason = _tried(lambda: folders.database_arrays(folder, names, context), context)
    if reason:
        reasons[ocdbt.MANIFEST] = f"ocdbt: {reason}"
    return found or []


def _tried(read: Callable[[], _Found], context: ReadContext) -> tuple[_Found | None, str]:
    """Return what several files are together, or why they are read one by one."""
    try:
        return read(), ""
    except ArtifactUnreadable as error:
        context.check_time()
        return None, error.what
    except Exception as error:  # noqa: BLE001 -- whatever a hostile file makes of the libraries underneath
        return None, f"it is malformed in a way that its reader did not expect: {type(error).__name__}"


def _add(entry: os.DirEntry[str], name: str, members: Members, outer: str, reason: str) -> None:
    context = members.context
    mode = entry.stat(follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        members.add_link(name, str(Path(entry.path).readlink()))
    elif not stat.S_ISREG(mode) or context.nest is None:
        members.add_unread(name, "it is not a file, folder or link")
    else:
        tree = _file(FileSource(Path(entry.path)), outer + name, reason, context)
        members.add(name, tree, executable=bool(mode & stat.S_IXUSR))
