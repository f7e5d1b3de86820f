# SPDX-License-Identifier: Apache-2.0
"""Results of mixed runs, kept by the digest of their materials, so that none is run twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from repro_action.data.hash_file import digest_file
from repro_action.errors import PinError
from repro_action.files import write_atomically
from repro_action.fingerprint import Fingerprint, MaterialKind, Metrics
from repro_action.probe.trial import TrialOutcome
from repro_action.runs.mixture import Mixture
from repro_action.tree import Scalar

MOST = 1000
"""Results that are kept; the oldest go first."""
_LIMIT = 32 << 20
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedResult:
    """What a mixed run gave.

    Attributes:
        metrics: file → name → value.
        undeclared: file of the project that a step imported without declaring it → digest.
        seconds: that the run took.
    """

    metrics: Metrics
    undeclared: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @classmethod
    def of(cls, fingerprint: Fingerprint, outcome: TrialOutcome) -> Self:
        """Return what is kept of a trial that came to a good end."""
        code = fingerprint.materials.get(MaterialKind.CODE, {})
        names = sorted({name for names in outcome.undeclared.values() for name in names})
        return cls(
            metrics=fingerprint.metrics,
            undeclared={name: str(code.get(name)) for name in names},
            seconds=sum(outcome.seconds.values()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultStore:
    """Results below a folder, one file each.

    Attributes:
        folder: `.repro/explain/results`.
    """

    folder: Path

    def find(self, mixture: Mixture) -> MixedResult | None:
        """Return the result of the same materials, undeclared files included; None where there is none."""
        found = _read(self._place(mixture))
        if found is None or any(_digest(mixture, name) != known for name, known in found.undeclared.items()):
            return None
        return found

    def keep(self, mixture: Mixture, result: MixedResult) -> None:
        """Keep a result."""
        self.folder.mkdir(parents=True, exist_ok=True)
        document = {
            "version": _VERSION,
            "metrics": {file: dict(values) for file, values in result.metrics.items()},
            "undeclared": dict(result.undeclared),
            "seconds": result.seconds,
        }
        write_atomically(self._place(mixture), json.dumps(document), durable=False)

    def prune(self) -> None:
        """Remove the oldest results beyond `MOST`."""
        if not self.folder.is_dir():
            return
        found = sorted(self.folder.glob("*.json"), key=lambda path: (path.lstat().st_mtime, path.name))
        for path in found[: max(len(found) - MOST, 0)]:
            path.unlink(missing_ok=True)

    def _place(self, mixture: Mixture) -> Path:
        return self.folder / f"{mixture.key}.json"


def _digest(mixture: Mixture, name: str) -> str:
    if name in mixture.added:
        return ""
    place = mixture.placed.get(name, mixture.config.root / name)
    try:
        return str(digest_file(place, mixture.config.digest, None))
    except (PinError, OSError):
        return ""


def _read(path: Path) -> MixedResult | None:
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT + 1)
        document = json.loads(data) if len(data) <= _LIMIT else None
    except (OSError, ValueError, RecursionError):
        return None
    match document:
        case {
            "version": 1,
            "metrics": dict(metrics),
            "undeclared": dict(undeclared),
            "seconds": float(seconds),
        }:
            if not all(isinstance(values, dict) for values in metrics.values()):
                return None
            return MixedResult(
                metrics={
                    str(file): {str(name): value for name, value in values.items() if _scalar(value)}
                    for file, values in metrics.items()
                },
                undeclared={str(name): str(value) for name, value in undeclared.items()},
                seconds=seconds,
            )
        case _:
            return None


def _scalar(value: Scalar | object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)
