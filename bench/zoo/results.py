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
from repro_action.digest import digest_bytes
from repro_action.files import write_atomically

FILE = Path(__file__).parent / "results.json"
_SHORT = 16
"""Hexadecimal digits kept of a digest: 64 bits, among two hundred."""

Results = Mapping[str, object]
Confirmation = Mapping[str, object]
"""What a machine with another CPU says: `cpu`, `python`, `libc`, `compared`, `identical`, `differing`,
and of which `digests`, as `mark` calls them."""


def gather(folder: Path, kept: Results) -> Results:
    """Return what the passes in a folder say.

    Args:
        folder: of the passes.
        kept: in the repository until now, whose machine confirms this one where it had the same libraries.
    """
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
    rows = {name: cells for name, cells in rows.items() if cells}
    before = emulated_before(reference["identity"], reference["animals"], kept)
    return {
        "identity": reference["identity"],
        "rows": {**{name: cells for name, (cells, _) in before.items()}, **rows},
        "seen": {
            **{key: value for _, seen in before.values() for key, value in seen.items()},
            **_seen(folder),
        },
        "sensitive": sorted(compare.between(compare.read(folder, "off", "avx2"), off).differing),
        "volatile": sorted(_volatile(folder)),
        "leaves": _leaves(folder, columns),
        "portable": shortened(reference["animals"]),
        "confirmations": carried(reference["identity"], reference["animals"], kept),
        "cost": _cost(folder, reference["identity"]),
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
            value = json.loads(path.read_text(encoding="utf-8"))["seen"] if path.is_file() else {}
            if value:
                seen[f"{profile}.{column.name}"] = value
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


def _cost(folder: Path, identity: Mapping[str, str]) -> dict[str, object] | None:
    """Return what was measured on the machine of the passes, if anything was."""
    try:
        document = json.loads((folder / cost.FILE).read_text(encoding="ascii"))
    except OSError:
        return None
    return cost.summary(document) if document["identity"] == identity else None


def shortened(animals: Animals) -> dict[str, list[str]]:
    """Return the digests of state and outputs, cut to what tells them apart."""
    return {
        name: [str(animal["state"])[:_SHORT], str(animal["outputs"])[:_SHORT]]
        for name, animal in sorted(animals.items())
        if "error" not in animal
    }


def save(results: Results) -> None:
    """Keep results in the repository."""
    write_atomically(FILE, json.dumps(results, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def load() -> Results:
    """Return what is kept in the repository."""
    document: Results = json.loads(FILE.read_text(encoding="utf-8"))
    return document


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


def mark(results: Results) -> str:
    """Return what tells the portable digests from those of another release, whose trees hold other things."""
    return digest_bytes("blake3", json.dumps(results["portable"], sort_keys=True).encode()).value[:_SHORT]


def made_by(kept: Results, identity: Mapping[str, str]) -> bool:
    """Say whether a machine's CPU is the one that made what is kept."""
    before: Mapping[str, str] = kept["identity"]  # type: ignore[assignment]  # by `gather`
    return before["cpu"] == identity["cpu"]


def confirmed(identity: Mapping[str, str], animals: Animals, kept: Results) -> Results:
    """Return what is kept, with what another machine's portable pass says of it.

    Args:
        identity: of the other machine; what was said of its CPU before is replaced.
        animals: its pass over all estimators.
        kept: in the repository, of the same libraries.
    """
    own = _confirmation(identity, animals, kept)
    return {**kept, "confirmations": _joined(_others(kept, identity), own)}


def carried(identity: Mapping[str, str], animals: Animals, kept: Results) -> list[Confirmation]:
    """Return the confirmations of a pass that takes the place of the one in the repository.

    The machine that made that one is the first of them. The others' still hold if no digest moved.
    """
    if comparable(identity, kept):
        return []
    before: Mapping[str, str] = kept["identity"]  # type: ignore[assignment]  # by `gather`
    others = [] if unlike(animals, kept) else _others(kept, identity)
    return (
        others if before["cpu"] == identity["cpu"] else _joined(others, _confirmation(before, animals, kept))
    )


def emulated_before(
    identity: Mapping[str, str], animals: Animals, kept: Results
) -> dict[str, tuple[dict[str, object], dict[str, object]]]:
    """Return the emulated columns in the repository, with the CPU that emulated, and what ran there.

    Emulation takes hours; what it was held against are these very digests, or nothing is returned.
    """
    if comparable(identity, kept) or unlike(animals, kept):
        return {}
    rows: Mapping[str, Mapping[str, Mapping[str, object]]] = kept["rows"]  # type: ignore[assignment]
    seen: Mapping[str, object] = kept["seen"]  # type: ignore[assignment]
    before: Mapping[str, str] = kept["identity"]  # type: ignore[assignment]
    return {
        column.name: (
            {profile: {"cpu": before["cpu"], **cell} for profile, cell in rows[column.name].items()},
            {key: value for key, value in seen.items() if key.endswith(f".{column.name}")},
        )
        for column in EMULATED
        if column.name in rows
    }


def _confirmation(identity: Mapping[str, str], animals: Animals, kept: Results) -> Confirmation:
    """Hold a pass against what is kept; one of the two is of the machine with this identity."""
    differing = unlike(animals, kept)
    return {
        **{name: identity[name] for name in ("cpu", "python", "libc")},
        "compared": len(animals),
        "identical": len(animals) - len(differing),
        "differing": differing,
        "digests": mark(kept),
    }


def _others(kept: Results, identity: Mapping[str, str]) -> list[Confirmation]:
    entries: list[Confirmation] = kept.get("confirmations", [])  # type: ignore[assignment]  # by `confirmed`
    return [one for one in entries if one["cpu"] != identity["cpu"]]


def _joined(others: list[Confirmation], own: Confirmation) -> list[Confirmation]:
    return sorted([*others, own], key=lambda one: str(one["cpu"]))
