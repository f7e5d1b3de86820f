# SPDX-License-Identifier: Apache-2.0
"""What fitting and predicting costs under each profile: CPU seconds, and wall-clock seconds beside them.

CPU time is what a busy machine disturbs least, and what is compared; it is that of all threads,
which `off` alone has several of.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Literal

from bench.clock import Command, once
from bench.scale import ROOT
from bench.zoo import data
from bench.zoo.columns import PROFILES, REFERENCE, Profile, by_name
from bench.zoo.passes import CHUNK, Place
from bench.zoo.surroundings import command

FILE = "cost.json"
LONG = 0.05
"""CPU seconds under `off`, below which a ratio is noise."""

Clock = Literal["cpu", "wall"]
CLOCKS: tuple[Clock, ...] = ("cpu", "wall")
Times = Mapping[str, Sequence[float]]
"""Profile → seconds, one a round."""


@dataclass(slots=True)
class Taken:
    """What was measured, one entry a round.

    Attributes:
        seconds: clock, estimator, profile → the rounds.
        besides: profile → CPU seconds of each process beyond its estimators.
    """

    seconds: dict[str, dict[str, dict[str, list[float]]]] = field(
        default_factory=lambda: {clock: {} for clock in CLOCKS}
    )
    besides: dict[str, list[float]] = field(default_factory=lambda: {profile: [] for profile in PROFILES})

    def add(self, name: str, profile: Profile, times: Sequence[float]) -> None:
        """Add one fit: its CPU and its wall-clock seconds."""
        for clock, seconds in zip(CLOCKS, times, strict=True):
            self.seconds[clock].setdefault(name, {}).setdefault(profile, []).append(seconds)


def measure(place: Place, rounds: int) -> None:
    """Fit everything under each profile in turn, one round to warm up, and keep the seconds.

    A process fits a few estimators, and those of the three profiles run next to each other, so
    that what disturbs the machine disturbs all of them.

    Args:
        place: where, and which estimators.
        rounds: how often.
    """
    data.make(place.data)
    taken = Taken()
    chunks = [place.names[at : at + CHUNK] for at in range(0, len(place.names), CHUNK)]
    for number in range(rounds + 1):
        for at, names in enumerate(chunks, start=1):
            for profile in PROFILES:
                told, besides = _once(place, profile, names)
                if number:
                    taken.besides[profile].append(besides)
                    for name, times in told.items():
                        taken.add(name, profile, times)
            print(f"round {number} of {rounds}: {at} of {len(chunks)} processes a profile", flush=True)
    held = {
        "identity": place.identity(),
        "rounds": rounds,
        "seconds": taken.seconds,
        "besides": taken.besides,
    }
    (place.folder / FILE).write_text(json.dumps(held, indent=0), encoding="ascii")
    print(render(summary(held)))


def _once(
    place: Place, profile: Profile, names: Sequence[str]
) -> tuple[Mapping[str, Sequence[float]], float]:
    """Return the seconds of each estimator, and the CPU seconds of the process besides."""
    with tempfile.TemporaryDirectory(prefix="cost-", dir=place.folder) as scratch:
        column, hook, file = by_name(REFERENCE), Path(scratch) / "hook", Path(scratch) / "seconds.json"
        hook.mkdir()
        argv = command(column, ["-m", "bench.zoo.timed", str(place.data), str(file), *names])
        sample = once(Command(argv=argv, folder=ROOT, variables=place.here.variables(profile, column, hook)))
        told: Mapping[str, Sequence[float]] = json.loads(file.read_text(encoding="ascii"))
    return told, sample.cpu - sum(cpu for cpu, _ in told.values())


def summary(held: Mapping[str, object]) -> dict[str, object]:
    """Return totals, and for each estimator that takes long enough how it compares with `off`."""
    rounds: int = held["rounds"]  # type: ignore[assignment]  # by `measure`
    seconds: Mapping[Clock, Mapping[str, Times]] = held["seconds"]  # type: ignore[assignment]
    besides: Mapping[str, Sequence[float]] = held["besides"]  # type: ignore[assignment]
    cpu, wall = seconds["cpu"], seconds["wall"]
    whole = [
        name for name, one in cpu.items() if all(len(one.get(profile, ())) == rounds for profile in PROFILES)
    ]
    sums = {clock: _sum([seconds[clock][name] for name in whole]) for clock in CLOCKS}
    long = [name for name in whole if median(cpu[name]["off"]) >= LONG]
    each = {
        name: {
            "off": round(median(cpu[name]["off"]), 2),
            "portable": _ratio(cpu[name], "portable"),
            "native": _ratio(cpu[name], "native"),
            "wall": _ratio(wall[name], "portable"),
        }
        for name in long
    }
    return {
        "rounds": rounds,
        "count": len(whole),
        "seconds": {
            clock: {profile: round(median(sums[clock][profile]), 1) for profile in PROFILES}
            for clock in CLOCKS
        },
        "ratios": {
            clock: {profile: _ratio(sums[clock], profile) for profile in PROFILES} for clock in CLOCKS
        },
        "kernels": _ratio(sums["cpu"], "portable", "native"),
        "median": {
            profile: round(median(_ratio(cpu[name], profile) for name in long), 2) if long else 1.0
            for profile in PROFILES
        },
        "besides": {profile: round(median(besides[profile]), 2) for profile in PROFILES},
        "each": each,
    }


def _sum(times: Sequence[Times]) -> Times:
    """Return the sums over estimators, round by round."""
    return {
        profile: [sum(seconds) for seconds in zip(*(one[profile] for one in times), strict=True)]
        for profile in PROFILES
    }


def _ratio(times: Times, profile: Profile, other: Profile = "off") -> float:
    """Return the median of the ratios of rounds."""
    return round(median(one / base for one, base in zip(times[profile], times[other], strict=True)), 2)


def render(told: Mapping[str, object]) -> str:
    """Return what it costs as Markdown."""
    seconds: Mapping[Clock, Mapping[str, float]] = told["seconds"]  # type: ignore[assignment]  # by `summary`
    ratios: Mapping[Clock, Mapping[str, float]] = told["ratios"]  # type: ignore[assignment]
    middle: Mapping[str, float] = told["median"]  # type: ignore[assignment]
    besides: Mapping[str, float] = told["besides"]  # type: ignore[assignment]
    each: Mapping[str, Mapping[str, float]] = told["each"]  # type: ignore[assignment]
    rows = [
        "| | portable | native | off |",
        "| --- | --- | --- | --- |",
        _row(f"CPU, {told['count']} fitted and asked", [f"{seconds['cpu'][one]:.1f} s" for one in PROFILES]),
        _row("… against `off`", [f"**{ratios['cpu'][one]:.2f}**" for one in PROFILES]),
        _row(f"… median of the {len(each)} of ≥ 50 ms", [f"{middle[one]:.2f}" for one in PROFILES]),
        _row("wall clock", [f"{seconds['wall'][one]:.1f} s" for one in PROFILES]),
        _row("… against `off`", [f"{ratios['wall'][one]:.2f}" for one in PROFILES]),
        _row("CPU of a process besides: start, imports, hook", [f"{besides[one]:.1f} s" for one in PROFILES]),
    ]
    return "\n".join(rows) + "\n\n" + _each(each)


def _each(each: Mapping[str, Mapping[str, float]]) -> str:
    """Return the estimators, those first that pay the most, folded."""
    dearest = sorted(each, key=lambda name: (-each[name]["portable"], name))
    rows = [
        _row(
            f"`{name}`",
            [
                f"{each[name]['off']:.2f} s",
                *(f"{each[name][key]:.2f}" for key in ("portable", "native", "wall")),
            ],
        )
        for name in dearest
    ]
    lines = [
        f"<details><summary>Each of the {len(each)} that take at least 50 ms of CPU</summary>",
        "",
        "| | CPU under `off` | `portable`, CPU | `native`, CPU | `portable`, wall clock |",
        "| --- | --- | --- | --- | --- |",
        *rows,
        "",
        "</details>",
    ]
    return "\n".join(lines)


def _row(title: str, cells: Sequence[str]) -> str:
    return f"| {title} | " + " | ".join(cells) + " |"
