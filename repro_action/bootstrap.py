# SPDX-License-Identifier: Apache-2.0
"""How the action starts on a runner: an interpreter of its own from hash-locked wheels, then `repro`.

Run as a file, by any Python from 3.11 on, with nothing installed; so it uses the standard library
alone. The environment is made once for a lock, an interpreter and a machine, and kept in the
runner's tool cache, which outlives the job on self-hosted runners. What the user's job has on PATH
or in its environment is neither used nor changed.
"""

from __future__ import annotations

import compileall
import contextlib
import fcntl
import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
LOCK = HERE.parent / "requirements" / "runtime.txt"
OLDEST = (3, 11)

_PIP = (
    *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
    *("--require-hashes", "--only-binary", ":all:", "-r", str(LOCK)),
)


def main(arguments: list[str]) -> NoReturn:
    """Become `repro` with these arguments."""
    if sys.version_info < OLDEST:
        _end("Python 3.11 or newer is needed: add a step with actions/setup-python before this one")
    folder = _folder()
    if Path(sys.prefix).resolve() != folder.resolve():
        _ensure(folder)
        # Steps write no bytecode: each of their processes would compile the hook again.
        compileall.compile_dir(HERE / "hook", quiet=2)
        python = folder / "bin" / "python"
        os.execv(python, [str(python), "-I", str(Path(__file__).resolve()), *arguments])  # noqa: S606 - that is the point
    sys.path.insert(0, str(HERE.parent))
    sys.argv = ["repro", *arguments]
    from repro_action.cli import start

    start()


def _folder() -> Path:
    """Return where the environment of this lock, interpreter and machine stands."""
    parts = (LOCK.read_bytes(), sys.version.encode(), platform.machine().encode(), _base().encode())
    key = hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
    return _cache() / "repro-action" / key


def _base() -> str:
    # Inside the environment this names the interpreter that it was made with.
    return str(Path(sys.base_prefix).resolve())


def _cache() -> Path:
    for name in ("RUNNER_TOOL_CACHE", "RUNNER_TEMP"):
        configured = os.environ.get(name, "")
        if configured and _writable(Path(configured)):
            return Path(configured)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _writable(folder: Path) -> bool:
    # The tool cache of a new self-hosted runner is named before it is there.
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return os.access(folder, os.W_OK)


def _ensure(folder: Path) -> None:
    """Make the environment, unless it is whole; of several jobs at once, one makes it."""
    whole = folder / ".complete"
    if whole.exists():
        return
    with _locked(folder):
        if whole.exists():
            return
        print("repro: making the action's own environment, once for this runner", file=sys.stderr)  # noqa: T201
        _run(sys.executable, "-I", "-m", "venv", "--clear", str(folder))
        _run(str(folder / "bin" / "python"), "-I", *_PIP)
        whole.touch()


def _run(*command: str) -> None:
    unwanted = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX", "PIP_USER"}
    unwanted.add("REPRO_INPUT_TOKEN")  # GitHub's, and no affair of a package index
    environ = {name: value for name, value in os.environ.items() if name not in unwanted}
    if subprocess.run(command, env=environ, check=False).returncode:
        _end("the action's own environment could not be made; the lines above say why")


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _end(text: str) -> NoReturn:
    print(f"::error title=repro::{text}")  # noqa: T201 - a line that the runner reads
    sys.exit(2)


if __name__ == "__main__":
    main(sys.argv[1:])
