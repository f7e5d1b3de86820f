# SPDX-License-Identifier: Apache-2.0
"""Accepted products by digest: kept, listed, brought back, and removed where that is asked for.

    archive.json                     {"version": 1, "name": NAME}: whose archive it is
    objects/sha256/ab/abcdef…        the bytes of one file
    versions/FINGERPRINT.json        one accepted run: products, their files, digests and sizes

An entry is written after all objects that it names, so that what is listed is whole. No entry holds a time, a
host or a commit: a baseline is committed after it was accepted, and the baseline at any commit names the
fingerprint.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from repro_action.archive.store import ArchiveError, ArchiveStore
from repro_action.archive.version import (
    IDENTITY,
    MAX_ENTRY,
    ArchivedFile,
    ArchivedProduct,
    ArchivedVersion,
    read_version,
)
from repro_action.codec.baseline import fingerprint_id
from repro_action.codec.canonical import compact
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.fingerprint import Fingerprint, Product

MAX_VERSIONS = 10_000
_OWNER = "archive.json"
_CHUNK = 1 << 20
_READ_BACK = 256 << 20
"""Bytes of an object up to which one that is there already is read, and not only asked for its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was kept.

    Attributes:
        fingerprint: id of the version.
        added: objects that were stored.
        present: objects that were there already, and are what they should be.
        size: bytes that were stored.
    """

    fingerprint: str
    added: int
    present: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The archive of one model.

    Attributes:
        store: where it is.
        name: of the model.
    """

    store: ArchiveStore
    name: str

    def keep(self, root: Path, fingerprint: Fingerprint) -> Kept:
        """Store the products of a run that lie in a project.

        Args:
            root: of the project.
            fingerprint: of the run.

        Raises:
            ArchiveError: a product is no longer what the run made, the archive is another model's, or it
                cannot be written.
        """
        self.require_own(make=True)
        products = {path: _product(root, path, one) for path, one in sorted(fingerprint.products.items())}
        version = ArchivedVersion(
            name=self.name,
            platform=fingerprint.platform,
            fingerprint=fingerprint_id(fingerprint),
            products=products,
        )
        _require_readable(version)
        files = {file.sha256: file for product in products.values() for file in product.files}
        added = [file for file in files.values() if self._keep_file(root, file)]
        self._keep_entry(version)
        return Kept(
            fingerprint=version.fingerprint,
            added=len(added),
            present=len(files) - len(added),
            size=sum(file.size for file in added),
        )

    def is_new(self) -> bool:
        """Whether nothing is there yet, so that the next `keep` makes an archive.

        Raises:
            ArchiveError: it cannot be asked.
        """
        return self._text(_OWNER) is None and not self.store.names("versions", 1)

    def require_own(self, *, make: bool = False) -> None:
        """See whether the archive is there, and is this model's.

        Args:
            make: make one where there is none.

        Raises:
            ArchiveError: it is not, or cannot be asked.
        """
        text = self._text(_OWNER)
        own = compact({"version": 1, "name": self.name})
        if text == own:
            return
        if text is None and make:
            if self.store.names("versions", 1):
                raise self._wrong("the archive has versions, and does not say whose they are", _OWNER)
            self.store.put(_OWNER, iter([own.encode("utf-8", "surrogatepass")]))
            return
        if text is None:
            raise self._wrong("there is no archive here", _OWNER, "`repro accept --keep` makes one.")
        raise self._wrong(
            f"this archive is that of another model, {_owner(text)}",
            _OWNER,
            "Give each model an archive of its own: a folder, or a prefix in the bucket.",
        )

    def version(self, fingerprint: str) -> ArchivedVersion | None:
        """Return an archived version by its whole id; None where it is not archived.

        Raises:
            ArchiveError: the archive is another model's, cannot be read, or its entry is not as it should be.
        """
        self.require_own()
        if not IDENTITY.fullmatch(fingerprint):
            return None
        text = self._text(_entry(fingerprint))
        if text is None:
            return None
        found = read_version(text, f"{self.store.address}/{_entry(fingerprint)}")
        if (found.name, found.fingerprint) != (self.name, fingerprint):
            raise self._wrong("an entry of the archive is that of another version", _entry(fingerprint))
        return found

    def versions(self) -> tuple[ArchivedVersion, ...]:
        """Return all versions, sorted by id.

        Raises:
            ArchiveError: as `version`, or there are too many.
        """
        self.require_own()
        names = self.store.names("versions", MAX_VERSIONS)
        if len(names) > MAX_VERSIONS:
            raise self._wrong(f"the archive lists more than {MAX_VERSIONS:,} versions", "versions")
        stems = [name.removesuffix(".json") for name in names if name.endswith(".json")]
        found = (self.version(stem) for stem in stems if IDENTITY.fullmatch(stem))
        return tuple(version for version in found if version is not None)

    def remove(self, fingerprint: str) -> int:
        """Remove a version, and the objects that no other version has.

        Returns:
            How many objects were removed.

        Raises:
            ArchiveError: it is not archived, or the archive cannot be read or written.
        """
        every = self.versions()
        version = next((one for one in every if one.fingerprint == fingerprint), None)
        if version is None:
            raise self._wrong(f"the archive has no version {fingerprint[:12]}", "versions")
        others = {name for one in every if one is not version for name in one.objects}
        # The entry goes first: what is listed is whole.
        self.store.remove(_entry(fingerprint))
        unused = [name for name in version.objects if name not in others]
        for name in unused:
            self.store.remove(_object(name))
        return len(unused)

    def content(self, file: ArchivedFile) -> Iterator[bytes]:
        """Yield the bytes of a file, never more than the entry says; the last is yielded once all are right.

        Raises:
            ArchiveError: they are missing, cut off, more, or other bytes.
        """
        key, hasher, size = _object(file.sha256), hashlib.sha256(), 0
        last = b""
        try:
            for chunk in self.store.stream(key):
                size += len(chunk)
                if size > file.size:
                    raise self._wrong(f"{file.path} has more bytes in the archive than its entry says", key)
                hasher.update(chunk)
                if last:
                    yield last
                last = chunk
        except FileNotFoundError:
            raise self._wrong(f"the bytes of {file.path} are missing from the archive", key) from None
        if size < file.size:
            raise self._wrong(f"{file.path} is cut off in the archive: {size:,} of {file.size:,} bytes", key)
        if hasher.hexdigest() != file.sha256:
            raise self._wrong(f"the archive holds other bytes for {file.path}", key)
        if last:
            yield last

    def _keep_file(self, root: Path, file: ArchivedFile) -> bool:
        """Store a file; whether it was not there yet."""
        key = _object(file.sha256)
        there = self.store.size(key)
        if there is None:
            self.store.put(key, _checked(root / file.path, file))
            return True
        if there != file.size:
            raise self._wrong(f"the archive has {there:,} bytes for {file.path}, not {file.size:,}", key)
        if there <= _READ_BACK:
            for _ in self.content(file):
                pass
        return False

    def _keep_entry(self, version: ArchivedVersion) -> None:
        text = version.text()
        there = self._text(_entry(version.fingerprint))
        if there == text:
            return
        if there is not None:
            raise self._wrong("the archive has another entry for this version", _entry(version.fingerprint))
        self.store.put(_entry(version.fingerprint), iter([text.encode("utf-8", "surrogatepass")]))

    def _text(self, key: str) -> str | None:
        parts, size = [], 0
        try:
            for chunk in self.store.stream(key):
                parts.append(chunk)
                size += len(chunk)
                if size > MAX_ENTRY:
                    raise self._wrong("an entry of the archive is too large", key)
        except FileNotFoundError:
            return None
        return b"".join(parts).decode("utf-8", "surrogateescape")

    def _wrong(self, what: str, key: str, remedy: str = "") -> ArchiveError:
        usual = "It was damaged or changed since; archive the version again, or take it from a copy."
        return ArchiveError(what, where=f"{self.store.address}/{key}", remedy=remedy or usual)


