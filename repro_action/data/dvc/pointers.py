# SPDX-License-Identifier: Apache-2.0
"""The `.dvc` files that stand for data: https://dvc.org/doc/user-guide/project-structure/dvc-files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from repro_action.data.dvc.digests import parse_md5
from repro_action.data.dvc.documents import DocumentError, parse_document, read_limited
from repro_action.data.signature import shown
from repro_action.digest import Digest
from repro_action.errors import PinError

LARGEST = 256 << 10
"""Bytes of a pointer file."""

_DEPTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """One output of a `.dvc` file.

    Attributes:
        path: of the data, POSIX; relative to where the file's own path is relative to.
        digest: `md5` of a file, `md5-dvc` of a folder.
        legacy: written by DVC 2, whose digests of text files may differ from those of the bytes.
        file: the `.dvc` file.
    """

    path: str
    digest: Digest
    legacy: bool
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedData:
    """Data that a `.dvc` file names, with or without a digest that can be checked.

    Attributes:
        path: relative to the project.
        digest: as of `Pointer`; None where the file has no MD5, as for data that a cloud versions.
        legacy: likewise.
        file: the `.dvc` file.
    """

    path: str
    digest: Digest | None
    legacy: bool
    file: str


def read_pointer(data: bytes, name: str) -> tuple[Pointer, ...]:
    """Read a `.dvc` file.

    Args:
        data: its bytes.
        name: its path; those of its outputs start from its folder.

    Raises:
        PinError: it is not a pointer of DVC, or an output has no MD5.
    """
    if len(data) > LARGEST:
        raise _refused(name, f"it is larger than {LARGEST:,} bytes")
    try:
        outputs = list(_outputs(parse_document(data, depth=_DEPTH), name))
    except DocumentError as error:
        raise _refused(name, str(error)) from error
    found = [
        Pointer(path=one.path, digest=one.digest, legacy=one.legacy, file=name)
        for one in outputs
        if one.digest is not None
    ]
    if len(found) != len(outputs):
        raise _refused(name, "an element of `outs` has no `md5`")
    return tuple(found)


def read_tracked(root: Path, files: Iterable[str]) -> tuple[TrackedData, ...]:
    """Read the `.dvc` files among the files of a project; those that are not understood are left out."""
    found: list[TrackedData] = []
    for file in files:
        if not file.endswith(".dvc") or posixpath.basename(file) == ".dvc":
            continue
        try:
            data = read_limited(root / file, LARGEST)
            found += _outputs(parse_document(data or b"", depth=_DEPTH), file)
        except DocumentError:
            continue
    return tuple(found)


def pointer_of(root: Path, path: str) -> Pointer | None:
    """Return the pointer to a path, or to a folder that it lies in; None where there is none.

    Raises:
        PinError: it cannot be read.
    """
    place = posixpath.normpath(path)
    while place not in {"", ".", "/"}:
        name = f"{place}.dvc"
        try:
            data = read_limited(root / name, LARGEST)
        except DocumentError as error:
            raise _refused(name, str(error)) from error
        if data is not None:
            wanted = next((one for one in read_pointer(data, name) if one.path == place), None)
            if wanted is not None:
                return wanted
        place = posixpath.dirname(place)
    return None


def _outputs(document: Mapping[object, object], name: str) -> Iterator[TrackedData]:
    outputs, wdir = document.get("outs"), document.get("wdir")
    if not isinstance(outputs, list) or not outputs:
        raise DocumentError("it has no list `outs`")
    base = posixpath.join(posixpath.dirname(name), wdir if isinstance(wdir, str) else "")
    for output in outputs:
        path = output.get("path") if isinstance(output, Mapping) else None
        if not isinstance(output, Mapping) or not isinstance(path, str):
            raise DocumentError("an element of `outs` has no `path`")
        plain = TrackedData(
            path=posixpath.normpath(posixpath.join(base, path)),
            digest=parse_md5(output.get("md5")),
            legacy=output.get("hash") != "md5",
            file=name,
        )
        yield replace(plain, path=plain.path.removeprefix("./"))


def _refused(name: str, why: str) -> PinError:
    return PinError(
        f"{shown(name)} is not a readable DVC pointer: {why}",
        remedy="Write it again with `dvc add`, or pin the data itself.",
    )
