# SPDX-License-Identifier: Apache-2.0
"""`python -m bench.zoo`: see the package."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.scale import BENCH
from bench.zoo import compare, cost, page, passes, results
from bench.zoo.columns import COLUMNS, EMULATED, PROFILES, REFERENCE, Column, Profile, by_name
from bench.zoo.passes import Place
from bench.zoo.surroundings import Here
from bench.zoo.worker import classes


def main() -> int:
    """Do what the command line asks for; 1 where a portable column is not whole."""
    parser = argparse.ArgumentParser(prog="python -m bench.zoo", description=__doc__)
    parser.add_argument("what", choices=("run", "qemu", "table", "cost", "check"))
    parser.add_argument("--folder", type=Path, default=BENCH / "zoo", help="of data and passes")
    parser.add_argument("--profile", choices=PROFILES, action="append", help="default: all")
    parser.add_argument("--column", action="append", help="default: all")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these estimators")
    parser.add_argument("--limit", type=float, default=0.0, help="seconds for one estimator")
    parser.add_argument("--emulator", default=shutil.which("qemu-x86_64") or "", help="qemu-x86_64")
    parser.add_argument("--rounds", type=int, default=5, help="of cost")
    parser.add_argument("--record", action="store_true", help="check: keep what this machine found")
    options = parser.parse_args()
    if options.record and (options.what != "check" or options.only):
        parser.error("--record belongs to a check of all estimators")
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.what == "table":
        return page.write(options.folder)
    names = options.only or sorted(classes())
    limit = options.limit or (900.0 if options.what == "qemu" else 120.0)
    place = Place(
        folder=options.folder.resolve(), names=names, here=Here.now(), limit=limit, emulator=options.emulator
    )
    if options.what == "cost":
        cost.measure(place, options.rounds)
        return 0
    if options.what == "check":
        return _check(place, record=options.record)
    return _run(
        place, EMULATED if options.what == "qemu" else COLUMNS, options.profile or PROFILES, options.column
    )


def _run(
    place: Place, columns: Sequence[Column], profiles: Sequence[Profile], only: Sequence[str] | None
) -> int:
    if any(column.cpu for column in columns) and not place.emulator:
        print(
            "qemu-x86_64 is not on PATH: the package is qemu-user; 7.2 crashes in argsort, 10.0 does not",
            file=sys.stderr,
        )
        return 2
    place = _sensitive_first(place)
    broken = 0
    for profile in profiles:
        for column in columns:
            if profile not in column.profiles or (only and column.name not in only) or column.shared:
                continue
            result = passes.run(place, profile, column, lambda line: print(line, flush=True))
            found = compare.hold(place.folder, profile, column)
            print(f"{found}; {result.seen}", flush=True)
            # Two threads are shown to change bits: that is no promise that could be broken.
            broken += profile == "portable" and column.name != "two" and not found.whole
    return 1 if broken else 0


def _check(place: Place, *, record: bool) -> int:
    """Hold this machine against the digests in the repository, and keep there what it found if asked to."""
    kept = results.load()
    hindrances = results.comparable(place.identity(), kept)
    if hindrances:
        print(
            f"the digests in the repository are of other libraries: {'; '.join(hindrances)}", file=sys.stderr
        )
        return 2
    if record and results.made_by(kept, place.identity()):
        print("this CPU made the digests in the repository, and cannot confirm them", file=sys.stderr)
        return 2
    result = passes.run(place, "portable", by_name(REFERENCE), lambda line: print(line, flush=True))
    if record:
        results.save(results.confirmed(place.identity(), result.animals, kept))
        page.renew()
    unlike = results.unlike(result.animals, kept)
    print(f"{len(place.names) - len(unlike)} of {len(place.names)} as in the repository: {result.seen}")
    print("".join(f"differs: {name}\n" for name in unlike), end="")
    return 1 if unlike else 0


def _sensitive_first(place: Place) -> Place:
    """Put those first that differ between kernels, so that a pass that is cut short says the most."""
    content = compare.read(place.folder, "off", "avx2")
    reference = compare.read(place.folder, "off", "reference")
    if not content or not reference:
        return place
    differing = compare.between(content, reference).differing
    names = sorted(place.names, key=lambda name: (name not in differing, name))
    return replace(place, names=names)


if __name__ == "__main__":
    sys.exit(main())
