# SPDX-License-Identifier: Apache-2.0
"""From the text of a configuration to `Config`, or to everything that is wrong with it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.config.build import build
from repro_action.config.evidence_rules import evidence_problems
from repro_action.config.find import MAX_BYTES, OWN, SHARED, find, holds_configuration
from repro_action.config.model import BASELINE_SUFFIX, DEFAULT_BASELINE, Config
from repro_action.config.prediction_rules import prediction_problems
from repro_action.config.problems import InvalidConfig, Problem, placed
from repro_action.config.rules import own_problems, relation_problems
from repro_action.config.typed_table import MalformedValue
from repro_action.config.validate import schema_problems
from repro_action.errors import ConfigError

if TYPE_CHECKING:
    from repro_action.config.positions import KeyPath

__all__ = ["find", "load", "parse"]

_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")


def load(path: Path) -> Config:
    """Read a configuration.

    Args:
        path: `repro.toml` or `pyproject.toml`; its folder becomes the project's root.

    Raises:
        ConfigError: it cannot be read, or it is wrong (`InvalidConfig`).
    """
    path = path.resolve()
    return parse(_read(path), path)


def parse(text: str, path: Path) -> Config:
    """Make a configuration of its text; touches no file.

    Args:
        text: TOML.
        path: absolute path that the text belongs to.

    Raises:
        ConfigError: it is wrong (`InvalidConfig`).
    """
    raw, prefix = _table(text, path.name)
    try:
        problems = schema_problems(raw)
        reported = {problem.path for problem in problems}
        problems += [problem for problem in own_problems(raw) if problem.path not in reported]
        if not problems:
            config = build(raw, root=path.parent, path=path)
            if "baseline" not in raw:
                config = replace(config, baseline=default_baseline(path))
            problems = [
                *relation_problems(config),
                *evidence_problems(config),
                *prediction_problems(config),
            ]
            if not problems:
                return config
    except MalformedValue:
        problems = [Problem(path=(), what="the structure of the configuration is not valid")]
    except RecursionError:
        raise ConfigError("it is nested too deeply", where=path.name) from None
    from repro_action.config.positions import positions

    raise InvalidConfig(path.name, placed(problems, positions(text), prefix))


def default_baseline(path: Path) -> str:
    """Return the file of a configuration's baseline where it names none.

    Several configurations in one folder have one each. A folder whose only one has another name than
    `repro.toml` may have the usual file: it was the only one until 0.1.
    """
    if path.name in {OWN, SHARED}:
        return DEFAULT_BASELINE
    own = f"{path.stem}{BASELINE_SUFFIX}"
    usual = path.with_name(DEFAULT_BASELINE).exists() and not path.with_name(own).exists()
    return DEFAULT_BASELINE if usual and not holds_configuration(path.parent) else own


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"it cannot be read: {error.strerror}",
            where=path.name,
            remedy="Check that it is a readable file.",
        ) from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"it is larger than {MAX_BYTES >> 20} MiB", where=path.name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            "it is not UTF-8", where=f"{path.name}:{line}", remedy="Save it as UTF-8."
        ) from error


def _table(text: str, name: str) -> tuple[Mapping[str, object], KeyPath]:
    try:
        raw: Mapping[str, object] = tomllib.loads(text)
    except RecursionError:
        raise ConfigError("it is nested too deeply", where=name) from None
    except ValueError as error:  # TOMLDecodeError, or a number with too many digits
        raise _syntax(str(error), name) from error
    if name != SHARED:
        return raw, ()
    tool = raw.get("tool")
    table = tool.get("repro") if isinstance(tool, Mapping) else None
    if not isinstance(table, Mapping):
        raise ConfigError("there is no table [tool.repro]", where=name, remedy="Run `repro init`.")
    return table, ("tool", "repro")


def _syntax(message: str, name: str) -> ConfigError:
    place = _PLACE.search(message)
    what = message if place is None else message[: place.start()]
    safe = what if what.isprintable() else ascii(what)[1:-1]
    return ConfigError(
        f"it is not valid TOML: {safe}",
        remedy="Put strings in quotes, write true and false in lower case, and use each key once per table.",
        where=name if place is None else f"{name}:{place[1]}:{place[2]}",
    )
