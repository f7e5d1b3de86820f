# SPDX-License-Identifier: Apache-2.0
"""Which programs may be started outside of the sandbox: none that a project brings.

What is checked out, and what a step wrote, lies in the project. Its configuration can name a file there
as the interpreter; `status`, `plan` and `doctor` would run it with all variables of the caller.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from repro_action.errors import ConfigError
from repro_action.paths.names import RESERVED


def untrusted_folders(root: Path) -> tuple[str, ...]:
    """Return the real folders whose files a pull request or a step may have written.

    Args:
        root: of the project.

    Returns:
        The project, and the repository around it; not where that is the user's home or around it, because
        what people install for themselves lies there too.
    """
    real = os.path.realpath(root)
    top = next((str(place) for place in (Path(real), *Path(real).parents) if (place / ".git").exists()), real)
    home = os.path.realpath(os.path.expanduser("~"))  # noqa: PTH111 -- never raises
    return (real,) if _within(home, top) else tuple(dict.fromkeys((real, top)))


def is_of_project(root: Path, path: Path) -> bool:
    """Whether a file is the project's or its repository's, wherever a link leads to it from.

    What is shown of a file's content is shown of these alone: a pull request can commit a link to any other.

    Args:
        root: of the project.
        path: of the file.
    """
    real = os.path.realpath(path)
    inside = any(_within(real, folder) for folder in untrusted_folders(root))
    return inside and RESERVED.isdisjoint(os.path.relpath(real, os.path.realpath(root)).split("/"))


def trusted_program(python: Path, untrusted: Iterable[str], *, where: str = "") -> Path:
    """Return the file that is started in the place of `python`; a link leads to its end.

    Of a virtual environment in the project, `bin/python` is such a link: what it leads to is started, so
    that no `pyvenv.cfg` of the project decides where the standard library is.

    Args:
        python: absolute path of an interpreter.
        untrusted: of `untrusted_folders`.
        where: it is named, for errors.

    Raises:
        ConfigError: the file lies in the project.
    """
    folders = tuple(untrusted)
    real = os.path.realpath(python)
    if any(_within(real, folder) for folder in folders):
        raise ConfigError(
            f"the interpreter {python} is a file of the project",
            why="It would run outside of the sandbox, and a pull request could bring any program there.",
            remedy="Set python under [environment] to an interpreter outside of the project; of a virtual "
            "environment in the project, bin/python must be a link (`python -m venv --symlinks`).",
            where=where,
        )
    return Path(real) if any(_crosses(python, folder) for folder in folders) else python


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _crosses(program: Path, folder: str) -> bool:
    """Whether any link on the way from a program to its end lies in a folder."""
    for _ in range(40):
        if _within(os.path.join(os.path.realpath(program.parent), program.name), folder):  # noqa: PTH118 -- texts
            return True
        if not program.is_symlink():
            return False
        program = Path(os.path.normpath(program.parent / program.readlink()))
    return True
