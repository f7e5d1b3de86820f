# SPDX-License-Identifier: Apache-2.0
"""Variations of order: hashed texts, listed folders."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.interpreter.environment import Environment
from repro_action.probe.variations.protocol import Plain, pick
from repro_action.steps.disturbance import Disturbance

_SEEDS = ("1", "77", "4242", "900001")


@dataclass(frozen=True, slots=True, kw_only=True)
class HashSeed(Plain):
    """Texts have other hashes."""

    name: str = "hash-seed"
    what: str = "PYTHONHASHSEED: the order of sets of strings"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Seed the hashes otherwise."""
        del environment
        return Disturbance(under={"PYTHONHASHSEED": pick(_SEEDS, round_number)})

    def unpin(self, environment: Environment, *, round_number: int) -> Disturbance | None:
        """Seed the hashes otherwise, whatever the profile pins."""
        del environment
        return Disturbance(over={"PYTHONHASHSEED": pick(_SEEDS, round_number)})

    def pin(self, environment: Environment) -> Disturbance | None:
        """Seed the hashes where the profile does not."""
        del environment
        return Disturbance(under={"PYTHONHASHSEED": "0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOrder(Plain):
    """Folders list their files in another order."""

    name: str = "file-order"
    what: str = "the order in which Python lists folders"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """List backwards, shuffled, or sorted."""
        del environment
        return _listed(pick(("reversed", "shuffled", "sorted"), round_number))

    def pin(self, environment: Environment) -> Disturbance | None:
        """List sorted."""
        del environment
        return _listed("sorted")


def _listed(order: str) -> Disturbance:
    return Disturbance(hook={"REPRO_DISTURB": "1", "REPRO_LISTING": order})
