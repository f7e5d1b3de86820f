# SPDX-License-Identifier: Apache-2.0
"""How scripts are run, as a Makefile says or as their place suggests."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from repro_action.pyanalysis.command_line import python_argv
from repro_action.pyanalysis.options import attribute_name

_TARGET = re.compile(r"([A-Za-z0-9_./-]+)\s*:(?!=)")
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)\s*[:?]?=\s*([\w./-]+)\s*")
_USED = re.compile(r"\$[({](\w+)[)}]")
_CD = re.compile(r"cd\s+\"?([\w./-]+)\"?")
_CD_FIRST = re.compile(r"cd\s+\"?([\w./-]+)\"?\s*(?:&&|;)\s*")
_CD_OWN = re.compile(r"cd\s+\"?\$\(dirname\s+\"?\$(?:0|\{?BASH_SOURCE(?:\[0\])?\}?)\"?\s*\)\"?")
_PRINTED_TO = re.compile(r"\s*(?:2>&1)?\s*(?:\|\s*tee\s[^|;&]*|>>?\s*[\w./-]+(?:\s*2>&1)?)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptCommand:
    """A command line.

    Attributes:
        argv: starts with `python`.
        cwd: folder that it is run in, relative to the project; empty for the project's own.
        source: where it was found; empty where it was made up.
        name: of the Makefile's target.
    """

    argv: tuple[str, ...]
    cwd: str = ""
    source: str = ""
    name: str = ""

    @property
    def arguments(self) -> dict[str, str]:
        """Options of the script by attribute name: `--out-dir x` → `{"out_dir": "x"}`."""
        options: dict[str, str] = {}
        given = self.argv[3:] if self.argv[1:2] == ("-m",) else self.argv[2:]
        for position, item in enumerate(given):
            name, equals, value = item.partition("=")
            if not name.startswith("--"):
                continue
            following = given[position + 1 : position + 2]
            if equals:
                options[attribute_name(name)] = value
            elif following and not following[0].startswith("-"):
                options[attribute_name(name)] = following[0]
        return options


def logical_lines(text: str) -> Iterator[str]:
    """Yield the lines of a Makefile or shell script; those that end in a backslash go on in the next."""
    pending = ""
    for line in text.splitlines():
        joined = f"{pending} {line.strip()}" if pending else line
        if joined.endswith("\\"):
            pending = joined[:-1].rstrip()
            continue
        pending = ""
        yield joined
    if pending:
        yield pending


def makefile_variables(text: str) -> dict[str, str]:
    """Return the variables of a Makefile whose value is one plain word."""
    matches = (_ASSIGNED.fullmatch(line) for line in logical_lines(text))
    return {match[1]: match[2] for match in matches if match}


def without_prefix(line: str) -> str:
    """Return a command of a Makefile without what tells make to be silent or to go on."""
    return line.strip().lstrip("@-").strip()


def makefile_commands(text: str) -> Mapping[str, ScriptCommand]:
    """Return the plain Python commands of a Makefile by the script that they run."""
    found: dict[str, ScriptCommand] = {}
    variables = makefile_variables(text)
    target = ""
    for line in logical_lines(text):
        if line.startswith("\t"):
            words = _USED.sub(lambda used: variables.get(used[1], used[0]), without_prefix(line))
            _add(found, words, target=target, source="Makefile")
        elif match := _TARGET.match(line):
            target = match[1]
    return found


def mlproject_commands(text: str) -> Mapping[str, ScriptCommand]:
    """Return the Python commands of an MLproject's entry points, with the defaults of their parameters."""
    found: dict[str, ScriptCommand] = {}
    for name, entry in sorted(_entry_points(text).items(), key=lambda item: item[0] != "main"):
        command = entry.get("command")
        if not isinstance(command, str):
            continue
        given = entry.get("parameters")
        defaults = {
            key: value.get("default") if isinstance(value, dict) else None
            for key, value in (given.items() if isinstance(given, dict) else ())
        }
        for key, value in defaults.items():
            command = command if value is None else command.replace(f"{{{key}}}", str(value))
        _add(found, " ".join(command.split()), target=name, source="MLproject")
    return found


def _entry_points(text: str) -> dict[str, dict[str, object]]:
    if not text:
        return {}
    import yaml

    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    points = document.get("entry_points") if isinstance(document, dict) else None
    named = points.items() if isinstance(points, dict) else ()
    return {str(name): entry for name, entry in named if isinstance(entry, dict)}


