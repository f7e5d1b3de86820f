# SPDX-License-Identifier: Apache-2.0
"""Where the bytes of a product can be had, whose digest is all that a baseline keeps.

Looked for in this order: the file where the run wrote it, the copy in `.repro/products`, the archive, git. A
copy is believed only if it has the digest that the baseline recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.data.hash_file import digest_file
from repro_action.digest import digest_bytes
from repro_action.errors import ReproError
from repro_action.fingerprint import Fingerprint, Product
from repro_action.runs.project import Project

LARGEST = 1 << 30
"""Bytes of a product that is looked for."""

_FROM_GIT = 64 << 20
"""Bytes of a file that is taken from git, which is held in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCopy:
    """The bytes of a product.

    Attributes:
        place: a file; None where there is none.
        source: where it was found, or why it was not.
    """

    place: Path | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCopies:
    """Finds products by their digest.

    Attributes:
        project: whose products they are.
        into: an empty folder for what comes out of the archive and of git; the caller removes it.
    """

    project: Project
    into: Path
    _missed: list[str] = field(default_factory=list, init=False)

    def find(self, fingerprint: Fingerprint, path: str, *, commit: str = "") -> ProductCopy:
        """Return the bytes of one product.

        Args:
            fingerprint: that has it.
            path: of the product, a file.
            commit: whose tree may have the file; empty for none.
        """
        product = fingerprint.products.get(path)
        if product is None:
            return ProductCopy(place=None, source="it is not among the outputs of that side")
        if product.size > LARGEST:
            return ProductCopy(place=None, source=f"it has more than {LARGEST >> 30} GiB")
        self._missed.clear()
        for place, source in self._places(fingerprint, product, path, commit):
            if _is(place, product):
                return ProductCopy(place=place, source=source)
        return ProductCopy(place=None, source="; ".join(self._missed))

    def _places(
        self, fingerprint: Fingerprint, product: Product, path: str, commit: str
    ) -> Iterator[tuple[Path, str]]:
        yield self.project.config.root / path, "the working tree"
        kept = self.project.store.kept(product, path)
        if kept is not None:
            yield kept, "the copy kept in .repro/products"
        self._missed.append("no copy of it is kept on this machine")
        archived = self._archived(fingerprint, path)
        if archived is not None:
            yield archived, "the archive"
        committed = self._committed(product, path, commit)
        if committed is not None:
            yield committed, f"git at commit {commit[:7]}"

    def _archived(self, fingerprint: Fingerprint, path: str) -> Path | None:
        from repro_action.archive.bring_back import kept_product
        from repro_action.archive.open import LOCAL, open_archive

        config = self.project.config
        if not config.archive.url and not (config.state / LOCAL).is_dir():
            self._missed.append("no archive is configured")
            return None
        try:
            place = kept_product(open_archive(config), fingerprint, path, self._folder("archive"))
        except ReproError as error:
            self._missed.append(f"the archive cannot be asked: {error.what}")
            return None
        if place is None:
            self._missed.append("the archive does not have this version")
        return place

    def _committed(self, product: Product, path: str, commit: str) -> Path | None:
        if not commit:
            self._missed.append("no commit is known that may have the file")
            return None
        name = f"{commit}:./{path}"
        # A name ends with its line where git reads many.
        found = self.project.history.blobs([name] if "\n" not in name else [], below=_FROM_GIT)
        data = next(iter(found.values()), None)
        if data is None or digest_bytes(product.digest.algorithm, data) != product.digest:
            state = "does not have the file" if data is None else "has other bytes in that place"
            self._missed.append(f"commit {commit[:7]} {state}")
            return None
        place = self._folder("git") / Path(path).name
        place.write_bytes(data)
        return place

    def _folder(self, name: str) -> Path:
        number = sum(1 for _ in self.into.iterdir())
        folder = self.into / f"{number}-{name}"
        folder.mkdir()
        return folder


def _is(place: Path, product: Product) -> bool:
    """Whether a file has the bytes of a product."""
    try:
        regular = place.is_file() and not place.is_symlink() and place.stat().st_size == product.size
        return regular and digest_file(place, product.digest.algorithm) == product.digest
    except (OSError, ReproError):
        return False
