# SPDX-License-Identifier: Apache-2.0
"""Materials sealed before the first step and checked again after the last.

A run that reads a file while somebody edits it proves nothing. The seal sees an edit
even if the old content is back at the end: the change time moves on.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.data.hash_file import hash_file, read_file
from repro_action.data.hash_folder import content_algorithm, read_folder, walk_for
from repro_action.data.signature import link_signature, shown, signature
from repro_action.data.stat_cache import Files, StatCache
from repro_action.data.walk import content_signature
from repro_action.digest import Digest
from repro_action.errors import PinError, SealError

CHANGED = "changed during the run"
TOUCHED = "touched during the run; its content is the same now"
APPEARED = "appeared during the run"
VANISHED = "vanished during the run"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Breach:
    """One file that changed during the run.

    Attributes:
        path: relative to the project; in a folder, that of the file.
        reason: one of this module's sentences, or why it cannot be read any more.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _SealedPath:
    """One sealed path: its files (a file is listed under the empty name), and the link to it."""

    folder: bool
    link: bytes
    digest: Digest
    files: Files
    unsettled: frozenset[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What the materials were before the first step.

    Attributes:
        root: the project.
        digests: sealed path → digest, by path; folders have a folder's digest.
    """

    root: Path
    digests: Mapping[str, Digest]
    files: Mapping[str, _SealedPath]

    @classmethod
    def create(
        cls,
        paths: Iterable[str],
        *,
        root: Path,
        algorithm: str,
        pinned: Mapping[str, str] | None = None,
        cache: StatCache | None = None,
    ) -> Seal:
        """Digest materials and record their file signatures.

        Args:
            paths: files and folders, relative to the project.
            root: the project.
            algorithm: content algorithm; folders get `tree1-ALGORITHM`, or `md5-dvc` for `md5`.
            pinned: path → algorithm, for data whose pin has another one; spares digesting it twice.
            cache: spares reading what has not changed.

        Raises:
            PinError: one of them is missing or cannot be read.
        """
        own = pinned or {}
        files = {path: _seal(root, path, own.get(path, algorithm), cache) for path in sorted(set(paths))}
        return cls(root=root, digests={path: item.digest for path, item in files.items()}, files=files)

    def breaches(self) -> tuple[Breach, ...]:
        """Check again, and return what changed, appeared or vanished, sorted by path."""
        return tuple(
            sorted(
                breach for path, sealed in self.files.items() for breach in self._breaches_of(path, sealed)
            )
        )

    def require_intact(self) -> None:
        """Check again, and raise if anything changed.

        Raises:
            SealError: a material changed during the run.
        """
        found = self.breaches()
        if found:
            listed = [f"  {shown(breach.path)} {breach.reason}" for breach in found[:10]]
            more = [f"  and {len(found) - 10} more"] if len(found) > 10 else []
            raise SealError(
                "materials changed during the run, so its outputs prove nothing",
                why="\n".join([*listed, *more]),
                remedy="Run again without editing files. No step may write to what any step reads.",
            )

    def _breaches_of(self, path: str, sealed: _SealedPath) -> Iterator[Breach]:
        place = self.root / path
        if sealed.folder != place.is_dir():
            kind = "folder" if sealed.folder else "file"
            reason = f"is not a {kind} any more" if os.path.lexists(place) else VANISHED
            yield Breach(path=path, reason=reason)
            return
        try:
            now = _signatures(place, sealed)
            if sealed.link != _link(place):
                yield Breach(path=path, reason="was replaced or pointed elsewhere during the run")
        except FileNotFoundError:
            yield Breach(path=path, reason=VANISHED)
            return
        except PinError as error:
            yield Breach(path=path, reason=f"cannot be read any more: {error.what}")
            return
        except OSError as error:
            yield Breach(path=path, reason=f"cannot be read any more: {error.strerror}")
            return
        for name in sorted(now.keys() | sealed.files.keys()):
            reason = _reason(place, name, now, sealed)
            if reason:
                inner = os.fsdecode(name)
                yield Breach(path=f"{path}/{inner}" if inner else path, reason=reason)


def _seal(root: Path, path: str, algorithm: str, cache: StatCache | None) -> _SealedPath:
    place = root / path
    try:
        link = _link(place)
    except OSError as error:
        raise PinError(f"{shown(path)} cannot be sealed: {error.strerror}") from error
    if place.is_dir():
        listed = read_folder(place, algorithm, cache)
        return _SealedPath(
            folder=True, link=link, digest=listed.digest, files=listed.files, unsettled=listed.unsettled
        )
    hashed = hash_file(place, algorithm, cache)
    return _SealedPath(
        folder=False,
        link=link,
        digest=Digest(algorithm, hashed.value),
        files={b"": (hashed.signature, hashed.value)},
        unsettled=frozenset() if hashed.settled else frozenset({b""}),
    )


def _reason(place: Path, name: bytes, now: Mapping[bytes, bytes], sealed: _SealedPath) -> str:
    if name not in now:
        return VANISHED
    if name not in sealed.files:
        return APPEARED
    before, value = sealed.files[name]
    same = before == now[name]
    # An edit within one tick of the clock leaves no trace but the content.
    if same and name not in sealed.unsettled:
        return ""
    if _size(before) != _size(now[name]):
        return CHANGED
    path = os.fsencode(place) + (b"/" + name if name else b"")
    try:
        found = read_file(path, content_algorithm(sealed.digest.algorithm)).value
    except PinError as error:
        return f"cannot be read any more: {error.what}"
    if found != value:
        return CHANGED
    return "" if same else TOUCHED


def _signatures(place: Path, sealed: _SealedPath) -> dict[bytes, bytes]:
    if sealed.folder:
        return walk_for(os.fsencode(place), sealed.digest.algorithm)
    return {b"": signature(place.stat())}


def _link(place: Path) -> bytes:
    """Return the signature of a link; empty for anything else, and links above it count by their target."""
    status = place.lstat()
    return link_signature(status, os.fsencode(place.readlink())) if place.is_symlink() else b""


def _size(file_signature: bytes) -> bytes:
    return content_signature(file_signature).partition(b" ")[0]
