# SPDX-License-Identifier: Apache-2.0
"""What is kept of the passes in the repository: counts, exceptions, and the portable digests.

The digests let any machine with the same libraries hold itself against this one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from bench.zoo import compare, cost
from bench.zoo.columns import COLUMNS, EMULATED, PROFILES, REFERENCE, Column
from bench.zoo.compare import PARTS, Animals, Found
from bench.zoo.passes import path_of

FILE = Path(__file__).parent / "results.json"
_SHORT = 16
"""Hexadecimal digits kept of a digest: 64 bits, among two hundred."""

Results = Mapping[str, object]


def gather(folder: Path) -> Results:
    """Return what the passes in a folder say."""
    _one_identity(folder)
    reference = json.loads(path_of(folder, "portable", REFERENCE).read_text(encoding="utf-8"))
    everyone = reference["animals"].keys()
    columns = [column for column in (*COLUMNS, *EMULATED) if column.against]
    rows = {
        column.name: {
            profile: _cell(compare.hold(folder, profile, column))
            for profile in column.profiles
            # A pass that is still running says nothing yet.
            if compare.read(folder, profile, column.shared or column.name).keys() >= everyone
        }
        for column in columns
    }
    off = compare.read(folder, "off", REFERENCE)
    return {
        "identity": reference["identity"],
        "rows": {name: cells for name, cells in rows.items() if cells},
        "seen": _seen(folder),
        "sensitive": sorted(compare.between(compare.read(folder, "off", "avx2"), off).differing),
        "volatile": sorted(_volatile(folder)),
        "leaves": _leaves(folder, columns),
        "portable": shortened(reference["animals"]),
        "cost": _cost(folder),
    }


def _one_identity(folder: Path) -> None:
    """Refuse passes of different code or machines; `run` makes those anew that are old."""
    kept = {
        json.dumps(json.loads(path.read_text(encoding="utf-8"))["identity"], sort_keys=True)
        for path in (folder / "passes").glob("*.json")
    }
    if len(kept) > 1:
        raise SystemExit(f"the passes in {folder} are of different code or machines: {' and '.join(kept)}")


def _cell(found: Found) -> dict[str, object]:
    whole = {"of": len(found.names), "identical": len(found.identical)}
    counts = {part: len(found.same[part]) for part in PARTS}
    names = sorted(found.differing) if len(found.differing) <= 12 else []
    return {**whole, **counts, "differing": names, "failed": dict(sorted(found.failed.items()))}


def _seen(folder: Path) -> dict[str, dict[str, object]]:
    """Return what the processes of the passes really used, by profile and column."""
    seen: dict[str, dict[str, object]] = {}
    for profile in PROFILES:
        for column in (*COLUMNS, *EMULATED):
            path = path_of(folder, profile, column.name)
            held = json.loads(path.read_text(encoding="utf-8"))["seen"] if path.is_file() else {}
            if held:
                seen[f"{profile}.{column.name}"] = held
    return seen


def _volatile(folder: Path) -> frozenset[str]:
    """Return the estimators whose leaves repeat, and the bytes of their files do not."""
    again = compare.between(
        compare.read(folder, "portable", "again"), compare.read(folder, "portable", REFERENCE)
    )
    return again.identical - again.same["bytes"]


def _leaves(folder: Path, columns: list[Column]) -> dict[str, object]:
    """Return, for each portable exception, where it differs."""
    return {
        f"{column.name}/{name}": animal["leaves"]
        for column in columns
        for name, animal in compare.read(folder, "portable", column.name).items()
        if "leaves" in animal and column.name not in {"two", "two-again"}
    }


def _cost(folder: Path) -> dict[str, object] | None:
    try:
        return cost.summary(json.loads((folder / cost.FILE).read_text(encoding="ascii")))
    except OSError:
        return None


def shortened(animals: Animals) -> dict[str, list[str]]:
    """Return the digests of state and outputs, cut to what tells them apart."""
    return {
        name: [str(animal["state"])[:_SHORT], str(animal["outputs"])[:_SHORT]]
        for name, animal in sorted(animals.items())
        if "error" not in animal
    }


def load() -> Results:
    """Return what is kept in the repository."""
    held: Results = json.loads(FILE.read_text(encoding="utf-8"))
    return held


def comparable(identity: Mapping[str, str], results: Results) -> list[str]:
    """Return what keeps another machine's digests from being the same; the CPU must not."""
    kept: Mapping[str, str] = results["identity"]  # type: ignore[assignment]  # by `gather`
    return [
        f"{name} is {identity[name]}, not {kept[name]}"
        for name in kept
        if name not in {"cpu", "python"} and identity[name] != kept[name]
    ]


def unlike(animals: Animals, results: Results) -> list[str]:
    """Return the estimators of a portable pass whose digests are not those that are kept."""
    kept: Mapping[str, list[str]] = results["portable"]  # type: ignore[assignment]  # by `gather`
    mine = shortened(animals)
    return sorted(name for name in animals if mine.get(name) != kept.get(name))
