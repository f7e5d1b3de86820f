# SPDX-License-Identifier: Apache-2.0
"""A project with another seed: in its configuration, its parameters, its commands; nothing else changed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from repro_action.codec.tables import SUFFIXES, TableError, read_table
from repro_action.config.model import Config, Step
from repro_action.errors import ConfigError
from repro_action.interpreter.trusted import is_of_project
from repro_action.noise.seeds import is_seed_name, reseeded_variable, reseeded_words
from repro_action.paths.names import normal, shown
from repro_action.runs.plan import RunPlan
from repro_action.tree import Scalar

_MOST = 1_000
"""Places in one file at which the old seed may be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedPlaces:
    """Where a project writes its seed, besides `seed` of its configuration.

    Attributes:
        params: params file → keys.
        texts: params file → its bytes.
        commands: steps whose command or variables hold it.
    """

    params: Mapping[str, tuple[str, ...]]
    texts: Mapping[str, bytes]
    commands: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters, as materials are called: `params.toml: seed`."""
        return tuple(f"{file}: {key}" for file, keys in self.params.items() for key in keys)

    def given(self, step: Step) -> bool:
        """Whether a step is given the seed by name."""
        return step.name in self.commands or not {*self.params}.isdisjoint(map(normal, step.params))


def find_seeds(config: Config, plan: RunPlan) -> SeedPlaces:
    """Find where a project writes its seed.

    Raises:
        ConfigError: a parameter that is declared as the seed is not there, or not a whole number.
        TableError: a params file cannot be read.
    """
    tables: dict[str, dict[str, Scalar]] = {}
    texts: dict[str, bytes] = {}
    for path in plan.params_files:
        if path.endswith(SUFFIXES) and is_of_project(config.root, config.root / path):
            texts[path] = (config.root / path).read_bytes()
            tables[path] = read_table(texts[path], path)
    declared = config.noise.seed_params
    found: defaultdict[str, list[str]] = defaultdict(list)
    if declared is None:
        for path, table in tables.items():
            found[path] = [key for key, value in table.items() if is_seed_name(key) and _is_seed(value)]
    for entry in declared or ():
        file, _, key = entry.partition(":")
        file, key = normal(file.strip()), key.strip()
        if not _is_seed(tables.get(file, {}).get(key)):
            raise _absent(config, file, key, known=file in tables)
        found[file].append(key)
    params = {file: tuple(dict.fromkeys(keys)) for file, keys in found.items() if keys}
    probe = [(step, seeded_step(step, config.seed + 1)) for step in plan.steps]
    return SeedPlaces(
        params=params,
        texts={file: texts[file] for file in params},
        commands=tuple(step.name for step, other in probe if step != other),
    )


def _is_seed(value: Scalar) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _absent(config: Config, file: str, key: str, *, known: bool) -> ConfigError:
    what = f"{shown(key)} in {shown(file)} is not a whole number" if known else f"no step reads {shown(file)}"
    return ConfigError(
        f"seed_params names what is not a seed: {what}",
        where=config.path.name,
        remedy="Name a parameter of a file in `params` of a step, as `FILE:KEY` with the whole dotted key.",
    )


def seeded_step(step: Step, seed: int) -> Step:
    """Return a step whose command and variables hold another seed, where they hold one."""
    env = {name: reseeded_variable(name, value, seed) for name, value in step.env.items()}
    return replace(step, run=reseeded_words(step.run, seed), env=env)


def seeded_files(places: SeedPlaces, seed: int) -> dict[str, bytes]:
    """Return params files with another seed, all else in them to the byte.

    Raises:
        TableError: a file cannot be edited so.
    """
    return {file: _edited(data, file, places.params[file], seed) for file, data in places.texts.items()}


def _edited(data: bytes, file: str, keys: tuple[str, ...], seed: int) -> bytes:
    text = data.decode("utf-8", "surrogateescape")
    table = read_table(data, file)
    for key in keys:
        old, table = table[key], {**table, key: seed}
        if old == seed:
            continue
        # Whatever the format, the one place is right after which the file says just this.
        edits = _edits(text, str(old), str(seed))
        fitting = next((edit for edit in edits if _says(edit, file, table)), None)
        if fitting is None:
            raise TableError(
                f"its seed {shown(key)} cannot be replaced",
                where=file,
                why=f"{old} is written in another way, or shared by an anchor.",
                remedy="Write the seed as a plain whole number.",
            )
        text = fitting
    return text.encode("utf-8", "surrogateescape")


def _edits(text: str, old: str, new: str) -> Iterator[str]:
    for count, found in enumerate(re.finditer(rf"(?<![\w.+-]){re.escape(old)}(?![\w.])", text)):
        if count >= _MOST:
            return
        yield f"{text[: found.start()]}{new}{text[found.end() :]}"


def _says(text: str, file: str, table: Mapping[str, Scalar]) -> bool:
    try:
        return read_table(text.encode("utf-8", "surrogateescape"), file) == table
    except TableError:
        return False
