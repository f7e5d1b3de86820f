# SPDX-License-Identifier: Apache-2.0
"""What fitting and predicting costs under `portable`, against `off`.

CPU time is what a busy machine disturbs least, but it is a measure of work only where one thread
runs: threads of OpenBLAS and OpenMP spin while they wait for each other. So both sides have one,
and what `off` gains by several is not in the figures.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.clock import Command, once
from bench.scale import ROOT
from bench.zoo import data
from bench.zoo.columns import REFERENCE, Profile, by_name
from bench.zoo.passes import CHUNK, Place
from bench.zoo.surroundings import command

FILE = "cost.json"
LONG = 0.05
"""CPU seconds under `off` with one thread, below which a ratio is noise."""

PINNED, ONE = "portable", "off"
SIDES: Mapping[str, tuple[Profile, str]] = {
    PINNED: ("portable", REFERENCE),
    ONE: ("off", "threads-1"),
}
"""What is compared: profile, and column of what is set outside."""

TITLES: Mapping[str, str] = {PINNED: "`portable`", ONE: "`off`, one thread"}

Times = Mapping[str, Sequence[float]]
"""Side → seconds, one a round."""


@dataclass(slots=True)
class Taken:
    """What was measured, one entry a round.

    Attributes:
        cpu: estimator → side → CPU seconds.
        wall: likewise, wall-clock seconds.
        besides: side → CPU seconds of each process beyond its estimators.
        load: the machine's load average, after each process.
    """

    cpu: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    wall: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    besides: dict[str, list[float]] = field(default_factory=lambda: {side: [] for side in SIDES})
    load: list[float] = field(default_factory=list)

    def add(self, side: str, values: Mapping[str, Sequence[float]], whole: float) -> None:
        """Add what one process said, and the CPU seconds of all of it."""
        self.besides[side].append(whole - sum(cpu for cpu, _ in values.values()))
        self.load.append(os.getloadavg()[0])
        for name, (cpu, wall) in values.items():
            self.cpu.setdefault(name, {}).setdefault(side, []).append(cpu)
            self.wall.setdefault(name, {}).setdefault(side, []).append(wall)


def measure(place: Place, rounds: int) -> None:
    """Fit everything on each side in turn, and keep the seconds.

    A process fits a few estimators, and those of the sides run next to each other, so that what
    disturbs the machine disturbs all of them.

    Args:
        place: where, and which estimators.
        rounds: how often.
    """
    data.make(place.data)
    taken = Taken()
    chunks = [place.names[at : at + CHUNK] for at in range(0, len(place.names), CHUNK)]
    for number in range(1, rounds + 1):
        for at, names in enumerate(chunks, start=1):
            for side in SIDES:
                taken.add(side, *_once(place, side, names))
            print(f"round {number} of {rounds}: process {at} of {len(chunks)} a side", flush=True)
    table = {
        "identity": place.identity(),
        "rounds": rounds,
        "cpu": taken.cpu,
        "wall": taken.wall,
        "besides": taken.besides,
        "load": taken.load,
    }
    (place.folder / FILE).write_text(json.dumps(table, indent=0), encoding="ascii")
    print(render(summary(table)))


def _once(place: Place, side: str, names: Sequence[str]) -> tuple[Mapping[str, Sequence[float]], float]:
    """Return the seconds of each estimator, and the CPU seconds of the process."""
    profile, outside = SIDES[side]
    with tempfile.TemporaryDirectory(prefix="cost-", dir=place.folder) as scratch:
        column, hook, file = by_name(outside), Path(scratch) / "hook", Path(scratch) / "seconds.json"
        hook.mkdir()
        argv = command(column, ["-m", "bench.zoo.timed", str(place.data), str(file), *names])
        sample = once(Command(argv=argv, folder=ROOT, variables=place.here.variables(profile, column, hook)))
        document: Mapping[str, Sequence[float]] = json.loads(file.read_text(encoding="ascii"))
    return document, sample.cpu


def summary(values: Mapping[str, object]) -> dict[str, object]:
    """Return totals, and how each estimator that takes long enough compares with `off`."""
    rounds: int = values["rounds"]  # type: ignore[assignment]  # by `measure`
    cpu: Mapping[str, Times] = values["cpu"]  # type: ignore[assignment]
    wall: Mapping[str, Times] = values["wall"]  # type: ignore[assignment]
    besides: Times = values["besides"]  # type: ignore[assignment]
    load: Sequence[float] = values["load"]  # type: ignore[assignment]
    names = [name for name, one in cpu.items() if all(len(one.get(side, ())) == rounds for side in SIDES)]
    long = sorted(name for name in names if median(cpu[name][ONE]) >= LONG)
    ratios = {name: _ratio(cpu[name]) for name in long}
    worked = _sum([cpu[name] for name in names])
    return {
        "rounds": rounds,
        "count": len(names),
        "load": round(median(load), 1),
        "cpu": {side: round(sum(median(cpu[name][side]) for name in names), 1) for side in SIDES},
        "wall": {side: round(sum(median(wall[name][side]) for name in names), 1) for side in SIDES},
        "ratio": _ratio(worked),
        "spread": _spread(worked),
        "median": round(median(ratios.values()), 2) if long else 1.0,
        "besides": {side: round(median(besides[side]), 2) for side in SIDES},
        "each": {
            name: [round(median(cpu[name][ONE]), 2), ratios[name], *_spread(cpu[name])] for name in long
        },
    }


def _sum(times: Sequence[Times]) -> Times:
    """Return the sums over estimators, round by round."""
    return {side: [sum(row) for row in zip(*(one[side] for one in times), strict=True)] for side in SIDES}


def _rounds(times: Times) -> list[tuple[float, float]]:
    return list(zip(times[PINNED], times[ONE], strict=True))


def _ratio(times: Times) -> float:
    """Return the median of the ratios of rounds, `portable` against `off` with one thread."""
    return round(median(one / other for one, other in _rounds(times)), 2)


def _spread(times: Times) -> list[float]:
    """Return the smallest and the largest ratio of a round."""
    ratios = [round(one / other, 2) for one, other in _rounds(times)]
    return [min(ratios), max(ratios)]


def render(values: Mapping[str, object]) -> str:
    """Return what it costs as Markdown."""
    cpu: Mapping[str, float] = values["cpu"]  # type: ignore[assignment]  # by `summary`
    wall: Mapping[str, float] = values["wall"]  # type: ignore[assignment]
    besides: Mapping[str, float] = values["besides"]  # type: ignore[assignment]
    spread: Sequence[float] = values["spread"]  # type: ignore[assignment]
    each: Mapping[str, Sequence[float]] = values["each"]  # type: ignore[assignment]
    dearest = sorted(each, key=lambda name: (-each[name][1], name))
    lines = [
        _row("", list(TITLES.values())),
        _row("---", ["---"] * len(SIDES)),
        _row(f"CPU, {values['count']} fitted and asked", [f"{cpu[side]:.1f} s" for side in SIDES]),
        _row("… ratio of a round", [f"**{values['ratio']:.2f}** ({spread[0]:.2f} to {spread[-1]:.2f})", "1"]),
        _row(f"… median ratio of the {len(each)} of ≥ 50 ms", [f"{values['median']:.2f}", "1"]),
        _row("CPU of a process besides", [f"{besides[side]:.1f} s" for side in SIDES]),
        _row("wall clock", [f"{wall[side]:.1f} s" for side in SIDES]),
        "",
        f"<details><summary>Each of the {len(each)} estimators that take at least 50 ms</summary>",
        "",
        "| | CPU, `off` with one thread | `portable` takes | in its rounds |",
        "| --- | --- | --- | --- |",
        *(_row(f"`{name}`", _cells(*each[name])) for name in dearest),
        "",
        "</details>",
    ]
    return "\n".join(lines)


def _cells(seconds: float, ratio: float, least: float, most: float) -> list[str]:
    return [f"{seconds:.2f} s", f"{ratio:.2f} times", f"{least:.2f} to {most:.2f}"]


def _row(title: str, cells: Sequence[str]) -> str:
    return f"| {title} | " + " | ".join(cells) + " |"
