# SPDX-License-Identifier: Apache-2.0
"""What surrounds an installer: few variables, and an enclosure where it builds packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from repro_action.errors import EnvironmentUnavailable
from repro_action.interpreter.inspect import Interpreter
from repro_action.sandbox.layout import EnclosureLayout, Mount, ordered, read
from repro_action.sandbox.mechanisms import Mechanism
from repro_action.sandbox.mounts import system_mounts
from repro_action.sandbox.select import MECHANISMS

# How to get to an index, and where to keep what came from it: not PIP_TARGET, PIP_REQUIREMENT, GITHUB_ENV.
_NEEDED = re.compile(
    r"PATH|HOME|USER|LOGNAME|TMPDIR|LANG|LC_ALL|XDG_(CACHE|CONFIG|DATA)_HOME|XDG_CONFIG_DIRS|NIX_SSL_CERT_FILE"
    r"|LD_LIBRARY_PATH|DYLD_\w+|NIX_LD\w*|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NETRC"
    r"|(https?|all|no)_proxy|(HTTPS?|ALL|NO)_PROXY"
    r"|PIP_(INDEX_URL|EXTRA_INDEX_URL|NO_INDEX|FIND_LINKS|TRUSTED_HOST|PROXY|CERT|CLIENT_CERT|KEYRING_PROVIDER"
    r"|(DEFAULT_)?TIMEOUT|RETRIES|CONFIG_FILE|CACHE_DIR|NO_CACHE_DIR|PREFER_BINARY)"
)
# A build is given neither the caller's home nor what a setting of an index may hold for its owner alone.
_NOT_FOR_BUILDS = re.compile(
    r"HOME|TMPDIR|XDG_\w+|NETRC|PIP_(CONFIG_FILE|CLIENT_CERT|KEYRING_PROVIDER|CACHE_DIR)|UV_CACHE_DIR"
    r"|UV_KEYRING_PROVIDER|UV_INDEX_\w+_(USERNAME|PASSWORD)"
)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def installer_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that an installer runs with."""
    kept = {name: value for name, value in environ.items() if _NEEDED.fullmatch(name)}
    return {**kept, "PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1"}


@contextmanager
def build_enclosure(
    folder: Path,
    base: Interpreter,
    program: str | Path,
    environ: Mapping[str, str],
    *,
    mechanisms: Sequence[Mechanism] = (),
) -> Iterator[tuple[tuple[str, ...], Mapping[str, str]]]:
    """Enclose an installer that builds packages, which runs what they bring.

    It sees the system, the interpreter, and the environment that it fills; of the network, all.
    Where `/proc` is masked, as in many containers, it sees the machine's process numbers too; the memory
    and variables of those processes stay closed to it, as they belong to another user namespace.

    Args:
        folder: of the environment.
        base: interpreter that the environment is made with.
        program: the installer.
        environ: variables of the installer.
        mechanisms: of enclosing, tried in order; none for those of steps.

    Yields:
        What its command is appended to, and its variables.

    Raises:
        EnvironmentUnavailable: processes cannot be enclosed here.
    """
    stage = Path(tempfile.mkdtemp(prefix=f"{folder.name}.stage-", dir=folder.parent))
    try:
        (stage / "root").mkdir()
        (stage / "temporary").mkdir(mode=0o700)
        command = _enclosing_command(mechanisms, _layout(stage, folder, _readable(base, program, environ)))
        # The home and the temporary folder inside are the private one of the stage.
        yield command, {**_for_builds(environ), "HOME": "/tmp", "TMPDIR": "/tmp"}  # noqa: S108
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _readable(base: Interpreter, program: str | Path, environ: Mapping[str, str]) -> list[Path]:
    """Return what an installer reads: the interpreter, its own folder, and folders of packages."""
    programs = [str(program), str(base.python)]
    folders = [Path(path).parent for path in (*programs, *map(os.path.realpath, programs))]
    offered = [Path(text) for text in environ.get("PIP_FIND_LINKS", "").split() if text.startswith("/")]
    return [base.prefix, base.base, *folders, *(path for path in offered if path.exists())]


def _layout(stage: Path, folder: Path, readable: list[Path]) -> EnclosureLayout:
    mounts = ordered(
        [Mount(kind="write", source=str(folder), target=str(folder))],
        [Mount(kind="write", source=str(stage / "temporary"), target="/tmp")],  # noqa: S108 -- this very folder
        system_mounts(network=True),
        [read(path) for path in readable if path != path.parent],
    )
    return EnclosureLayout(base=stage / "root", folder=folder, mounts=mounts, network=True)


def _enclosing_command(mechanisms: Sequence[Mechanism], layout: EnclosureLayout) -> tuple[str, ...]:
    usable = [one for one in mechanisms or MECHANISMS if not one.missing()]
    command = next(filter(_works, (one.command(layout) for one in usable)), None)
    if command is None:
        raise EnvironmentUnavailable(
            "packages cannot be built from source here",
            why="Building a package runs its code, and this machine cannot run a process in a sandbox.",
            remedy="Lock versions that have wheels, or see docs/security.md for what the sandbox needs.",
        )
    return command


def _for_builds(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: _CREDENTIALS.sub("", value)
        for name, value in environ.items()
        if not _NOT_FOR_BUILDS.fullmatch(name)
    }


def _works(command: tuple[str, ...]) -> bool:
    try:
        done = subprocess.run([*command, "true"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def remove_distribution(folder: Path, name: str) -> None:
    """Remove a distribution from a virtual environment by its RECORD, and run nothing for it."""
    top = os.path.realpath(folder)
    for record in folder.glob(f"lib*/python*/site-packages/{name}-*.dist-info/RECORD"):
        listed = record.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in listed:
            path = os.path.normpath(record.parent.parent / line.split(",", 1)[0])
            if path.startswith(f"{top}/"):
                Path(path).unlink(missing_ok=True)
        shutil.rmtree(record.parent, ignore_errors=True)
