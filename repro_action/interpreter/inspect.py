# SPDX-License-Identifier: Apache-2.0
"""What an interpreter is, and what is installed for it, without running any of that.

An interpreter other than our own is started once; its answer is kept until it or its
`pyvenv.cfg` changes. Distributions are found by listing folders, and each RECORD is
digested again only when the file changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.digest import Digest
from repro_action.errors import EnvironmentUnavailable
from repro_action.interpreter import cache
from repro_action.interpreter.environment import Distribution
from repro_action.interpreter.record import modules, record_digest
from repro_action.interpreter.trusted import trusted_program

# Only `site.getsitepackages`, in our own process as in another, so that both agree.
_PROBE = (
    "import json,site,sys;print(json.dumps({'version':sys.version.split()[0],"
    "'implementation':sys.implementation.name,'prefix':sys.prefix,'base':sys.base_prefix,"
    "'folders':site.getsitepackages()}))"
)
# The same for a virtual environment, as `site.venv` would set it up: that would run its *.pth files, and a
# wheel can hold one. With `-S` nothing of the environment is run; the program is its base interpreter.
_PROBE_OF_VENV = """
import json, os, site, sys
prefix = sys.argv[1]
system = False
with open(sys.argv[2], encoding="utf-8", errors="replace") as file:
    for line in file.read(65536).splitlines():
        name, equals, value = line.partition("=")
        if equals and name.strip().lower() == "include-system-site-packages":
            system = value.strip().lower() == "true"
base = sys.base_prefix
sys.prefix = sys.exec_prefix = prefix
prefixes = [prefix] + ([base, sys.base_exec_prefix] if system else [])
print(json.dumps({"version": sys.version.split()[0], "implementation": sys.implementation.name,
    "prefix": prefix, "base": base, "folders": site.getsitepackages(prefixes)}))
"""
# What an interpreter may need to start at all; nothing else of the caller's is its business.
_STARTING = re.compile(r"PATH|LD_LIBRARY_PATH|DYLD_\w+|NIX_LD\w*|LANG|LC_ALL|SYSTEMROOT")
_MAX_RECORD = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python interpreter.

    Attributes:
        python: absolute path as it was given; links are kept, because they make a venv.
        version: `3.11.7`.
        implementation: `cpython`.
        prefix: `sys.prefix`.
        base: `sys.base_prefix`; another than `prefix` in a virtual environment.
        folders: where distributions are installed, in the order of `sys.path`.
    """

    python: Path
    version: str
    implementation: str
    prefix: Path
    base: Path
    folders: tuple[Path, ...]

    @property
    def venv(self) -> Path | None:
        """The folder of the virtual environment; None where it is not one."""
        return self.prefix if self.prefix != self.base else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """An interpreter and its distributions.

    Attributes:
        interpreter: the interpreter.
        distributions: sorted by name; of two with one name, the one that Python would find.
    """

    interpreter: Interpreter
    distributions: tuple[Distribution, ...]

    @property
    def digest(self) -> Digest:
        """SHA-256 over version, implementation and one line a distribution; free of paths."""
        about = self.interpreter
        lines = [f"python {about.version}", f"implementation {about.implementation}"]
        lines += [
            f"{one.name} {one.version} {'editable' if one.editable else one.record or '-'}"
            for one in self.distributions
        ]
        return Digest("sha256", hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest())


@dataclass(slots=True)
class _Memory:
    """One interpreter's part of the cache: `interpreter` and `records`."""

    path: Path
    old: dict[str, object]
    records: dict[str, list[object]] = field(default_factory=dict)

    def cached(self, key: str, stat_key: list[int]) -> list[object] | None:
        records = self.old.get("records")
        entry = records.get(key) if isinstance(records, dict) else None
        fits = isinstance(entry, list) and len(entry) == 8 and entry[:3] == stat_key
        return entry if fits else None


def inspect(
    python: Path,
    folder: Path,
    *,
    first: tuple[Path, ...] = (),
    untrusted: tuple[str, ...] = (),
    where: str = "",
) -> Inspection:
    """Return what `python` is and what is installed for it.

    Args:
        python: absolute path of an interpreter.
        folder: the cache folder; it need not exist.
        first: folders of packages that come before its own, such as those of PYTHONPATH.
        untrusted: real folders with files that are not run here (`trusted.untrusted_folders`).
        where: the interpreter is named, for errors.

    Raises:
        ConfigError: it is a file in one of those folders.
        EnvironmentUnavailable: it is no working Python interpreter.
    """
    name = hashlib.sha256(os.fsencode(python)).hexdigest()[:16]
    path = folder / "inspect" / f"{name}.json"
    memory = _Memory(path, cache.load(path))
    validation = _interpreter_validation(python)
    # What runs this very process is no stranger.
    program = python if str(python) == sys.executable else trusted_program(python, untrusted, where=where)
    about = _remembered(python, memory, validation) or _ask(python, program)
    distributions = _scan((*first, *about.folders), memory)
    new: dict[str, object] = {
        "interpreter": {
            "stamp": validation,
            "version": about.version,
            "implementation": about.implementation,
            "prefix": str(about.prefix),
            "base": str(about.base),
            "folders": [str(place) for place in about.folders],
        },
        "records": memory.records,
    }
    if new != memory.old:
        cache.store(path, new)
    return Inspection(interpreter=about, distributions=distributions)


