# SPDX-License-Identifier: Apache-2.0
"""The parts of a change that can be taken back one by one: classes of materials, or single materials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from repro_action.compare.materials import MaterialDifference
from repro_action.fingerprint import MaterialKind


class PlayerKind(StrEnum):
    """What a part of a change consists of, in the order in which it is shown."""

    CODE = "code"
    """Programs, and the command lines of the steps."""
    DATA = "data"
    PARAMS = "params"
    ENVIRONMENT = "environment"
    """Packages, interpreter, determinism profile."""
    SEED = "seed"


KINDS: Mapping[MaterialKind, PlayerKind] = {
    MaterialKind.CODE: PlayerKind.CODE,
    MaterialKind.STEPS: PlayerKind.CODE,
    MaterialKind.DATA: PlayerKind.DATA,
    MaterialKind.PARAMS: PlayerKind.PARAMS,
    MaterialKind.SEED: PlayerKind.SEED,
}
"""Kinds of materials that decide by themselves whether a class differs. Packages do not: a program that
imports another one consumes other packages of the same environment."""

COMMANDS = "commands"
"""Name of the part that the steps' command lines are, where parts are single materials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """One part of a change.

    Attributes:
        name: unique, as people read it.
        kind: its class.
        materials: names of the materials that differ in it, `FILE: KEY` for parameters.
    """

    name: str
    kind: PlayerKind
    materials: tuple[str, ...] = ()


def by_class(differences: Iterable[MaterialDifference], *, environment: Iterable[str]) -> tuple[Player, ...]:
    """Return one player for each class of materials that differs.

    Args:
        differences: materials of the base commit against those of head.
        environment: names of what differs in where the steps run; empty where nothing does.
    """
    names: dict[PlayerKind, list[str]] = {kind: [] for kind in PlayerKind}
    for found in differences:
        if found.kind in KINDS:
            names[KINDS[found.kind]].append(found.name)
    names[PlayerKind.ENVIRONMENT].extend(environment)
    return tuple(
        Player(name=kind.value, kind=kind, materials=tuple(sorted(names[kind])))
        for kind in PlayerKind
        if names[kind]
    )


def by_material(
    differences: Iterable[MaterialDifference], *, environment: Iterable[str]
) -> tuple[Player, ...]:
    """Return one player for each file and parameter that differs; command lines and environment are one each.

    Args:
        differences: as of `by_class`.
        environment: as of `by_class`.
    """
    differences = tuple(differences)
    players = [
        whole
        for whole in by_class(differences, environment=environment)
        if whole.kind in {PlayerKind.ENVIRONMENT, PlayerKind.SEED}
    ]
    commands: list[str] = []
    for found in differences:
        kind = KINDS.get(found.kind)
        if found.kind is MaterialKind.STEPS:
            commands.append(found.name)
        elif kind is not None and kind is not PlayerKind.SEED:
            players.append(Player(name=found.name, kind=kind, materials=(found.name,)))
    if commands:
        players.append(Player(name=COMMANDS, kind=PlayerKind.CODE, materials=tuple(sorted(commands))))
    order = list(PlayerKind)
    return tuple(sorted(players, key=lambda player: (order.index(player.kind), player.name)))
