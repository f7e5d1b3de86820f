# SPDX-License-Identifier: Apache-2.0
"""What every variation provides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from repro_action.findings.catalogue import remedies
from repro_action.interpreter.environment import Environment
from repro_action.steps.disturbance import NOTHING, Disturbance


class Variation(Protocol):
    """One way in which a re-run is disturbed; small, named, without state."""

    @property
    def name(self) -> str:
        """Its name on the command line, such as `hash-seed`."""

    @property
    def what(self) -> str:
        """What is disturbed, in a few words: `PYTHONHASHSEED: the order of sets of strings`."""

    @property
    def remedy(self) -> str:
        """What to do where the results depend on it, in one sentence."""

    @property
    def numeric(self) -> bool:
        """Whether only the rounding of arithmetic depends on it, so that the profile's pin is the remedy."""

    @property
    def pinned_by(self) -> str:
        """What holds it beside variables of the profile, such as `x86_64-v3`; mostly empty."""

    @property
    def only_unpinned(self) -> bool:
        """Whether it shows only where what holds it is taken away: a plain run is never disturbed by it."""

    def unavailable(self, environment: Environment, within: tuple[str, ...] = ()) -> str:
        """Return why it cannot be had on this machine; empty where it can.

        Args:
            environment: the environment.
            within: command that enters an enclosure like that of the steps; empty where there is none.
        """

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Return what to change.

        Args:
            environment: whose packages and CPU decide which variables matter.
            round_number: 1, 2, …: different rounds may disturb differently, so that chance hides nothing.
        """

    def unpin(self, environment: Environment, *, round_number: int) -> Disturbance | None:
        """Return what to change so that the profile no longer pins it; None where it pins nothing."""

    def pin(self, environment: Environment) -> Disturbance | None:
        """Return what keeps it from differing between two runs; None where it never does by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """What most variations have in common: always available, not numeric, nothing pinned.

    Attributes:
        name, numeric, pinned_by, only_unpinned: see `Variation`.
    """

    name: str = ""
    numeric: bool = False
    pinned_by: str = ""
    only_unpinned: bool = False

    @property
    def remedy(self) -> str:
        """What the catalogue of findings says of it."""
        return remedies([self.name])

    def unavailable(self, environment: Environment, within: tuple[str, ...] = ()) -> str:
        """Return that it can be had everywhere."""
        del environment, within
        return ""

    def unpin(self, environment: Environment, *, round_number: int) -> Disturbance | None:
        """Return that the profile pins nothing of it."""
        del environment, round_number
        return None

    def pin(self, environment: Environment) -> Disturbance | None:
        """Return that it differs only where it is disturbed."""
        del environment
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyUnpinned(Plain):
    """What repro itself holds in every run, so that nothing shows it but taking that away."""

    only_unpinned: bool = True

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Change nothing."""
        del environment, round_number
        return NOTHING


def pick(options: tuple[str, ...], round_number: int) -> str:
    """Return the option of a turn; after the last one the first comes again."""
    return options[(round_number - 1) % len(options)]
