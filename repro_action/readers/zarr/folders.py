# SPDX-License-Identifier: Apache-2.0
"""Folders that are arrays, and folders that are databases of arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import FileSource, JoinedFiles, ReadContext, Source
from repro_action.readers.zarr.ocdbt import MANIFEST, read_database
from repro_action.readers.zarr.zarr_array import NEW, OLD, files_below, read_array
from repro_action.tree import Tree

ARRAY = "zarr"
_DATA = "d"
_PROCESS = "ocdbt.process_"


def array_tree(folder: Path, context: ReadContext) -> Tree:
    """Return the tree of a folder that is an array.

    Raises:
        ArtifactUnreadable: its files cannot be read as one.
    """
    return Tree(format=ARRAY, root=read_array(files_below(folder, context), context))


def database_arrays(folder: Path, names: Iterable[str], context: ReadContext) -> list[JoinedFiles]:
    """Return the arrays of the database that a folder holds.

    Args:
        folder: with the database's manifest.
        names: of what the folder has.
        context: the limits.

    Raises:
        ArtifactUnreadable: the database, or an array in it, cannot be read.
    """
    parts = {name for name in names if name in {MANIFEST, _DATA} or name.startswith(_PROCESS)}
    files: dict[str, Source] = {}
    for name in parts:
        below = files_below(folder / name, context) if (folder / name).is_dir() else {}
        files |= {f"{name}/{path}": source for path, source in below.items()}
    files |= _top_files(folder, parts)
    arrays = _arrays(read_database(files, context))
    taken = frozenset(parts)
    if {name.partition("/")[0] for name in arrays} & (set(names) - parts):
        raise ArtifactUnreadable("an array has the same name as a file beside the database")
    return [
        JoinedFiles(name=name, files=taken, tree=Tree(format=ARRAY, root=read_array(keys, context)))
        for name, keys in sorted(arrays.items())
    ]


def _top_files(folder: Path, names: Iterable[str]) -> dict[str, Source]:
    """Return those of the names that are files."""
    return {
        name: FileSource(folder / name)
        for name in names
        if (folder / name).is_file() and not (folder / name).is_symlink()
    }


def _arrays(keys: Mapping[str, Source]) -> dict[str, dict[str, Source]]:
    """Return the keys of each array.

    Raises:
        ArtifactUnreadable: a key belongs to no array, or is no path.
    """
    names = {key.rpartition("/")[0] for key in keys if key.rpartition("/")[2] in {OLD, NEW}}
    found: dict[str, dict[str, Source]] = {name: {} for name in names}
    for key, source in keys.items():
        parts = key.split("/")
        above = ["/".join(parts[:end]) for end in range(1, len(parts))]
        owners = [name for name in above if name in found]
        if len(owners) != 1 or {"", ".", ".."} & set(parts) or "\0" in key:
            raise ArtifactUnreadable(f"the key {key[:80]!r} does not belong to exactly one array")
        found[owners[0]][key[len(owners[0]) + 1 :]] = source
    return found
