# SPDX-License-Identifier: Apache-2.0
"""Where the configuration is: `repro.toml`, or `[tool.repro]` of `pyproject.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from repro_action.errors import ConfigError

OWN = "repro.toml"
SHARED = "pyproject.toml"
MAX_BYTES = 1 << 20


class NoConfiguration(ConfigError):
    """There is no configuration where one is looked for."""


def find(start: Path, explicit: Path | None = None) -> Path:
    """Return the configuration for a folder.

    Looks in `start`, then upwards as far as the top of the git checkout.

    Args:
        start: the user's current folder.
        explicit: the file, or its folder, that the user named; nothing else is looked at then.

    Raises:
        NoConfiguration: there is none.
        ConfigError: one folder holds both, or none is where the user named one.
    """
    if explicit is not None:
        return _named(start / explicit)
    start = start.resolve()
    for folder in (start, *start.parents):
        location = _in(folder)
        if location is not None:
            return _checked(location)
        if (folder / ".git").exists():
            break
    raise NoConfiguration(
        f"no {OWN} here or in a folder above, and no [tool.repro] in a {SHARED}",
        remedy="Run `repro init` to create one, or name it with --config.",
    )


def _named(path: Path) -> Path:
    if path.is_file():
        return _checked(path).resolve()
    location = _in(path.resolve()) if path.is_dir() else None
    if location is None:
        raise ConfigError(
            "there is no configuration at this path",
            where=ascii(str(path))[1:-1],
            remedy="Check the path given with --config.",
        )
    return _checked(location)


def _in(folder: Path) -> Path | None:
    own, shared = folder / OWN, folder / SHARED
    has_own, has_shared = own.is_file(), shared.is_file() and _has_table(shared)
    if has_own and has_shared:
        raise ConfigError(
            f"{OWN} and [tool.repro] of {SHARED} are in one folder",
            why="A folder can have only one configuration.",
            remedy="Remove one of the two.",
            where=OWN,
        )
    if has_own:
        return own
    return shared if has_shared else None


def _has_table(path: Path) -> bool:
    with path.open("rb") as stream:
        return holds_table(stream.read(MAX_BYTES + 1))


def holds_table(data: bytes) -> bool:
    """Whether a `pyproject.toml` has a `[tool.repro]`; a broken one that mentions it counts as well."""
    if b"repro" not in data:
        return False
    try:
        tool = tomllib.loads(data.decode("utf-8-sig")).get("tool", {})
    except (ValueError, RecursionError):
        return b"tool.repro" in data
    return isinstance(tool, dict) and "repro" in tool


def is_configuration(path: Path) -> bool:
    """Whether a TOML file of any name is a configuration; a broken one that looks like it counts."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return looks_like_configuration(stream.read(MAX_BYTES + 1))


def looks_like_configuration(data: bytes) -> bool:
    """Whether the content of a TOML file is a configuration; a broken one that looks like it counts."""
    if b"steps" not in data:
        return False
    try:
        raw = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return b"[[steps]]" in data
    return "version" in raw and "name" in raw and isinstance(raw.get("steps"), list)


def _checked(path: Path) -> Path:
    """Refuse a configuration that a link takes from outside the repository.

    Raises:
        ConfigError: it does.
    """
    if path.is_symlink():
        top = next((folder for folder in path.parents if (folder / ".git").exists()), path.parent)
        if not path.resolve().is_relative_to(top.resolve()):
            raise ConfigError(
                "a link leads out of the repository",
                where=ascii(path.name)[1:-1],
                why="Its folder, not this one, would be trained in and written to.",
                remedy="Replace the link with the file itself.",
            )
    return path


def holds_configuration(folder: Path) -> bool:
    """Whether a folder has a configuration of a usual name."""
    shared = folder / SHARED
    return (folder / OWN).is_file() or (shared.is_file() and _has_table(shared))
