# SPDX-License-Identifier: Apache-2.0
"""An archive in an OCI registry: a version is an artifact, whose layers are its entry and its files.

The manifest `fp-FINGERPRINT` names all objects, so that no registry takes them for unused, and `oras pull`
brings them by their names as well. `archive` says whose archive it is.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from repro_action.archive.store import ArchiveError
from repro_action.archive.version import MAX_ENTRY, ArchivedVersion, read_version
from repro_action.oci_registry import MANIFEST, OciRepository, RegistryError

ENTRY = "application/vnd.repro.archive.entry.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
FILE = "application/octet-stream"

_EMPTY = b"{}"
_OBJECT = re.compile(r"objects/sha256/[0-9a-f]{2}/([0-9a-f]{64})")
_VERSION = re.compile(r"versions/([0-9a-f]{64})\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class OciStore:
    """A repository of a registry; satisfies `ArchiveStore`.

    Attributes:
        repository: of the registry.
    """

    repository: OciRepository

    @property
    def address(self) -> str:
        """How people call it."""
        return self.repository.address

    def size(self, key: str) -> int | None:
        """Return how many bytes a name has; see `ArchiveStore`."""
        digest = _digest(key) or self._entry(key)
        try:
            return self.repository.blob_size(digest) if digest else None
        except RegistryError as error:
            raise _failed(error) from error

    def stream(self, key: str) -> Iterator[bytes]:
        """Yield the bytes of a name; see `ArchiveStore`."""
        digest = _digest(key) or self._entry(key)
        try:
            chunks = self.repository.blob(digest) if digest else None
            if chunks is None:
                raise FileNotFoundError(key)
            yield from chunks
        except RegistryError as error:
            raise _failed(error) from error

    def put(self, key: str, chunks: Iterator[bytes]) -> None:
        """Store bytes under a name; see `ArchiveStore`."""
        try:
            with tempfile.TemporaryFile(prefix="repro-archive-") as file:
                hasher = hashlib.sha256()
                for chunk in chunks:
                    hasher.update(chunk)
                    file.write(chunk)
                digest, size = f"sha256:{hasher.hexdigest()}", file.tell()
                file.seek(0)
                self.repository.put_blob(digest, file)
                if _digest(key) is None:
                    file.seek(0)
                    text = file.read(MAX_ENTRY).decode("utf-8", "surrogateescape")
                    self._tag(key, digest, size, text)
        except OSError as error:
            raise ArchiveError(f"no room for a copy: {error.strerror}", where=self.address) from error
        except RegistryError as error:
            raise _failed(error) from error

    def names(self, folder: str, limit: int) -> tuple[str, ...]:
        """Return the names in a folder; see `ArchiveStore`."""
        del folder  # only versions are listed
        try:
            tags = self.repository.tags(limit)
        except RegistryError as error:
            raise _failed(error) from error
        return tuple(sorted(f"{tag[3:]}.json" for tag in tags if tag.startswith("fp-")))[: limit + 1]

    def remove(self, key: str) -> None:
        """Remove a name; see `ArchiveStore`."""
        digest = _digest(key)
        try:
            if digest is not None:
                self.repository.delete_blob(digest)
                return
            found = self.repository.manifest(_tag(key))
            if found is not None:
                self.repository.delete_manifest(found[1])
        except RegistryError as error:
            raise _failed(error) from error

    def _entry(self, key: str) -> str | None:
        """Return the digest of the entry that a tag leads to."""
        try:
            found = self.repository.manifest(_tag(key))
        except RegistryError as error:
            raise _failed(error) from error
        if found is None:
            return None
        layers = found[0].get("layers")
        first = layers[0] if isinstance(layers, list) and layers else None
        digest = first.get("digest") if isinstance(first, dict) and first.get("mediaType") == ENTRY else None
        if not isinstance(digest, str) or not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            raise ArchiveError("a manifest of the archive is not one that repro made", where=self.address)
        return digest

    def _tag(self, key: str, digest: str, size: int, text: str) -> None:
        import io

        empty = f"sha256:{hashlib.sha256(_EMPTY).hexdigest()}"
        self.repository.put_blob(empty, io.BytesIO(_EMPTY))
        version = read_version(text, self.address) if _VERSION.fullmatch(key) else None
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": ENTRY,
            "config": {
                "mediaType": EMPTY,
                "digest": empty,
                "size": len(_EMPTY),
            },
            "layers": [{"mediaType": ENTRY, "digest": digest, "size": size}, *_layers(version)],
        }
        self.repository.put_manifest(_tag(key), manifest)


def _layers(version: ArchivedVersion | None) -> list[dict[str, object]]:
    files = [file for product in version.products.values() for file in product.files] if version else []
    return [
        {
            "mediaType": FILE,
            "digest": f"sha256:{file.sha256}",
            "size": file.size,
            "annotations": {"org.opencontainers.image.title": file.path},
        }
        for file in files
    ]


def _digest(key: str) -> str | None:
    match = _OBJECT.fullmatch(key)
    return f"sha256:{match[1]}" if match else None


def _tag(key: str) -> str:
    match = _VERSION.fullmatch(key)
    return f"fp-{match[1]}" if match else "archive"


def _failed(error: RegistryError) -> ArchiveError:
    return ArchiveError(error.what, why=error.why, remedy=error.remedy, where=error.where)
