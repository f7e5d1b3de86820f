# SPDX-License-Identifier: Apache-2.0
"""Times whole processes, two of them in turn, so that what disturbs the machine disturbs both."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One process to time; an exit status that is not in `good` ends the benchmark."""

    argv: Sequence[str | Path]
    folder: Path
    variables: Mapping[str, str]
    good: Sequence[int] = (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run: wall-clock seconds, CPU seconds with waited-for children, largest resident set in MiB."""

    seconds: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The runs of one command, in the order in which they were made."""

    samples: Sequence[Sample] = field(default_factory=tuple)

    @property
    def seconds(self) -> list[float]:
        return [sample.seconds for sample in self.samples]

    @property
    def median(self) -> float:
        return median(self.seconds)

    @property
    def cpu(self) -> float:
        return median(sample.cpu for sample in self.samples)

    @property
    def memory(self) -> float:
        return max(sample.memory for sample in self.samples)


def once(command: Command) -> Sample:
    """Run a command to its end; its output goes into a file, as in CI, and is not shown."""
    with tempfile.TemporaryFile() as output:
        begin = time.perf_counter()
        process = subprocess.Popen(
            [os.fspath(part) for part in command.argv],
            cwd=command.folder,
            env=dict(command.variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        # NOTE: wait4 tells the resources of this child alone; getrusage sums over all of them.
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in command.good:
            output.seek(0)
            text = output.read()[-4000:].decode("utf-8", "replace")
            raise SystemExit(f"{command.argv} ended with {process.returncode}:\n{text}")
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 << 10 if os.uname().sysname == "Linux" else 1 << 20
    return Sample(seconds=seconds, cpu=used.ru_utime + used.ru_stime, memory=used.ru_maxrss / unit)


def in_turn(commands: Sequence[Command], rounds: int) -> list[Series]:
    """Run each command once to warm up, then all of them in turn, `rounds` times."""
    for command in commands:
        once(command)
    runs = [[once(command) for command in commands] for _ in range(rounds)]
    return [Series(samples=tuple(column)) for column in zip(*runs, strict=True)]


def ratio(ours: Series, theirs: Series) -> float:
    """Return the median of the ratios of runs that were made next to each other."""
    return median(one / other for one, other in zip(ours.seconds, theirs.seconds, strict=True))


def difference(ours: Series, theirs: Series) -> float:
    """Return the median of the differences, in seconds, of runs that were made next to each other."""
    return median(one - other for one, other in zip(ours.seconds, theirs.seconds, strict=True))
