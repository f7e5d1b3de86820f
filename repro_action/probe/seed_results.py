# SPDX-License-Identifier: Apache-2.0
"""What came of each seed, kept in `.repro/calibrate/` by the digest of the materials, to go on from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.codec.canonical import Json, compact, decode_scalar, encode_scalar
from repro_action.digest import Digest
from repro_action.files import read_regular, write_atomically
from repro_action.noise.record import Values
from repro_action.runs.workspace import remove
from repro_action.tree import Scalar

_VERSION = 1
_LARGEST = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedResults:
    """Results of one project with one set of materials.

    Attributes:
        base: `.repro/calibrate`.
        materials: their digest, without the seed.
    """

    base: Path
    materials: Digest

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.base / self.materials.value[:32]

    def prepare(self) -> None:
        """Make the folder; results of other materials and what a killed calibration left are removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.base.iterdir():
            if path != self.folder:
                remove(path)
        self.remove_copies()

    def remove_copies(self) -> None:
        """Remove what is there besides results: copies of the project."""
        for path in self.folder.iterdir():
            if path.suffix != ".json":
                remove(path)

    def read(self, seeds: Iterable[int]) -> dict[int, Values]:
        """Return the metrics of those seeds that were trained with; what is damaged was not."""
        found = {seed: self._read(seed) for seed in seeds}
        return {seed: metrics for seed, metrics in found.items() if metrics is not None}

    def write(self, seed: int, metrics: Values) -> None:
        """Keep the metrics of a training that came to an end: whole or not at all."""
        table: dict[str, Json] = {
            file: {name: encode_scalar(value) for name, value in named.items()}
            for file, named in metrics.items()
        }
        document: dict[str, Json] = {
            "version": _VERSION,
            "materials": str(self.materials),
            "seed": seed,
            "metrics": table,
        }
        write_atomically(self._path(seed), compact(document))

    def _path(self, seed: int) -> Path:
        return self.folder / f"{seed}.json"

    def _read(self, seed: int) -> Values | None:
        path = self._path(seed)
        try:
            if path.lstat().st_size > _LARGEST:
                return None
            document = json.loads(read_regular(path))
        except (OSError, ValueError, RecursionError):
            return None
        match document:
            case {"version": 1, "materials": str(materials), "seed": int(written), "metrics": dict(metrics)}:
                right = materials == str(self.materials) and written == seed
                return _metrics(metrics) if right else None
        return None


def _metrics(table: Mapping[str, object]) -> Values | None:
    found: dict[str, dict[str, Scalar]] = {}
    for file, named in table.items():
        if not isinstance(named, dict):
            return None
        try:
            found[file] = {name: decode_scalar(value) for name, value in named.items()}
        except ValueError:
            return None
    return found
