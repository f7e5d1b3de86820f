# SPDX-License-Identifier: Apache-2.0
"""The entry of one archived version: its fingerprint, its products, and the files of each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from repro_action.archive.store import ArchiveError
from repro_action.codec.canonical import Json, compact
from repro_action.digest import Digest
from repro_action.errors import ReproError
from repro_action.paths.names import refusal
from repro_action.paths.patterns import within

MAX_ENTRY = 32 << 20
"""Bytes of an entry."""

MAX_FILES = 200_000
IDENTITY = re.compile(r"[0-9a-f]{64}")
_LARGEST = 1 << 53


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFile:
    """One file of a product.

    Attributes:
        path: relative to the project.
        size: bytes.
        sha256: of its bytes, in hexadecimal; the name under which they are stored.
    """

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedProduct:
    """One product.

    Attributes:
        digest: as the baseline has it.
        files: in the order of their paths; of a product that is a file, that one.
    """

    digest: str
    files: tuple[ArchivedFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedVersion:
    """One accepted run.

    Attributes:
        name: of the model.
        platform: whose bits these are.
        fingerprint: its id, which the baseline at a commit has too.
        products: path → product.
    """

    name: str
    platform: str
    fingerprint: str
    products: Mapping[str, ArchivedProduct]

    @property
    def objects(self) -> dict[str, int]:
        """Digest → bytes, of all files."""
        return {file.sha256: file.size for product in self.products.values() for file in product.files}

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(self.objects.values())

    def text(self) -> str:
        """Write the entry as canonical JSON."""
        products: dict[str, Json] = {
            path: {
                "digest": product.digest,
                "files": [[file.path, file.size, file.sha256] for file in product.files],
            }
            for path, product in self.products.items()
        }
        return compact(
            {
                "version": 1,
                "name": self.name,
                "platform": self.platform,
                "fingerprint": self.fingerprint,
                "products": products,
            }
        )


def read_version(text: str, where: str) -> ArchivedVersion:
    """Read what `ArchivedVersion.text` wrote; it comes from others, so everything is checked.

    Raises:
        ArchiveError: it is not such an entry.
    """
    try:
        return _read(json.loads(text, object_pairs_hook=_unique))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, ReproError) as error:
        raise ArchiveError(
            "an entry of the archive is malformed",
            where=where,
            why=f"{type(error).__name__}: {str(error)[:200]}",
            remedy="It was damaged, or something else wrote it; archive the version again by `repro accept`.",
        ) from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key stands there twice")
    return table


def _read(raw: object) -> ArchivedVersion:
    if not isinstance(raw, dict) or set(raw) != {"version", "name", "platform", "fingerprint", "products"}:
        raise ValueError("it has other keys")
    name, platform, fingerprint, products = (
        raw[key] for key in ("name", "platform", "fingerprint", "products")
    )
    if raw["version"] != 1 or not all(isinstance(text, str) for text in (name, platform, fingerprint)):
        raise ValueError("it is of another version")
    if not IDENTITY.fullmatch(fingerprint) or not isinstance(products, dict):
        raise ValueError("it has no fingerprint or no products")
    found = {path: _product(path, product) for path, product in products.items()}
    if sum(len(product.files) for product in found.values()) > MAX_FILES:
        raise ValueError(f"it has more than {MAX_FILES} files")
    return ArchivedVersion(name=name, platform=platform, fingerprint=fingerprint, products=found)


def _product(path: str, raw: object) -> ArchivedProduct:
    if not isinstance(raw, dict) or set(raw) != {"digest", "files"} or not isinstance(raw["files"], list):
        raise ValueError("a product has other keys")
    _require_path(path)
    files = tuple(_file(path, one) for one in raw["files"])
    paths = [file.path for file in files]
    if paths != sorted(set(paths)) or (path in paths and len(paths) > 1):
        raise ValueError("files of a product are not in order, or stand there twice")
    return ArchivedProduct(digest=str(Digest.parse(raw["digest"])), files=files)


def _file(product: str, raw: object) -> ArchivedFile:
    match raw:
        case [str(path), int(size), str(sha256)] if not isinstance(size, bool) and 0 <= size < _LARGEST:
            _require_path(path)
            if not within(path, product) or not IDENTITY.fullmatch(sha256):
                raise ValueError("a file lies outside of its product, or has no digest")
            return ArchivedFile(path=path, size=size, sha256=sha256)
    raise ValueError("a file is not path, size and digest")


def _require_path(path: str) -> None:
    refused = refusal(path, wildcards="")
    if refused is not None or "//" in path or path.endswith("/") or "/./" in f"/{path}/":
        raise ValueError(refused[0] if refused is not None else "a path is not in its one form")
