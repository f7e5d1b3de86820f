# SPDX-License-Identifier: Apache-2.0
"""How the action starts on a runner: an interpreter of its own from hash-locked wheels, then `repro`.

Run as a file, by any Python from 3.11 on, with nothing installed; so it uses the standard library
alone, and of this package what does the same. An environment is made once for a lock, an interpreter and
a machine, and kept in the runner's tool cache, which outlives the job on self-hosted runners. What the
user's job has on PATH or in its environment is neither used nor changed.

uv fills it, in a sixth of the time that pip takes: the wheel of `requirements/uv.txt`, taken from the
index or, where that needs more than an address, by the base interpreter's pip. Where there is no uv for a
machine, pip fills it, from the same hashes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
LOCKS = HERE.parent / "requirements"
FULL, SLIM, UV = LOCKS / "runtime.txt", LOCKS / "publish.txt", LOCKS / "uv.txt"
"""What training and comparing need; what the other commands of the action need; and the installer."""
OLDEST = (3, 11)

_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from repro_action.cli import start; start()"
_PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")
_LOCKED = ("--require-hashes", "--only-binary", ":all:")
# Processes that read artifacts may write no file, byte code neither: it is made now.
_WARM = "import numpy, PIL.Image, blake3, msgspec, psutil"


_LARGEST = 256 << 20
_Settings = tuple[list[str], dict[str, str]]


class _Failed(Exception):
    """A command that makes the environment did not do so."""


def main(arguments: list[str]) -> NoReturn:
    """Become `repro` with these arguments."""
    if sys.version_info < OLDEST:
        _end("Python 3.11 or newer is needed: add a step with actions/setup-python before this one")
    folder = ensure(lock_of(arguments, os.environ))
    if arguments[1:2] == ["run"]:
        from compileall import compile_dir

        # Steps write no byte code: each of their processes would compile the hook again. A runner that keeps
        # its tools has the action's files anew for each job.
        compile_dir(HERE / "hook", quiet=2)
    python = folder / "bin" / "python"
    os.execv(python, [str(python), "-I", "-c", _START, str(HERE.parent), *arguments])  # noqa: S606 - that is the point


def lock_of(arguments: Sequence[str], environ: Mapping[str, str]) -> Path:
    """Return the lock of what a command imports; a job that trains has one environment for all its stages."""
    trains = environ.get("REPRO_INPUT_COMMAND", "").strip() not in {"plan", "publish", "accept"}
    return FULL if trains or list(arguments[:2]) == ["action", "run"] else SLIM


def ensure(lock: Path) -> Path:
    """Return the environment of a lock, made if it is not there; one that holds more serves as well."""
    for place in dict.fromkeys((folder_of(lock), folder_of(FULL))):
        if _marker(place).exists():
            return place
    folder = folder_of(lock)
    with _locked(folder):
        # Of several jobs at once, one makes it.
        if not _marker(folder).exists():
            print("repro: making the action's own environment, once for this runner", file=sys.stderr)  # noqa: T201
            _make(folder, lock)
            _marker(folder).touch()
    return folder


def folder_of(lock: Path) -> Path:
    """Return where the environment of a lock, for this interpreter and machine, is kept."""
    base = str(Path(sys.base_prefix).resolve())
    parts = (lock.read_bytes(), sys.version.encode(), platform.machine().encode(), base.encode())
    return _cache() / hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _marker(folder: Path) -> Path:
    return folder / ".complete"


def _cache() -> Path:
    for name in ("RUNNER_TOOL_CACHE", "RUNNER_TEMP"):
        configured = os.environ.get(name, "")
        if configured and _writable(Path(configured)):
            return Path(configured) / "repro-action"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "repro-action"


def _writable(folder: Path) -> bool:
    # The tool cache of a new self-hosted runner is named before it is there.
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return os.access(folder, os.W_OK)


def _make(folder: Path, lock: Path) -> None:
    try:
        _fill_with_uv(folder, lock)
    except (_Failed, OSError) as error:
        print(f"repro: uv cannot be used here ({error}); pip is slower", file=sys.stderr)  # noqa: T201
        try:
            _run(sys.executable, "-I", "-m", "venv", "--clear", str(folder))
            _run(str(folder / "bin" / "python"), "-I", *_PIP, "install", *_LOCKED, "-r", str(lock))
        except _Failed:
            _end("the action's own environment could not be made; the lines above say why")
    if lock == FULL:
        _run(str(folder / "bin" / "python"), "-I", "-c", _WARM)


def _fill_with_uv(folder: Path, lock: Path) -> None:
    sys.path.insert(0, str(HERE.parent))
    from repro_action.environments.pip_settings import uv_settings
    from repro_action.environments.uv import UvInstall

    # A constraint can choose no other file than the one that the lock names.
    settings = uv_settings(os.environ, Path(sys.prefix), irrelevant=("constraint",))
    if settings is None:
        raise _Failed("pip is configured in a way that uv has no counterpart for")
    program = _uv(settings)
    install = UvInstall(program=str(program), options=tuple(settings[0]), variables=settings[1])
    _run(str(program), "venv", "--quiet", "--no-config", "--clear", "--python", sys.executable, str(folder))
    command = install.command(folder / "bin" / "python", lock)
    # `--no-cache`: what is made once for a runner needs no second copy there.
    _run(*map(str, command), "--quiet", "--no-cache", "--only-binary", ":all:", **install.variables)
    if lock == FULL:
        with contextlib.suppress(OSError):  # where repro looks for it, to make the environments of models
            os.link(program, folder / "bin" / "uv")


def _uv(settings: _Settings) -> Path:
    """Return uv: unpacked from the wheel that its lock names, which is fetched if it is not there."""
    import zipfile

    folder = _cache() / f"uv-{hashlib.sha256(UV.read_bytes()).hexdigest()[:16]}"
    program = folder / "uv"
    if program.exists():
        return program
    with _locked(folder):
        wheel = _wheel(folder)
        if wheel is None:
            folder.mkdir(exist_ok=True)
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError, ImportError, AttributeError):
                _fetch(folder, settings)
            wheel = _wheel(folder)
        if wheel is None:  # no such index, or one that wants to know who asks
            fetch = ("download", "--no-deps", *_LOCKED, "--dest", str(folder), "-r", str(UV))
            _run(sys.executable, "-I", *_PIP, *fetch)
            wheel = _wheel(folder)
        if wheel is None:
            raise _Failed("the wheel of uv is not the one that its lock names")
        with zipfile.ZipFile(wheel) as archive:
            name = next((one for one in archive.namelist() if one.endswith(".data/scripts/uv")), "")
            unpacked = folder / "uv.new"
            unpacked.write_bytes(archive.read(name))
        unpacked.chmod(0o755)
        unpacked.replace(program)
        wheel.unlink()
    return program


def _fetch(folder: Path, settings: _Settings) -> None:
    """Fetch the wheel from an index that answers in JSON (PEP 691).

    pip would look at each of the thousands of files there, which takes longer than all the rest.
    """
    import json
    import ssl
    from urllib.parse import urljoin
    from urllib.request import Request, urlopen

    options, variables = settings
    index = dict(zip(options[::2], options[1::2], strict=False)).get("--index-url") or _usual_index()
    page = f"{index.rstrip('/')}/uv/"
    if "--no-index" in options or not page.startswith("https://"):
        return
    trust = ssl.create_default_context(cafile=variables.get("SSL_CERT_FILE"))
    request = Request(page, headers={"Accept": "application/vnd.pypi.simple.v1+json"})  # noqa: S310 - https
    with urlopen(request, timeout=15, context=trust) as answer:  # noqa: S310
        files = json.loads(answer.read(_LARGEST))["files"]
    locked = _hashes()
    found = [one for one in files if one["hashes"].get("sha256") in locked and _fits(str(one["filename"]))]
    addresses = [urljoin(page, one["url"]) for one in found]
    for address in [one for one in addresses if one.startswith("https://")][:1]:
        with urlopen(address, timeout=15, context=trust) as answer:  # noqa: S310
            (folder / "uv.whl").write_bytes(answer.read(_LARGEST))


def _usual_index() -> str:
    """Return the index that pip asks where no other is named."""
    import importlib

    return str(importlib.import_module("pip._internal.models.index").PyPI.simple_url)


def _fits(name: str) -> bool:
    """Whether a wheel is for this machine; a wrong guess is no harm, since pip is asked then."""
    _, _, tags = name.removesuffix(".whl").rpartition("-")
    system = "macosx" if sys.platform == "darwin" else "manylinux" if platform.libc_ver()[0] else "musllinux"
    end = f"_{platform.machine()}"
    return any(tag.startswith(system) and tag.endswith(end) for tag in tags.split("."))


def _hashes() -> frozenset[str]:
    words = UV.read_text(encoding="utf-8").split()
    return frozenset(word.removeprefix("--hash=sha256:") for word in words if word.startswith("--hash="))


def _wheel(folder: Path) -> Path | None:
    """Return the wheel in a folder, if it is one that the lock names by its hash."""
    for path in folder.glob("*.whl"):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest in _hashes():
            return path
        path.unlink()
    return None


def _run(*command: str, **variables: str) -> None:
    import subprocess

    # Of the job's variables, an installer is not given what steers Python, pip or uv to other places, nor
    # GitHub's token, which is no affair of a package index.
    unwanted = {"PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "CONDA_PREFIX"}
    unwanted |= {"PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIREMENT", "REPRO_INPUT_TOKEN"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted and name[:3] != "UV_"}
    if subprocess.run(command, env={**kept, **variables}, check=False).returncode:
        raise _Failed(f"`{Path(command[0]).name}` failed")


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    import fcntl

    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _end(text: str) -> NoReturn:
    print(f"::error title=repro::{text}")  # noqa: T201 - a line that the runner reads
    sys.exit(2)


if __name__ == "__main__":
    main(sys.argv[1:])