def entry_scripts(text: str, files: Iterable[str]) -> frozenset[str]:
    """Return the files that `[project.scripts]` or poetry's scripts of a pyproject.toml start."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError):
        return frozenset()
    tables = [_table(document, "project", "scripts"), _table(document, "tool", "poetry", "scripts")]
    modules = [
        str(target).partition(":")[0].replace(".", "/") for table in tables for target in table.values()
    ]
    wanted = {f"{root}{module}.py" for module in modules for root in ("", "src/")}
    return frozenset(wanted & set(files))


def _table(document: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    table: object = document
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def shell_commands(path: str, text: str) -> Mapping[str, ScriptCommand]:
    """Return the plain Python commands of a shell script by the script that they run.

    Args:
        path: of the shell script, relative to the project.
        text: what it holds. A folder that it changes to is followed where its name is literal, or
            is the shell script's own, as in `cd "$(dirname "$0")"`.
    """
    found: dict[str, ScriptCommand] = {}
    folder = ""
    for line in map(str.strip, logical_lines(text)):
        if _CD_OWN.fullmatch(line):
            folder = posixpath.dirname(path)
        elif match := _CD.fullmatch(line):
            folder = posixpath.normpath(posixpath.join(folder, match[1]))
        elif line.startswith("cd ") and not _CD_FIRST.match(line):
            folder = ".."  # somewhere that is not known
        elif not folder.startswith(("..", "/")):
            _add(
                found, _PRINTED_TO.sub("", line), target=PurePosixPath(path).stem, source=path, folder=folder
            )
    return found


def _add(found: dict[str, ScriptCommand], line: str, *, target: str, source: str, folder: str = "") -> None:
    """Note a command line, and the folder that it changes to first: `cd code && python train.py`."""
    if match := _CD_FIRST.match(line):
        folder, line = posixpath.normpath(posixpath.join(folder, match[1])), line[match.end() :]
    argv = python_argv(line)
    folder = "" if folder == "." else folder
    if argv is None or folder.startswith(("..", "/")):
        return
    command = ScriptCommand(argv=argv, cwd=folder, source=source, name=target)
    for path in script_paths(argv):
        found.setdefault(posixpath.normpath(posixpath.join(folder, path)), command)


def without_options(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Return the arguments of Python from its script, `-m` or `-c` on."""
    rest = arguments
    while rest and rest[0].startswith("-") and rest[0] not in {"-m", "-c", "-"}:
        rest = rest[2:] if rest[0] in {"-W", "-X"} else rest[1:]
    return rest


def script_paths(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return the files that a Python command may run."""
    if argv[:2] == ("python", "-m") and len(argv) > 2:
        base = argv[2].replace(".", "/")
        return tuple(f"{root}{base}{end}" for root in ("", "src/") for end in (".py", "/__main__.py"))
    return (str(PurePosixPath(argv[1])),) if len(argv) > 1 and argv[1].endswith(".py") else ()


def plain_command(path: str, packages: Iterable[str], *, relative: bool) -> tuple[tuple[str, ...], str]:
    """Return how a script is run, and the folder that must be on the module path for it.

    Args:
        path: the script.
        packages: folders that hold an `__init__.py`.
        relative: whether it imports relatively, so that it must run as a module.
    """
    script = PurePosixPath(path)
    if not relative and script.name != "__main__.py":
        # A name that begins with a hyphen would be an option of Python.
        return ("python", f"./{path}" if path.startswith("-") else path), ""
    package_paths = set(packages)
    top = script.parent
    while top.parts and str(top) in package_paths and str(top.parent) in package_paths:
        top = top.parent
    root = top.parent
    inner = script.relative_to(root).with_suffix("")
    parts = [part for part in inner.parts if part != "__main__"]
    return ("python", "-m", ".".join(parts)), "" if str(root) == "." else str(root)


def required_by(required: Iterable[str], command: ScriptCommand) -> tuple[str, ...]:
    """Return the arguments that a script demands and a command does not give."""
    given = command.arguments
    positional = [item for item in command.argv[2:] if not item.startswith("-")]
    return tuple(
        name
        for name in required
        if (name.startswith("-") and attribute_name(name) not in given)
        or (not name.startswith("-") and not positional)
    )