def _entry(fingerprint: str) -> str:
    return f"versions/{fingerprint}.json"


def _object(sha256: str) -> str:
    return f"objects/sha256/{sha256[:2]}/{sha256}"


def _owner(text: str) -> str:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return "or none: its archive.json is malformed"
    name = found.get("name") if isinstance(found, dict) else None
    return ascii(name)[:80] if isinstance(name, str) else "or none: its archive.json is malformed"


def _require_readable(version: ArchivedVersion) -> None:
    """Refuse at once what could not be brought back: names that no path of a project may have."""
    try:
        read_version(version.text(), "")
    except ArchiveError as error:
        raise ArchiveError(
            "a product holds files that cannot be archived",
            why=error.why,
            remedy="Give them names without control characters, and outside of .git and .repro.",
        ) from error


def require_product(place: Path, product: Product, path: str) -> None:
    """Hold a file or folder against what a baseline says of it.

    Raises:
        ArchiveError: it is something else.
    """
    if product.by_tree:
        return
    algorithm = product.digest.algorithm
    read = digest_folder if place.is_dir() else digest_file
    if read(place, algorithm) != product.digest:
        raise ArchiveError(
            f"{path} is not what the baseline says",
            why="Its bytes have another digest.",
            remedy="Before it is kept, run `repro verify` again; after a fetch, the archive is wrong.",
        )


def _product(root: Path, path: str, product: Product) -> ArchivedProduct:
    place = root / path
    if place.is_symlink() or not place.exists():
        raise ArchiveError(
            f"{path} is no longer there as a file of its own", remedy="Run `repro verify` again."
        )
    if place.is_dir() and any(inner.is_symlink() and inner.is_dir() for inner in place.rglob("*")):
        raise ArchiveError(f"{path} holds a link to a folder", remedy="Let the step write the folder itself.")
    require_product(place, product, path)
    names = _names(place) if place.is_dir() else [path]
    files = tuple(_archived(root, name if name == path else f"{path}/{name}") for name in names)
    return ArchivedProduct(digest=str(product.digest), files=tuple(sorted(files, key=lambda file: file.path)))


def _names(folder: Path) -> list[str]:
    return [
        Path(where, name).relative_to(folder).as_posix()
        for where, _, names in os.walk(folder)
        for name in names
    ]


def _archived(root: Path, path: str) -> ArchivedFile:
    place = root / path
    digest = digest_file(place, "sha256")
    return ArchivedFile(path=path, size=place.stat().st_size, sha256=digest.value)


def _checked(place: Path, file: ArchivedFile) -> Iterator[bytes]:
    """Yield a file's bytes, and fail where they are no longer those that were digested."""
    hasher = hashlib.sha256()
    with place.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            hasher.update(chunk)
            yield chunk
    if hasher.hexdigest() != file.sha256:
        raise ArchiveError(f"{file.path} changed while it was archived", remedy="Run `repro verify` again.")
