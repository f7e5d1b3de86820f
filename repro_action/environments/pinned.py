# SPDX-License-Identifier: Apache-2.0
"""Which packages the project's own files pin to a version, beside what is installed."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from repro_action.environments.lock import logical_lines
from repro_action.interpreter.environment import Distribution, Environment

REQUIREMENTS = ("requirements.lock", "requirements.txt", "requirements/base.txt")
LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")
_MAX_BYTES = 8 << 20
_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*={2,3}\s*(?P<version>[\w.!+*-]+)\s*(?:--hash\S*\s*)*"
)
"""A requirement of one version without a marker, which may not hold here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherVersion:
    """A package that is installed in another version than a file of the project pins.

    Attributes:
        name: normalized.
        pinned, installed: both versions.
    """

    name: str
    pinned: str
    installed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """A file of the project that pins what is not installed.

    Attributes:
        path: relative to the project.
        versions: by name; at least one.
    """

    path: str
    versions: tuple[OtherVersion, ...]


def unmet(root: Path, top: Path | None, environment: Environment) -> Unmet | None:
    """Return the nearest file that pins packages, if others are installed; None where all agree.

    Args:
        root: the project.
        top: of its repository: folders above the project are looked at as far as this; None for none.
        environment: what the steps can import. One that repro builds has what its lock says, and no other.
    """
    if not environment.shared:
        return None
    folders = [root, *(folder for folder in root.parents if top is not None and folder.is_relative_to(top))]
    for folder in folders:
        for name in (*REQUIREMENTS, *LOCKS):
            pins = _pins(folder / name)
            if pins:
                versions = tuple(_other(pins, environment.distributions))
                path = os.path.relpath(folder / name, root)
                return Unmet(path=path, versions=versions) if versions else None
    return None


def _other(pins: dict[str, list[str]], installed: Collection[Distribution]) -> Iterator[OtherVersion]:
    for package in sorted(installed, key=lambda one: one.name):
        wanted = pins.get(package.name, [])
        if wanted and not any(_meets(package.version, version) for version in wanted):
            yield OtherVersion(name=package.name, pinned=wanted[0], installed=package.version)


def _pins(path: Path) -> dict[str, list[str]]:
    """Return name → versions that a file pins; empty where it is not there or pins nothing."""
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:
            return {}
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[str, list[str]] = {}
    for name, version in _locked(text) if path.name in LOCKS else _required(text):
        found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), []).append(version)
    return found


def _required(text: str) -> Iterator[tuple[str, str]]:
    for line in logical_lines(text):
        pin = _PIN.fullmatch(line)
        if pin is not None:
            yield pin["name"], pin["version"]


def _locked(text: str) -> Iterator[tuple[str, str]]:
    try:
        packages = tomllib.loads(text).get("package")
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    for package in packages if isinstance(packages, list) else ():
        match package:
            case {"name": str(name), "version": str(version)}:
                yield name, version


def _meets(installed: str, pinned: str) -> bool:
    """Whether a version is the pinned one: a local part counts only where it is pinned, too."""
    if pinned.endswith(".*"):
        return f"{installed}.".startswith(pinned[:-1])
    if "+" not in pinned:
        installed = installed.partition("+")[0]
    return _plain(installed) == _plain(pinned)


def _plain(version: str) -> str:
    return re.sub(r"(?:\.0)+$", "", version.lower().lstrip("v"))
