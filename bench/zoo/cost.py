# SPDX-License-Identifier: Apache-2.0
"""How long fitting and predicting takes under each profile; says nothing on a busy machine."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from bench.scale import ROOT
from bench.zoo import data
from bench.zoo.columns import PROFILES, REFERENCE, Profile, by_name
from bench.zoo.passes import Place
from bench.zoo.surroundings import command

FILE = "cost.json"


def measure(place: Place, rounds: int) -> None:
    """Fit everything under each profile in turn, one round to warm up, and keep the seconds.

    Args:
        place: where, and which estimators.
        rounds: how often.
    """
    data.make(place.data)
    taken: dict[Profile, list[dict[str, float]]] = {profile: [] for profile in PROFILES}
    whole: dict[Profile, list[float]] = {profile: [] for profile in PROFILES}
    for number in range(rounds + 1):
        for profile in PROFILES:
            begin = time.perf_counter()
            seconds = _once(place, profile)
            if number:
                taken[profile].append(seconds)
                whole[profile].append(time.perf_counter() - begin)
            total = sum(seconds.values())
            print(f"round {number} of {rounds} · {profile}: {total:.1f} s in {len(seconds)}", flush=True)
    held = {
        "rounds": rounds,
        "process": {profile: median(whole[profile]) for profile in PROFILES},
        "seconds": {
            name: {profile: median(one[name] for one in taken[profile]) for profile in PROFILES}
            for name in place.names
            if all(name in one for runs in taken.values() for one in runs)
        },
    }
    (place.folder / FILE).write_text(json.dumps(held, indent=0), encoding="ascii")
    print(render(summary(held)))


def _once(place: Place, profile: Profile) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="cost-", dir=place.folder) as scratch:
        column, hook = by_name(REFERENCE), Path(scratch) / "hook"
        hook.mkdir()
        done = subprocess.run(
            command(column, ["-m", "bench.zoo.worker", str(place.data), scratch, *place.names]),
            cwd=ROOT,
            env=place.here.variables(profile, column, hook),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return {str(line["end"]): float(line["seconds"]) for line in told if "seconds" in line}


def summary(held: Mapping[str, object]) -> dict[str, object]:
    """Return totals, the distribution of ratios to `off`, and the estimators that pay the most."""
    seconds: Mapping[str, Mapping[str, float]] = held["seconds"]  # type: ignore[assignment]  # by `measure`
    totals = {profile: sum(one[profile] for one in seconds.values()) for profile in PROFILES}
    # Below that, a ratio is noise.
    long = {name: one for name, one in seconds.items() if one["off"] >= 0.05}
    ratios = {profile: sorted(one[profile] / one["off"] for one in long.values()) for profile in PROFILES}
    dearest = sorted(long, key=lambda name: -long[name]["portable"] / long[name]["off"])[:8]
    return {
        "rounds": held["rounds"],
        "count": len(seconds),
        "long": len(long),
        "process": held["process"],
        "totals": totals,
        "median": {profile: median(ratios[profile]) if long else 1.0 for profile in PROFILES},
        "dearest": [{"name": name, **long[name]} for name in dearest],
    }


def render(told: Mapping[str, object]) -> str:
    """Return the two tables as Markdown."""
    totals: Mapping[str, float] = told["totals"]  # type: ignore[assignment]  # by `summary`
    process: Mapping[str, float] = told["process"]  # type: ignore[assignment]
    middle: Mapping[str, float] = told["median"]  # type: ignore[assignment]
    dearest: Sequence[Mapping[str, float]] = told["dearest"]  # type: ignore[assignment]
    rows = [
        "| | portable | native | off |",
        "| --- | --- | --- | --- |",
        _row("fit and outputs, all", [f"{totals[one]:.1f} s" for one in PROFILES]),
        _row("… against `off`", [f"{totals[one] / totals['off']:.2f}" for one in PROFILES]),
        _row(f"median ratio, {told['long']} of ≥ 50 ms", [f"{middle[one]:.2f}" for one in PROFILES]),
        _row("whole process, with imports and hook", [f"{process[one]:.1f} s" for one in PROFILES]),
        *(_row(str(one["name"]), [f"{one[profile]:.2f} s" for profile in PROFILES]) for one in dearest),
    ]
    return "\n".join(rows)


def _row(title: str, cells: Sequence[str]) -> str:
    return f"| {title} | " + " | ".join(cells) + " |"
