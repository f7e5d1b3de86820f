# SPDX-License-Identifier: Apache-2.0
"""Outputs of which a file of DVC's records the MD5, as products and metrics of a run that made them anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from repro_action.codec.tables import SUFFIXES, read_table
from repro_action.data.dvc.lock import LockedFile
from repro_action.data.dvc.objects import ObjectSource, matches, materialise
from repro_action.data.stat_cache import StatCache
from repro_action.digest import Digest, digest_bytes
from repro_action.errors import ReproError
from repro_action.fingerprint import Product
from repro_action.history import History
from repro_action.listing import flatten
from repro_action.paths.patterns import within
from repro_action.runs.baseline_source import FinishedRun
from repro_action.runs.products import listed_like, read_elsewhere
from repro_action.runs.store import PRODUCT_LIMIT, RunStore
from repro_action.tree import Kind, Leaf, Scalar

NOWHERE = "its recorded bytes are in no cache, commit or remote, so it is compared as a whole"

_LARGEST_TABLE = 4 << 20
_T = TypeVar("_T")


@dataclass(slots=True, kw_only=True)
class RecordedOutputs:
    """What is recorded of the outputs of one run.

    Attributes:
        run: which made them anew.
        store: of the project.
        history: of its repository.
        sources: where contents are found.
        cache: of digests.
        products, metrics: what was recorded, so far.
    """

    run: FinishedRun
    store: RunStore
    history: History
    sources: tuple[ObjectSource, ...]
    cache: StatCache
    products: dict[str, Product] = field(default_factory=dict)
    metrics: dict[str, Mapping[str, Scalar]] = field(default_factory=dict)

    def add(self, path: str, step: str, file: LockedFile) -> None:
        """Add what is recorded of one output; nothing where no MD5 is.

        Args:
            path: relative to the project.
            step: that writes it.
            file: what is recorded.
        """
        now = self.run.fingerprint
        if file.digest is None:
            return
        if matches(self.run.config.root / path, file.digest, legacy=file.legacy, cache=self.cache):
            # The very content that was recorded.
            self.metrics.update({name: now.metrics[name] for name in self._tables(path)})
            if path in now.products:
                self.products[path] = now.products[path]
            return
        if path in now.metrics and path.endswith(SUFFIXES):
            values = self._read(path, file, file.digest, lambda place: _table(place, path))
            if values is not None:
                self.metrics[path] = values
                return
        product = self._read(path, file, file.digest, lambda place: self._product(place, path, step))
        self.products[path] = product or self._unread(path, step, file, file.digest)

    def _tables(self, path: str) -> list[str]:
        """Return the metrics files that an output is, or holds."""
        return [name for name in self.run.fingerprint.metrics if within(name, path)]

    def _product(self, place: Path, path: str, step: str) -> Product:
        product, root = read_elsewhere(self.run.config, path, place, step=step)
        self.store.keep_product(place, product, path)
        for name in self._tables(path):
            inner = place / name.removeprefix(f"{path}/")
            self.metrics[name] = _tried(partial(_table, path=name), inner) or {}
        now = self.run.fingerprint.products.get(path)
        return replace(product, leaves=flatten(root)) if now is None else listed_like(product, root, now)

    def _read(
        self, path: str, file: LockedFile, digest: Digest, read: Callable[[Path], _T | None]
    ) -> _T | None:
        """Let the recorded content of an output be read, wherever it is found."""
        earlier = self.run.earlier / path
        if matches(earlier, digest, legacy=file.legacy):
            return _tried(read, earlier)
        folder = self.store.folder / "cache" / "recorded"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            # The name stays, since readers recognise some formats by its extension.
            place = folder / Path(path).name
            return _tried(read, place) if self._found(path, file, digest, place) else None
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _found(self, path: str, file: LockedFile, digest: Digest, place: Path) -> bool:
        try:
            # Only DVC's own cache, which is asked first, costs no transfer.
            near = file.size is not None and file.size <= PRODUCT_LIMIT
            if materialise(self.sources if near else self.sources[:1], digest, place, legacy=file.legacy):
                return True
        except ReproError:
            pass  # it is as if it were not there, which the report says
        for data in self.history.versions(path) if digest.algorithm == "md5" else ():
            if digest_bytes("md5", data) == digest:
                place.write_bytes(data)
                return True
        return False

    def _unread(self, path: str, step: str, file: LockedFile, digest: Digest) -> Product:
        """Return a product of which nothing but the digest is known: it differs as a whole."""
        now = self.run.fingerprint.products.get(path)
        whole = Leaf(kind=Kind.FOLDED, digest=digest, shape=(1,), reason=NOWHERE)
        return Product(
            step=step,
            format=now.format if now is not None else "bytes",
            size=file.size or 0,
            digest=digest,
            leaves={"": whole},
            reason=NOWHERE,
        )


def _table(place: Path, path: str) -> Mapping[str, Scalar] | None:
    if not place.is_file() or place.stat().st_size > _LARGEST_TABLE:
        return None
    return read_table(place.read_bytes(), path)


def _tried(read: Callable[[Path], _T | None], place: Path) -> _T | None:
    try:
        return read(place)
    except (ReproError, OSError):
        return None
