# SPDX-License-Identifier: Apache-2.0
"""Variations of language and time: locale, time zone, clock."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from repro_action.interpreter.environment import Environment
from repro_action.probe.variations.check import faketime, locales, output_of
from repro_action.probe.variations.protocol import Plain, pick
from repro_action.steps.disturbance import Disturbance

_PLAIN = frozenset({"C", "POSIX", "C.utf8", "C.UTF-8", "en_US.utf8", "en_US.UTF-8"})
_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale(Plain):
    """Another language sorts, writes numbers and names months."""

    name: str = "locale"
    what: str = "locale: collation, decimal points, names of months"

    def unavailable(self, environment: Environment, within: tuple[str, ...] = ()) -> str:
        """Return whether only C's locale is installed."""
        del environment, within
        return "" if _others() else "no locale other than C is installed; `locale -a` lists them"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Speak another language."""
        del environment
        return Disturbance(under=_spoken(round_number))

    def unpin(self, environment: Environment, *, round_number: int) -> Disturbance | None:
        """Speak another language, whatever the profile pins."""
        del environment
        return Disturbance(over=_spoken(round_number)) if _others() else None


def _others() -> tuple[str, ...]:
    found = [name for name in locales() if name not in _PLAIN]
    # The one that a program must understand to write at all comes first.
    return tuple(sorted(found, key=lambda name: ("utf" not in name.lower(), name)))


def _spoken(round_number: int) -> dict[str, str]:
    name = pick(_others(), round_number)
    return {"LC_ALL": name, "LANG": name, "LANGUAGE": name.partition(".")[0]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timezone(Plain):
    """Clocks on the wall show another hour, and often another day."""

    name: str = "timezone"
    what: str = "TZ: local time"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Live elsewhere."""
        del environment
        return Disturbance(under={"TZ": _zone(round_number)})

    def unpin(self, environment: Environment, *, round_number: int) -> Disturbance | None:
        """Live elsewhere, whatever the profile pins."""
        del environment
        return Disturbance(over={"TZ": _zone(round_number)})


def _zone(round_number: int) -> str:
    # In POSIX's own words where the machine has no table: hours west of Greenwich.
    name, rule = [
        ("Pacific/Kiritimati", "LINT-14"),
        ("Asia/Kathmandu", "NPT-5:45"),
        ("Etc/GMT+12", "IDLW12"),
    ][(round_number - 1) % 3]
    return name if Path("/usr/share/zoneinfo", name).is_file() else rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Time(Plain):
    """It is another year, month, weekday and hour."""

    name: str = "time"
    what: str = "the clock: another year, weekday and hour"

    def unavailable(self, environment: Environment, within: tuple[str, ...] = ()) -> str:
        """Return why the environment's interpreter cannot be given another time."""
        library = faketime()
        if not library:
            return "libfaketime is not installed"
        # Of a virtual environment, the interpreter itself: no pyvenv.cfg of the project has a say.
        ask = (os.path.realpath(environment.python), "-I", "-S", "-c", "import time; print(int(time.time()))")
        clock = {**_clock("@2031-05-05 05:05:05"), "TZ": "UTC"}
        output, problem = output_of((*within, *ask), **clock)
        wanted = 1_935_723_905  # 2031-05-05 05:05:05 UTC
        if output.isdigit() and 0 <= int(output) - wanted < 60:
            return ""
        place = " in the sandbox" if within else ""
        return f"libfaketime has no effect on this interpreter{place}{f': {problem}' if problem else ''}"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Live years ahead, on another weekday; in the last turn, in the past."""
        seconds = [400 * _DAY + 47_820, 3655 * _DAY + 25_000, -1001 * _DAY - 31_000][(round_number - 1) % 3]
        return _at_time(f"{seconds:+d}", environment)

    def pin(self, environment: Environment) -> Disturbance | None:
        """Begin at one moment, and let each look at the clock take a millisecond."""
        return _at_time("2031-05-05 05:05:05 i0.001", environment) if faketime() else None


def _at_time(when: str, environment: Environment) -> Disturbance:
    # libfaketime answers time.sleep of Python 3.11 and younger with an error where it leaves the
    # monotonic clock alone (seen with 0.9.10), so the hook sleeps by other means.
    return Disturbance(
        under=_clock(when, environment.variables.get("LD_PRELOAD", "")),
        hook={"REPRO_DISTURB": "1", "REPRO_SLEEP": "select"},
    )


def _clock(when: str, preload: str = "") -> dict[str, str]:
    return {
        "LD_PRELOAD": f"{faketime()} {preload}".rstrip(),
        "FAKETIME": when,
        # Waiting, and time limits, count seconds as ever.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
