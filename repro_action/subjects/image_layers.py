# SPDX-License-Identifier: Apache-2.0
"""The files that one path of an image names, from layers that lie over each other.

https://github.com/opencontainers/image-spec/blob/main/layer.md, version 1.1. Nothing is extracted but regular
files at or below the path; links are never followed, and never created.
"""

from __future__ import annotations

import struct
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, cast

from repro_action.errors import ArtifactUnreadable, FetchError
from repro_action.paths.names import refusal, shown
from repro_action.readers.sources import DAMAGED
from repro_action.readers.streams import Expander, codec_of
from repro_action.report.numbers import size as size_text
from repro_action.subjects.layer_headers import PlainHeaders

MAX_FILES = 10_000
MAX_MEMBERS = 2_000_000
UNPACKED = 64 << 30
"""Bytes of all layers together, expanded."""

_STEP = 1 << 20
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_WAITING = ".member-"


@dataclass(slots=True, kw_only=True)
class LayeredFiles:
    """What is at a path of an image; add its layers from the lowest to the highest.

    Attributes:
        wanted: the path, without slashes at its ends; empty for everything.
        into: folder that receives the files.
    """

    wanted: str
    into: Path
    _found: dict[str, Path] = field(default_factory=dict)
    _links: dict[str, str] = field(default_factory=dict)
    _cases: dict[str, str] = field(default_factory=dict)
    _own: set[str] = field(default_factory=set)
    _unpacked: int = 0
    _members: int = 0

    def add(self, layer: Path) -> None:
        """Put a layer over those before it.

        Args:
            layer: a tar archive, plain or compressed with gzip or Zstandard.

        Raises:
            FetchError: it is damaged or too large, or a path in it leads outside.
        """
        with layer.open("rb") as file:
            codec = codec_of(file.read(8))
            file.seek(0)
            try:
                if not codec:
                    self._read(file, layer.stat().st_size)
                    return
                with tempfile.TemporaryFile(dir=layer.parent) as plain:
                    size = self._expand(codec, file, plain)
                    plain.seek(0)
                    self._read(cast("BinaryIO", plain), size)
            except ArtifactUnreadable as error:
                raise FetchError(f"a layer of the image cannot be read: {error.what}") from error
            except (tarfile.TarError, RecursionError, struct.error, OverflowError, *DAMAGED) as error:
                raise FetchError("a layer of the image is damaged", why=str(error)[:200]) from error

    def add_file(self, path: str, content: Path) -> None:
        """Put a single file over the layers before it; it is moved away.

        Raises:
            FetchError: the path leads outside, or there are too many files.
        """
        self._place(_member_path(path), content)

    def files(self) -> tuple[Path, ...]:
        """Return the files that are there once all layers are.

        Raises:
            FetchError: there are none, or a link stands where they should be.
        """
        for path in (*_ancestors(self.wanted), *sorted(self._links)):
            if path in self._links:
                raise FetchError(
                    f"{shown(path)} of the image is a link to {shown(self._links[path])}",
                    remedy="Name the path that it points at behind the #.",
                )
        if not self._found:
            raise FetchError(
                f"the image has no file at {shown(self.wanted) if self.wanted else 'any path'}",
                remedy="Write the path in the image behind a #: oci://HOST/NAME@sha256:…#models/wine.joblib.",
            )
        return tuple(self._found.values())

    def _expand(self, codec: str, file: IO[bytes], plain: IO[bytes]) -> int:
        stream, size = Expander(codec, file), 0
        while piece := stream.read(_STEP):
            size += len(piece)
            if self._unpacked + size > UNPACKED:
                raise FetchError(f"the layers of the image expand to more than {size_text(UNPACKED)}")
            plain.write(piece)
        self._unpacked += size
        return size

    def _read(self, file: BinaryIO, size: int) -> None:
        whiteouts: list[str] = []
        added: list[tuple[str, Path]] = []
        self._own.clear()
        headers = PlainHeaders(file, size)
        with tarfile.open(fileobj=headers, mode="r:") as archive:  # type: ignore[call-overload]  # typeshed asks for a whole BinaryIO
            for info in archive:
                self._members += 1
                if self._members > MAX_MEMBERS:
                    raise FetchError(f"the image holds more than {MAX_MEMBERS:,} members")
                archive.members.clear()  # tarfile keeps all of them otherwise
                path = _member_path(info.name)
                if not path:
                    if not info.isdir():
                        raise FetchError("a layer of the image holds a file without a name")
                    continue
                folder, _, name = path.rpartition("/")
                if name.startswith(_WHITEOUT):
                    hidden = folder if name == _OPAQUE else f"{folder}/{name[4:]}".lstrip("/")
                    whiteouts.append(hidden + "/" if name == _OPAQUE else hidden)
                    continue
                place = self._one(info, path, file, size, len(added))
                if place is not None:
                    added.append((path, place))
        if not headers.ended:
            raise FetchError("a layer of the image is damaged between its members")
        # A whiteout hides what lower layers have, and nothing of its own layer.
        new = {path for path, _ in added} | self._own
        for hidden in whiteouts:
            self._hide(hidden, keep=new)
        for path, place in added:
            self._place(path, place)

    def _place(self, path: str, content: Path) -> None:
        """Move what was taken to where it belongs."""
        if not path or len(self._found) >= MAX_FILES:
            raise FetchError(f"more than {MAX_FILES:,} files, or one without a name, are in the image")
        below = path.removeprefix(self.wanted).lstrip("/") or path.rpartition("/")[2]
        # Members wait beside the files under names of their own, which no member may take.
        if refusal(below, wildcards="") is not None or below.casefold().startswith(_WAITING):
            raise FetchError(f"the image holds {shown(path)}, which is no name for a file elsewhere")
        other = self._cases.setdefault(below.casefold(), path)
        if other != path:
            raise FetchError(
                f"the image holds {shown(path)} and {shown(other)}, one file on some disks",
                remedy="Name the model's own path behind the #.",
            )
        target = self.into / below
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            content.replace(target)
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            raise FetchError(f"the image holds {shown(path)} both as a file and as a folder") from None
        self._found[path] = target

    def _one(self, info: tarfile.TarInfo, path: str, file: BinaryIO, size: int, number: int) -> Path | None:
        """Take one member; returns where its bytes wait, of one that is wanted."""
        if info.isdir():
            if path in self._found:
                self._hide(path)
            self._links.pop(path, None)
            return None
        inside = _is_within(path, self.wanted)
        if not inside and path not in _ancestors(self.wanted):
            return None
        self._hide(f"{path}/")
        for above in _ancestors(path):
            if above in self._found:  # it was a file, and must be a folder now
                self._hide(above)
        self._links.pop(path, None)
        if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE) or not inside:
            self._hide(path)
            self._links[path] = info.linkname or "something that is no file"
            self._own.add(path)
            return None
        if info.size < 0 or info.offset_data + info.size > size:
            raise FetchError("a layer of the image is cut off")
        if len(self._found) + number >= MAX_FILES:
            raise FetchError(
                f"more than {MAX_FILES:,} files of the image are at that path",
                remedy="Name the model's own path behind the #.",
            )
        place = self.into / f"{_WAITING}{number}"
        file.seek(info.offset_data)
        remaining = info.size
        with place.open("wb") as out:
            while remaining and (piece := file.read(min(_STEP, remaining))):
                out.write(piece)
                remaining -= len(piece)
        if remaining:
            raise FetchError("a layer of the image is cut off")
        file.seek(info.offset_data)
        return place

    def _hide(self, path: str, *, keep: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        """Remove a path of lower layers and what is below it; of one that ends in `/`, only the latter."""
        whole = path.rstrip("/")
        for found in [found for found in self._found if _is_within(found, whole)]:
            if found not in keep and not (path.endswith("/") and found == whole):
                self._found.pop(found).unlink(missing_ok=True)
        for link in [link for link in self._links if _is_within(link, whole)]:
            if link not in keep and not (path.endswith("/") and link == whole):
                del self._links[link]


def _member_path(name: str) -> str:
    """Return a member's path as people write it; empty for the top.

    Raises:
        FetchError: it leads outside.
    """
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise FetchError(f"a layer of the image names {shown(name)}, which leads elsewhere")
    return "/".join(parts)


def _is_within(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def _ancestors(path: str) -> tuple[str, ...]:
    parts = path.split("/")
    return tuple("/".join(parts[:count]) for count in range(1, len(parts))) if path else ()
