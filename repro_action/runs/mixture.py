# SPDX-License-Identifier: Apache-2.0
"""A project of which some parts are as in head and all others as in the base commit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from repro_action.attribution.game import Coalition
from repro_action.attribution.players import COMMANDS, KINDS, Player, PlayerKind
from repro_action.codec.tables import SUFFIXES
from repro_action.config.model import Config, DataPin
from repro_action.data.stat_cache import StatCache
from repro_action.fingerprint import MaterialKind, Materials
from repro_action.interpreter.environment import Environment
from repro_action.notice import Notice
from repro_action.runs.materials import command_line, digest_now, files_of, read_files
from repro_action.runs.param_tables import with_values
from repro_action.runs.plan import RunPlan, make_plan
from repro_action.tree import Scalar

_FLAKE = ("flake.nix", "flake.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEnd:
    """One end of the change.

    Attributes:
        config: whose root is the folder with its files.
        plan: its steps.
        materials: files, parameters, steps and seed.
        environment: prepared; or why it cannot be.
    """

    config: Config
    plan: RunPlan
    materials: Materials
    environment: Environment | Notice

    @property
    def environment_name(self) -> str:
        """What of the environment can change results, as one text."""
        env = self.environment
        digest = str(env.digest) if isinstance(env, Environment) else "absent"
        return f"{digest} {self.config.environment} {self.config.determinism}"


def read_end(config: Config, environment: Environment | Notice, cache: StatCache | None) -> ChangeEnd:
    """Read what one end consumes.

    Raises:
        GraphError: its steps cannot be put in order, or an input is missing.
        TableError: a file of parameters cannot be read.
        PinError: a file cannot be read.
    """
    plan = make_plan(config)
    pinned = {pin.path: pin.digest for pin in config.data}
    consumed = read_files(config, plan, pinned, digest_now(config, cache))
    materials = {
        **files_of(config, plan, consumed),
        MaterialKind.PARAMS: dict(consumed.params),
        MaterialKind.STEPS: {step.name: command_line(step) for step in plan.steps},
        MaterialKind.SEED: {"seed": config.seed},
    }
    return ChangeEnd(config=config, plan=plan, materials=materials, environment=environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """What to run for one coalition.

    Attributes:
        config: whose root is that of the side that the code comes from.
        environment: of the steps; or why there is none.
        placed: path → where it comes from instead.
        added: path → content made for this mixture.
        left_out: paths that the code's side has and the mixture has not, or has from elsewhere.
        key: digest of all materials, by which its result is kept.
        code: names what undeclared files can differ by.
    """

    config: Config
    environment: Environment | Notice
    placed: Mapping[str, Path] = field(default_factory=dict)
    added: Mapping[str, bytes] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    key: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixer:
    """Puts projects together from two ends of a change.

    Attributes:
        base, head: the ends.
        players: the parts that differ; what is of no part is as in head.
    """

    base: ChangeEnd
    head: ChangeEnd
    players: Sequence[Player]

    def mix(self, coalition: Coalition) -> Mixture:
        """Return the project whose parts of a coalition are as in head, and all others as in base.

        Raises:
            TableError: parameters of both ends cannot be put into one file.
        """
        everybody = frozenset(player.name for player in self.players)
        if coalition == everybody or not coalition:
            return self._end(self.head if coalition == everybody else self.base)
        root = self._code_side(coalition)
        placed: dict[str, Path] = {}
        added: dict[str, bytes] = {}
        left_out: list[str] = []
        for path, side in self._files(coalition):
            left_out.append(path)
            if isinstance(side, bytes):
                added[path] = side
            elif _there(side.config.root / path):
                placed[path] = side.config.root / path
        return Mixture(
            config=self._config(coalition, root),
            environment=self._side(coalition, PlayerKind.ENVIRONMENT).environment,
            placed=placed,
            added=added,
            left_out=tuple(left_out),
            key=self._key(coalition),
            code=self._code_name(coalition),
        )

    def _end(self, side: ChangeEnd) -> Mixture:
        return Mixture(
            config=side.config,
            environment=side.environment,
            key=_digest(_flat(side)),
            code="head" if side is self.head else "base",
        )

    def _side(self, coalition: Coalition, kind: PlayerKind, name: str = "") -> ChangeEnd:
        """Return the end that a material comes from; a class is asked for without a name."""
        for player in self.players:
            if player.kind is kind and (player.name == kind.value or name in player.materials):
                return self.head if player.name in coalition else self.base
        return self.head

    def _commands(self, coalition: Coalition) -> ChangeEnd:
        single = next((one for one in self.players if one.name == COMMANDS), None)
        if single is not None:
            return self.head if single.name in coalition else self.base
        return self._side(coalition, PlayerKind.CODE)

    def _code_side(self, coalition: Coalition) -> ChangeEnd:
        """Return the end whose files that nobody declares are there: head, once any code is as in head."""
        code = [one.name for one in self.players if one.kind is PlayerKind.CODE]
        return self.base if code and not any(name in coalition for name in code) else self.head

    def _code_name(self, coalition: Coalition) -> str:
        code = [one.name for one in self.players if one.kind is PlayerKind.CODE]
        ends = ["head" if name in coalition else "base" for name in code] or ["head"]
        return ends[0] if len(set(ends)) == 1 else json.dumps([code, ends])

    def _config(self, coalition: Coalition, root: ChangeEnd) -> Config:
        commands = self._commands(coalition).config
        where = self._side(coalition, PlayerKind.ENVIRONMENT).config
        return replace(
            root.config,
            steps=commands.steps,
            metrics=commands.metrics,
            artifacts=commands.artifacts,
            searches=(),
            seed=self._side(coalition, PlayerKind.SEED, "seed").config.seed,
            data=self._pins(coalition),
            environment=where.environment,
            determinism=where.determinism,
            sandbox=self.head.config.sandbox,
            limits=self.head.config.limits,
            digest=self.head.config.digest,
        )

    def _pins(self, coalition: Coalition) -> tuple[DataPin, ...]:
        pins = {
            pin.path: pin
            for side in (self.base, self.head)
            for pin in side.config.data
            if self._side(coalition, PlayerKind.DATA, pin.path) is side
        }
        return tuple(pins.values())

    def _files(self, coalition: Coalition) -> Iterator[tuple[str, ChangeEnd | bytes]]:
        """Yield the paths that do not come with the code, each with the end it comes from, or its content."""
        data = {path for side in self._ends for path in side.materials[MaterialKind.DATA]}
        params = {path for side in self._ends for path in side.plan.params_files} - data
        where = self._side(coalition, PlayerKind.ENVIRONMENT)
        locks = {side.config.environment.lock for side in self._ends} | {
            path for side in self._ends if side.config.environment.flake for path in _FLAKE
        }
        for path in sorted(data):
            yield path, self._side(coalition, PlayerKind.DATA, path)
        for path in sorted(params):
            yield path, self._params(coalition, path)
        for path in sorted(locks - data - params - {""}):
            yield path, where
        for path in sorted(self._single_files - data - params - locks):
            yield path, self._side(coalition, PlayerKind.CODE, path)

    @property
    def _ends(self) -> tuple[ChangeEnd, ChangeEnd]:
        return self.base, self.head

    @property
    def _single_files(self) -> set[str]:
        """Code files that are parts of the change by themselves."""
        kinds = {kind.value for kind in PlayerKind} | {COMMANDS}
        return {one.name for one in self.players if one.kind is PlayerKind.CODE and one.name not in kinds}

    def _params(self, coalition: Coalition, path: str) -> ChangeEnd | bytes:
        if not path.endswith(SUFFIXES):
            return self._side(coalition, PlayerKind.CODE, path)
        names = {
            name
            for side in self._ends
            for name in side.materials[MaterialKind.PARAMS]
            if name.startswith(f"{path}: ")
        }
        sides = {name: self._side(coalition, PlayerKind.PARAMS, name) for name in names}
        if not any(player.kind is PlayerKind.PARAMS for player in self.players):
            return self.head
        back = {name for name, side in sides.items() if side is self.base}
        differing = {name for name in names if self._differs(name)}
        if not back & differing:
            return self.head
        if differing <= back:
            return self.base
        values = {
            name.removeprefix(f"{path}: "): self.base.materials[MaterialKind.PARAMS].get(name)
            for name in back & differing
        }
        absent = {
            name.removeprefix(f"{path}: ")
            for name in back & differing
            if name not in self.base.materials[MaterialKind.PARAMS]
        }
        return with_values((self.head.config.root / path).read_bytes(), path, values, absent=absent)

    def _differs(self, name: str) -> bool:
        before, after = (side.materials[MaterialKind.PARAMS] for side in self._ends)
        return name not in before or name not in after or before[name] != after[name]

    def _key(self, coalition: Coalition) -> str:
        parts: dict[tuple[str, str], Scalar] = {}
        for side in self._ends:
            for (kind, name), value in _flat(side).items():
                if kind == "commands":
                    chosen = self._commands(coalition)
                elif kind == PlayerKind.ENVIRONMENT:
                    chosen = self._side(coalition, PlayerKind.ENVIRONMENT)
                else:
                    chosen = self._side(coalition, PlayerKind(kind), name)
                if chosen is side:
                    parts[kind, name] = value
        return _digest(parts)


def _there(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _flat(side: ChangeEnd) -> dict[tuple[str, str], Scalar]:
    """Return every material of one end by class and name, and what decides how it is run."""
    flat: dict[tuple[str, str], Scalar] = {}
    for kind, values in side.materials.items():
        if kind is MaterialKind.STEPS:
            flat |= {("commands", name): value for name, value in values.items()}
        elif kind in KINDS:
            flat |= {(KINDS[kind].value, name): value for name, value in values.items()}
    metrics = sorted(side.config.metrics)
    flat["commands", ""] = json.dumps(metrics)
    flat[PlayerKind.ENVIRONMENT.value, ""] = side.environment_name
    return flat


def _digest(flat: Mapping[tuple[str, str], Scalar]) -> str:
    text = json.dumps(sorted((*key, repr(value)) for key, value in flat.items()), separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
