# SPDX-License-Identifier: Apache-2.0
"""Zarr's arrays inside of a zip file, as its `ZipStore` writes them."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.sources import RegionSource, ZipMember
from repro_action.readers.zarr.folders import ARRAY
from repro_action.readers.zarr.zarr_array import NEW, OLD, is_array, read_array
from repro_action.tree import Tree

_HEADER = 30
"""Bytes of a member's header, besides its names (APPNOTE.TXT, 4.3.7)."""

_GROUP = ".zgroup"


@dataclass(slots=True)
class ZipArrays:
    """Arrays of an archive.

    Attributes:
        trees: by the path of the array; `""` where the archive is one.
        members: names of what they are made of.
        reasons: by name of the file that says that there is an array, why it is not read as one.
        stale: places of members that a later one of the same name replaces.
    """

    trees: dict[str, Tree] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    reasons: dict[str, str] = field(default_factory=dict)
    stale: set[int] = field(default_factory=set)


def arrays_of(source: Source, entries: Iterable[zipfile.ZipInfo], context: ReadContext) -> ZipArrays:
    """Read every array of an archive whose directory was checked.

    What Zarr writes again, such as attributes, is appended to the archive; its last copy counts.
    """
    found = ZipArrays()
    latest = {info.filename: info for info in entries if not info.is_dir()}
    marks = [name for name in latest if name.rpartition("/")[2] in {OLD, NEW, _GROUP}]
    if not marks:
        return found
    found.stale = {info.header_offset for info in entries if latest.get(info.filename) not in (None, info)}
    for mark in marks:
        folder, _, name = mark.rpartition("/")
        if name == _GROUP or (name == NEW and not is_array(_member(source, latest[mark]), context)):
            continue
        prefix = f"{folder}/" if folder else ""
        files = {
            path.removeprefix(prefix): _member(source, info)
            for path, info in latest.items()
            if path.startswith(prefix) and not stat.S_ISLNK(info.external_attr >> 16)
        }
        try:
            tree = Tree(format=ARRAY, root=read_array(files, context))
        except ArtifactUnreadable as error:
            context.check_time()
            found.reasons[mark] = f"zarr: {error.what}"
            continue
        found.trees[folder] = tree
        found.members |= {prefix + path for path in files}
    return found


def _member(source: Source, info: zipfile.ZipInfo) -> Source:
    """Return a member; one that is stored as it is lies unbroken in the archive."""
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        return ZipMember(source, info, info.filename)
    with source.open() as file:
        file.seek(info.header_offset)
        header = file.read(_HEADER)
    if len(header) < _HEADER:
        raise ArtifactUnreadable("the archive is cut off inside a member")
    names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    return RegionSource(source, info.filename, info.header_offset + _HEADER + names, info.file_size)
