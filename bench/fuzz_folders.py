# SPDX-License-Identifier: Apache-2.0
"""A fuzzer of formats that are folders (Zarr, Orbax): `python -m bench.fuzz_folders --seconds 600`.

The laws are those of `bench.fuzz`; the oracle is the library `zarr`, where it is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.fuzz import SLOW, mutate
from bench.fuzz_oracle import identity
from bench.fuzz_seeds import WRITTEN
from repro_action.listing import flatten
from repro_action.readers import read_artifact
from repro_action.readers.protocol import Limits

_FOLDERS = ("zarr-2", "zarr-3", "orbax", "orbax-zarr-3")
_LIMITS = Limits(memory=32 << 20, expanded=64 << 20, nodes=200_000, seconds=20.0)


def load(folder: Path) -> str:
    """Return the identity of all arrays below a folder; empty where the library cannot load them."""
    import zarr

    found = []
    try:
        for meta in sorted([*folder.rglob(".zarray"), *folder.rglob("zarr.json")]):
            item = zarr.open(str(meta.parent), mode="r")
            if isinstance(item, zarr.Array):
                found.append(
                    (str(meta.parent.relative_to(folder)), identity(item[...]), sorted(item.attrs.items()))
                )
    except Exception:  # noqa: BLE001 -- a loader may raise anything; then there is no value
        return ""
    return hashlib.sha256(repr(found).encode("utf-8", "surrogatepass")).hexdigest()


def main() -> int:
    """Run, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("folders", nargs="*", default=_FOLDERS)
    asked = parser.parse_args()
    chance, figures, known = random.Random(asked.seed), Counter[str](), dict[str, tuple[str, str]]()
    end = time.monotonic() + asked.seconds
    with tempfile.TemporaryDirectory() as scratch:
        while time.monotonic() < end and figures["faults"] < 20:
            name = chance.choice(asked.folders)
            place = Path(scratch) / "folder"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(WRITTEN / name / "one", place)
            files = sorted(path for path in place.rglob("*") if path.is_file())
            changed = chance.choice(files)
            data = mutate(changed.read_bytes(), [path.read_bytes() for path in files], chance)
            changed.write_bytes(data)
            label = f"{name}/{changed.relative_to(place)} {data.hex()}"
            for fault in _faults(name, place, label, known, figures):
                figures["faults"] += 1
                print(fault, label)
    print(dict(figures))
    return 1 if figures["faults"] else 0


def _faults(
    name: str, place: Path, label: str, known: dict[str, tuple[str, str]], figures: Counter[str]
) -> list[str]:
    start = time.process_time()
    try:
        tree = read_artifact(place, limits=_LIMITS)
    except Exception as error:  # noqa: BLE001 -- that is what is looked for
        return [f"{type(error).__name__}: {error}"]
    figures["files"] += 1
    faults = [f"took {took:.1f} s"] if (took := time.process_time() - start) > SLOW else []
    lines = flatten(tree.root, limit=5000, siblings=5000, room=None)
    reasons = [leaf.reason for leaf in lines.values() if leaf.reason]
    faults += [reason for reason in reasons if "did not expect" in reason]
    if any("zarr" in reason for reason in reasons) or not name.startswith("zarr"):
        return faults
    figures["readable"] += 1
    digest = hashlib.sha256(
        repr([(path, str(leaf.digest)) for path, leaf in lines.items()]).encode()
    ).hexdigest()
    value = load(place)
    first, other = known.setdefault(name + digest, (value, label))
    figures["compared"] += bool(first and value and other != label)
    if first and value and first != value:
        faults.append(f"one tree, two values; the other is {other}")
    return faults


if __name__ == "__main__":
    raise SystemExit(main())
