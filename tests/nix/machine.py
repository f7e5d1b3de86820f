# SPDX-License-Identifier: Apache-2.0
"""Lays out this machine's Python, its distributions and a few tools as folders that a store can hold.

Each distribution becomes a folder of its own, so that an environment has what it was asked to
have and nothing beside it.
"""

import json
import re
import shutil
import sys
import sysconfig
from _imp import source_hash
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MINOR = f"python{sys.version_info[0]}.{sys.version_info[1]}"
SITE = f"lib/{MINOR}/site-packages"

TOOLS = [
    "bash",
    "basename",
    "cat",
    "chmod",
    "cp",
    "cut",
    "date",
    "diff",
    "dirname",
    "env",
    "false",
    "find",
    "grep",
    "head",
    "id",
    "install",
    "ln",
    "ls",
    "mkdir",
    "mktemp",
    "mv",
    "nproc",
    "printf",
    "pwd",
    "readlink",
    "realpath",
    "rm",
    "rmdir",
    "sed",
    "sha256sum",
    "sleep",
    "sort",
    "stat",
    "tail",
    "tar",
    "tee",
    "touch",
    "tr",
    "true",
    "uname",
    "uniq",
    "wc",
    "xargs",
]

# Of the standard library, what no training and no test of ours imports.
UNUSED = {"site-packages", "test", "tests", "idlelib", "tkinter", "turtledemo", "lib2to3"}

SITECUSTOMIZE = """\
# What nixpkgs' interpreters do at their start: the wrappers of an environment tell where it is.
import functools, os, site, sys

_paths = os.environ.pop("NIX_PYTHONPATH", None)
if _paths:
    functools.reduce(lambda known, path: site.addsitedir(path, known), _paths.split(":"), site._init_pathinfo())
if sys.prefix == sys.base_prefix:
    _executable = os.environ.pop("NIX_PYTHONEXECUTABLE", None)
    _prefix = os.environ.pop("NIX_PYTHONPREFIX", None)
    if _executable is not None and "PYTHONEXECUTABLE" not in os.environ:
        sys.executable = sys._base_executable = _executable
    if _prefix is not None:
        sys.prefix = sys.exec_prefix = _prefix
        site.PREFIXES.insert(0, _prefix)
"""


def tools(target: Path) -> str:
    """Copy the tools; return the first that is missing, or an empty text."""
    (target / "bin").mkdir(parents=True)
    for name in TOOLS:
        found = shutil.which(name)
        if found is None:
            return name
        shutil.copyfile(Path(found).resolve(), target / "bin" / name)
        (target / "bin" / name).chmod(0o755)
    (target / "bin" / "sh").symlink_to("bash")
    return ""


def interpreter(target: Path) -> None:
    """Copy the interpreter and its standard library, so that they work from any folder."""
    base = Path(sys.base_prefix)
    library = target / "lib" / MINOR
    stdlib = Path(sysconfig.get_path("stdlib", vars={"base": str(base), "installed_base": str(base)}))
    shutil.copytree(
        stdlib,
        library,
        symlinks=True,
        ignore=lambda folder, names: [
            name
            for name in names
            if (Path(folder) == stdlib and (name in UNUSED or name.startswith("config-")))
            or name in {"test", "tests"}
        ],
    )
    (target / SITE).mkdir()
    (target / SITE / "sitecustomize.py").write_text(SITECUSTOMIZE, encoding="utf-8")
    for shared in (base / "lib").glob(f"lib{MINOR}.so*"):
        shutil.copy2(shared, target / "lib" / shared.name, follow_symlinks=False)
    (target / "bin").mkdir()
    program = target / "bin" / MINOR
    data = (base / "bin" / MINOR).resolve().read_bytes()
    # A shared build looks for its library where it was installed.
    fixed, relative = str(base / "lib").encode() + b"\0", b"$ORIGIN/../lib\0"
    if fixed in data and len(relative) <= len(fixed):
        data = data.replace(fixed, relative.ljust(len(fixed), b"\0"))
    program.write_bytes(data)
    program.chmod(0o755)
    for name in ("python", "python3"):
        (target / "bin" / name).symlink_to(MINOR)
    _unchecked(library)


def packages(target: Path) -> dict[str, dict[str, object]]:
    """Copy each installed distribution; return version, folder and dependencies by normalized name."""
    found = {canonicalize_name(value.metadata["Name"]): value for value in distributions()}
    table = {}
    for name, value in found.items():
        if value.files is None or name == "repro-action":
            continue
        place = target / name / f"{name}-{value.version}"
        for file in value.files:
            _copy(Path(value.locate_file(file)), file, place)
        needs = [Requirement(text) for text in value.requires or ()]
        wanted = [
            canonicalize_name(need.name)
            for need in needs
            if need.marker is None or need.marker.evaluate({"extra": ""})
        ]
        table[name] = {
            "version": value.version,
            "path": str(place),
            "dependencies": sorted(one for one in set(wanted) if one in found),
        }
        _unchecked(place)
    return table


def _copy(source: Path, name: Path, place: Path) -> None:
    if not source.is_file():
        return
    if name.parts[0] != "..":
        target = place / SITE / name
    elif name.parts[-2:-1] == ("bin",) and not source.read_bytes().startswith(b"#!"):
        # Programs that are no scripts (ruff); scripts are made anew by whoever needs them.
        target = place / "bin" / name.name
    else:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def _unchecked(folder: Path) -> None:
    """Make byte code independent of times: a store has none (PEP 552)."""
    for path in folder.rglob("*.pyc"):
        source = path.parents[1] / re.sub(r"\.cpython-\d+(\.opt-\d)?\.pyc$", ".py", path.name)
        data = path.read_bytes()
        if not source.is_file() or ".opt-" in path.name or data[4:8] == b"\1\0\0\0":
            path.unlink()
            continue
        stat = source.stat()
        if int.from_bytes(data[8:12], "little") != int(stat.st_mtime) & 0xFFFFFFFF:
            path.unlink()
            continue
        key = source_hash(int.from_bytes(data[:4], "little"), source.read_bytes())
        path.write_bytes(data[:4] + b"\1\0\0\0" + key + data[16:])


def identity() -> str:
    """Say what the folders would be made of."""
    names = sorted(f"{one.metadata['Name']} {one.version}" for one in distributions())
    return json.dumps([sys.version, sys.base_prefix, sys.prefix, *TOOLS, *names])
