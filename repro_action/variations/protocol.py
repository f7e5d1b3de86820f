# SPDX-License-Identifier: Apache-2.0
"""What every variation provides."""

from __future__ import annotations

from typing import Protocol

from repro_action.environments.protocol import Environment
from repro_action.variations.disturbance import Disturbance


class Variation(Protocol):
    """One way in which a re-run is disturbed; small, named, without state."""

    @property
    def name(self) -> str:
        """Its name on the command line, such as `hash-seed`."""

    @property
    def what(self) -> str:
        """What is disturbed, in a few words: `PYTHONHASHSEED: the order of sets of texts`."""

    @property
    def numeric(self) -> bool:
        """Whether only the rounding of arithmetic depends on it, so that the profile's pin is the cure."""

    def unavailable(self, environment: Environment) -> str:
        """Return why it cannot be had on this machine; empty where it can."""

    def disturb(self, environment: Environment, *, turn: int) -> Disturbance:
        """Return what to change.

        Args:
            environment: whose packages and CPU decide which variables matter.
            turn: 1, 2, …: different turns may disturb differently, so that chance does not hide a difference.
        """

    def lift(self, environment: Environment, *, turn: int) -> Disturbance | None:
        """Return what to change so that the pin of the profile is lifted; None where it pins nothing."""