def _interpreter_validation(python: Path) -> list[object]:
    try:
        real = python.resolve(strict=True)
        marks = [real.stat().st_mtime_ns]
    except (OSError, RuntimeError) as error:
        raise EnvironmentUnavailable(
            f"there is no Python interpreter at {python}",
            why=str(error),
            remedy="Set python under [environment] to one that exists, or activate a virtual environment.",
        ) from error
    for config in _venv_files(python):
        try:
            marks.append(config.stat().st_mtime_ns)
        except OSError:
            marks.append(0)
    return [str(real), *marks]


def _remembered(python: Path, memory: _Memory, validation: list[object]) -> Interpreter | None:
    entry = memory.old.get("interpreter")
    if not isinstance(entry, dict) or entry.get("stamp") != validation:
        return None
    return _interpreter(python, entry)


def _interpreter(python: Path, table: dict[str, object]) -> Interpreter | None:
    texts = [table.get(key) for key in ("version", "implementation", "prefix", "base")]
    folders = table.get("folders")
    match texts:
        case [str(version), str(implementation), str(prefix), str(base)] if isinstance(folders, list):
            return Interpreter(
                python=python,
                version=version,
                implementation=implementation,
                prefix=Path(prefix),
                base=Path(base),
                folders=tuple(Path(folder) for folder in folders if isinstance(folder, str)),
            )
    return None


def _venv_files(python: Path) -> tuple[Path, Path]:
    return python.parent.parent / "pyvenv.cfg", python.parent / "pyvenv.cfg"


def _question(python: Path, program: Path) -> list[str | Path]:
    """Return the command that asks an interpreter; of a virtual environment, its base interpreter."""
    config = next((file for file in _venv_files(python) if file.is_file()), None)
    # -B: isolated, it does not hear PYTHONDONTWRITEBYTECODE, and root may write where packages are verified.
    if config is None:
        return [program, "-I", "-B", "-c", _PROBE]
    return [os.path.realpath(program), "-I", "-S", "-B", "-c", _PROBE_OF_VENV, python.parent.parent, config]


def _ask(python: Path, program: Path) -> Interpreter:
    if str(python) == sys.executable:
        import site

        return Interpreter(
            python=python,
            version=sys.version.split()[0],
            implementation=sys.implementation.name,
            prefix=Path(sys.prefix),
            base=Path(sys.base_prefix),
            folders=tuple(map(Path, site.getsitepackages())),
        )
    import subprocess

    try:
        done = subprocess.run(
            _question(python, program),
            env={name: value for name, value in os.environ.items() if _STARTING.fullmatch(name)},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        answer: object = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise _not_working(python, str(error)) from error
    about = _interpreter(python, answer) if isinstance(answer, dict) else None
    if about is None:
        raise _not_working(python, done.stderr.strip().rpartition("\n")[2])
    return about


def _not_working(python: Path, why: str) -> EnvironmentUnavailable:
    return EnvironmentUnavailable(
        f"{python} does not work as a Python interpreter",
        why=why,
        remedy=f'Try it by hand: {python} -I -c "import site"',
    )


def _scan(folders: tuple[Path, ...], memory: _Memory) -> tuple[Distribution, ...]:
    found: dict[str, Distribution] = {}
    for folder in folders:
        for distribution in _distributions(folder, memory):
            found.setdefault(distribution.name, distribution)
    return tuple(found[name] for name in sorted(found))


def _distributions(folder: Path, memory: _Memory) -> Iterator[Distribution]:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 -- a Path for each of a thousand entries is slow
    except OSError:
        return
    for name in names:
        if name.endswith(".dist-info"):
            yield _remembered_distribution(f"{folder}{os.sep}{name}", memory)
        elif name.endswith(".egg-info"):
            stem = name.removesuffix(".egg-info")
            yield Distribution(name=_normal(stem), version=_version(stem), record=None)


def _remembered_distribution(place: str, memory: _Memory) -> Distribution:
    """Return a distribution from the cache, or read it and remember it."""
    try:
        status = os.stat(f"{place}/RECORD")  # noqa: PTH116 -- warm inspection is mostly this line
    except OSError:
        return _read(Path(place))
    stat_key = [status.st_mtime_ns, status.st_size, status.st_ino]
    entry = memory.cached(place, stat_key)
    match entry:
        case [_, _, _, str(name), str(version), str(record), bool(editable), str(modules)]:
            memory.records[place] = entry
            return Distribution(
                name=name,
                version=version,
                record=Digest("sha256", record) if record else None,
                editable=editable,
                modules=tuple(modules.split()),
            )
    read = _read(Path(place))
    value = read.record.value if read.record else ""
    memory.records[place] = [*stat_key, read.name, read.version, value, read.editable, " ".join(read.modules)]
    return read


def _read(place: Path) -> Distribution:
    stem = place.name.removesuffix(".dist-info")
    name, version = _normal(stem), _version(stem)
    if _in_place(place):
        return Distribution(name=name, version=version, record=None, editable=True)
    try:
        with (place / "RECORD").open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            text = file.read(_MAX_RECORD)
    except OSError:
        return Distribution(name=name, version=version, record=None)
    return Distribution(name=name, version=version, record=record_digest(text), modules=modules(text))


def _in_place(place: Path) -> bool:
    """Whether `pip install --editable` or the like put it there (PEP 610, direct_url.json)."""
    origin = cache.load(place / "direct_url.json")
    directory = origin.get("dir_info")
    return isinstance(directory, dict) and directory.get("editable") is True


def _normal(stem: str) -> str:
    """Return the normalized name (PEP 503) from `name-version`."""
    return re.sub(r"[-_.]+", "-", stem.partition("-")[0]).lower()


def _version(stem: str) -> str:
    # An egg's folder may add the Python it is for: `name-1.0-py3.11`.
    return stem.partition("-")[2].partition("-py")[0] or "unknown"
