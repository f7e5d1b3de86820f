# SPDX-License-Identifier: Apache-2.0
"""Variations of a process itself: run again, memory layout, garbage, core, permissions."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from repro_action.interpreter.environment import Environment
from repro_action.probe.variations.check import enter, output_of, refusal
from repro_action.probe.variations.protocol import OnlyUnpinned, Plain, pick
from repro_action.steps.disturbance import Disturbance


@dataclass(frozen=True, slots=True, kw_only=True)
class Again(Plain):
    """Nothing is changed but when threads take turns, which is never the same anyway."""

    name: str = "again"
    what: str = "nothing: the same run once more, with different timing of its threads"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Let Python's threads take turns sooner, or later."""
        del environment
        return Disturbance(
            hook={"REPRO_DISTURB": "1", "REPRO_SWITCH": pick(("1e-5", "0.2", "1e-6"), round_number)}
        )

    def pin(self, environment: Environment) -> Disturbance | None:
        """Seed the generators that nobody seeded, as `entropy = "seed"` does."""
        del environment
        return Disturbance(hook={"REPRO_ENTROPY": "seed", "REPRO_STREAM": "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Aslr(Plain):
    """Memory is no longer placed at random."""

    name: str = "aslr"
    what: str = "addresses in memory: id(), the order of sets of objects"

    def unavailable(self, environment: Environment, within: tuple[str, ...] = ()) -> str:
        """Return why the kernel does not let a process give it up."""
        if environment.circumstances.get("os") != "Linux":
            return "a process can choose this on Linux only"
        return refusal(*within, *enter("aslr", "off"))

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Give it up."""
        del environment, round_number
        return Disturbance(prefix=enter("aslr", "off"))

    def pin(self, environment: Environment) -> Disturbance | None:
        """Give it up in both runs."""
        del environment
        return None if refusal(*enter("aslr", "off")) else Disturbance(prefix=enter("aslr", "off"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage(Plain):
    """Garbage is collected never, often, or later."""

    name: str = "gc"
    what: str = "when Python collects garbage: weak references, __del__"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Switch collection off, make it frequent, or leave out what is there at the start."""
        del environment
        return Disturbance(
            hook={"REPRO_DISTURB": "1", "REPRO_GC": pick(("off", "eager", "freeze"), round_number)}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Affinity(Plain):
    """Only one core may be used, or the machine has another number of them."""

    name: str = "affinity"
    what: str = "the cores: only one can be used, or a different number is reported"

    def unavailable(self, environment: Environment, within: tuple[str, ...] = ()) -> str:
        """Return why the cores cannot be chosen."""
        del environment
        if not hasattr(os, "sched_getaffinity"):
            return "this system does not let a process choose its cores"
        if len(os.sched_getaffinity(0)) < 2:
            return "only one core may be used anyway"
        return refusal(*within, *enter("affinity", self._core(1)))

    def _core(self, round_number: int) -> str:
        return pick(tuple(map(str, sorted(os.sched_getaffinity(0)))), round_number)

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Stay on one core; in every second turn, only tell Python of another number."""
        del environment
        if round_number % 2 == 0:
            other = "3" if os.cpu_count() != 3 else "5"
            return Disturbance(hook={"REPRO_DISTURB": "1", "REPRO_CORES": other})
        hook = {"REPRO_DISTURB": "1", "REPRO_CORES": "1"}
        return Disturbance(prefix=enter("affinity", self._core(round_number)), hook=hook)


@dataclass(frozen=True, slots=True, kw_only=True)
class Umask(Plain):
    """New files have other permissions."""

    name: str = "umask"
    what: str = "umask: permissions of new files"

    def unavailable(self, environment: Environment, within: tuple[str, ...] = ()) -> str:
        """Return why the steps' own surroundings do not let it be set."""
        del environment
        return refusal(*within, *enter("umask", "077"))

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Let only the owner read what is new; in other turns, everyone."""
        del environment
        return Disturbance(prefix=enter("umask", pick(("077", "002", "000"), round_number)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReproSeed(OnlyUnpinned):
    """Generators that the program gives no seed start from another one than repro's."""

    name: str = "seed"
    what: str = "the seed that repro gives random, NumPy, PyTorch and TensorFlow"
    pinned_by: str = "the seed that repro sets"

    def unpin(self, environment: Environment, *, round_number: int) -> Disturbance | None:
        """Seed them otherwise."""
        del environment
        return Disturbance(hook={"REPRO_SEED": str(1_000_003 * round_number)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIds(OnlyUnpinned):
    """Other processes came before the step, so that its number is another one."""

    name: str = "process-ids"
    what: str = "process numbers, which begin at 1 in the sandbox"
    pinned_by: str = "the sandbox"

    def unavailable(self, environment: Environment, within: tuple[str, ...] = ()) -> str:
        """Return why there is nothing to hold: without a sandbox numbers are others in each run anyway."""
        del environment
        ask = (sys.executable, "-I", "-S", "-c", "import os; print(os.getpid())")
        numbers = {output_of((*within, *ask))[0] for _ in range(2)}
        if len(numbers) > 1 or not within:
            return "the steps have the machine's process numbers, which differ in every run: `again` shows it"
        return refusal(*within, *enter("processes", "1"))

    def unpin(self, environment: Environment, *, round_number: int) -> Disturbance | None:
        """Let processes come and go before the step."""
        del environment
        return Disturbance(prefix=enter("processes", pick(("37", "5", "211"), round_number)))
