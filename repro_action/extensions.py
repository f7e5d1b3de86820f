# SPDX-License-Identifier: Apache-2.0
"""Other people's readers, sinks and backends: entry points of packages installed beside repro.

Only `site-packages` folders of the interpreter that runs repro are looked at: neither the working
directory, nor PYTHONPATH, nor the project's folder, all of which a pull request may fill.
"""

from __future__ import annotations

import functools
import re
import site
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from repro_action.errors import ExtensionError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Group = Literal["repro_action.readers", "repro_action.sinks", "repro_action.environments"]

NAME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+")
"""Names hold a dot, such as `acme.h5`; ours never do, so neither can stand for the other."""


@functools.cache
def installed(group: Group) -> Mapping[str, EntryPoint]:
    """Return the entry points of a group by name, sorted.

    Raises:
        ExtensionError: a name has no dot, or two packages have one name.
    """
    found: dict[str, EntryPoint] = {}
    for entry in _entry_points(group):
        if not NAME.fullmatch(entry.name):
            raise ExtensionError(
                f"{entry.value[:100]!a} is registered as {entry.name[:100]!a}",
                why="Names of extensions contain a dot, so that they cannot be mistaken for a part of repro.",
                remedy='Name it after its maker, such as "acme.h5".',
                where=group,
            )
        if entry.name in found and found[entry.name].value != entry.value:
            raise ExtensionError(
                f"two installed packages register {entry.name}",
                why=f"They are {found[entry.name].value} and {entry.value}.",
                remedy="Uninstall one of them.",
                where=group,
            )
        found[entry.name] = entry
    return {name: found[name] for name in sorted(found)}


def load(group: Group, name: str) -> object:
    """Import what an entry point names.

    Raises:
        ExtensionError: it is not installed, or cannot be imported.
    """
    entry = installed(group).get(name)
    if entry is None:
        names = ", ".join(installed(group))
        raise ExtensionError(
            f"{name} is not installed",
            why=f"Installed are: {names}." if names else "No installed package provides any.",
            remedy="Install the package that provides it into the environment that repro runs in.",
            where=group,
        )
    try:
        return _imported(entry)
    except Exception as error:  # a foreign module may raise anything while it is imported
        raise ExtensionError(
            f"{name} cannot be imported",
            why=f"{type(error).__name__}: {error}",
            remedy=f"Update or uninstall the package that provides {entry.value}.",
            where=group,
        ) from error


def _imported(entry: EntryPoint) -> object:
    found: object = entry.load()
    return found


def _entry_points(group: Group) -> Iterator[EntryPoint]:
    from importlib.metadata import distributions  # a few milliseconds, and seldom needed

    own = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    folders = [folder for folder in dict.fromkeys(own) if Path(folder).is_dir()]
    for distribution in distributions(path=folders):
        yield from distribution.entry_points.select(group=group)
