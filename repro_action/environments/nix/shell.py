# SPDX-License-Identifier: Apache-2.0
"""A dev shell as values: its variables, its closure, and how both are kept in the cache."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

STORE = "/nix/store/"

# What `nix develop` leaves to the user's own session, what differs from machine to machine,
# and what means something only inside a build.
_NOT_THE_SHELLS = frozenset(
    (
        *(
            "HOME",
            "TMP",
            "TMPDIR",
            "TEMP",
            "TEMPDIR",
            "TERM",
            "TZ",
            "PWD",
            "OLDPWD",
            "SHLVL",
            "_",
            "UID",
            "PPID",
        ),
        *("SHELL", "BASHOPTS", "SHELLOPTS", "SSL_CERT_FILE", "PS1", "IN_NIX_SHELL", "name", "out", "outputs"),
        *("NIX_BUILD_TOP", "NIX_BUILD_CORES", "NIX_LOG_FD", "NIX_REMOTE", "NIX_ENFORCE_PURITY", "builder"),
        *("NIX_SSL_CERT_FILE", "NIX_ATTRS_JSON_FILE", "NIX_ATTRS_SH_FILE", "shellHook", "EPOCHSECONDS"),
    )
)
# They would change which modules a step imports; PYTHONPATH is the shell's own way to name packages.
_NEVER = frozenset({"PYTHONHOME", "PYTHONSTARTUP"})
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HASH = re.compile(r"[0-9a-z]{32}")
_PYTHON = re.compile(r"python[0-9.]*(-|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """What a dev shell keeps alive in the store.

    Attributes:
        paths: how many store paths.
        size: bytes of all of them.
        libraries: name → version of what the interpreter and the libraries that it is given
            reach, Python's own packages left out; of several versions all, joined.
    """

    paths: int
    size: int
    libraries: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """A dev shell that was realised.

    Attributes:
        derivation: path of its `.drv`, which names all that it is made of.
        output: store path that keeps it alive.
        variables: what it exports.
        closure: what it reaches.
        roots: store paths of interpreter and libraries.
    """

    derivation: str
    output: str
    variables: Mapping[str, str] = field(repr=False)
    closure: Closure

    def as_table(self) -> dict[str, object]:
        """Return it for the cache."""
        return {
            "derivation": self.derivation,
            "output": self.output,
            "variables": dict(self.variables),
            "paths": self.closure.paths,
            "size": self.closure.size,
            "libraries": dict(self.closure.libraries),
        }


def from_table(table: Mapping[str, object]) -> Shell | None:
    """Read back what `as_table` gave; None where it is damaged."""
    match table:
        case {
            "derivation": str(derivation),
            "output": str(output),
            "variables": {**variables},
            "paths": int(paths),
            "size": int(size),
            "libraries": {**libraries},
        }:
            return Shell(
                derivation=derivation,
                output=output,
                variables=_texts(variables),
                closure=Closure(paths=paths, size=size, libraries=_texts(libraries)),
            )
    return None


def exported(text: str) -> dict[str, str] | None:
    """Return what a dev shell exports, sorted by name; None where `text` is no such answer.

    Args:
        text: of `nix print-dev-env --json`.
    """
    answer = _json(text)
    match answer:
        case {"variables": {**variables}}:
            pass
        case _:
            return None
    kept: dict[str, str] = {}
    for name, about in variables.items():
        match about:
            case {"type": "exported", "value": str(value)} if _VARIABLE.fullmatch(str(name)):
                if name not in _NOT_THE_SHELLS and name not in _NEVER:
                    kept[str(name)] = value
    return dict(sorted(kept.items()))


def store_path(path: str) -> str:
    """Return the store path that a path lies in; empty where it lies in none."""
    if not path.startswith(STORE):
        return ""
    name = path.removeprefix(STORE).split("/", 1)[0]
    return f"{STORE}{name}" if _HASH.fullmatch(name[:32]) and name[32:33] == "-" else ""


def store_paths(text: str) -> tuple[str, ...]:
    """Return the store paths in a list such as PATH."""
    return tuple(dict.fromkeys(found for part in text.split(":") if (found := store_path(part))))


def closure(text: str, roots: tuple[str, ...]) -> Closure | None:
    """Return what a closure holds; None where `text` is no such answer.

    Args:
        text: of `nix path-info --recursive --json`; its form changed between versions of Nix.
        roots: store paths whose libraries count.
    """
    infos = dict(_infos(_json(text)))
    if not infos:
        return None
    reached: dict[str, None] = {}
    pending = [_base(root) for root in roots]
    while pending:
        name = pending.pop()
        if name in infos and name not in reached:
            reached[name] = None
            pending += infos[name][1]
    versions: dict[str, set[str]] = {}
    for name in reached:
        title, version = name_and_version(name)
        if version and not _PYTHON.match(title):
            versions.setdefault(title, set()).add(version)
    return Closure(
        paths=len(infos),
        size=sum(size for size, _ in infos.values()),
        libraries={title: ", ".join(sorted(found)) for title, found in sorted(versions.items())},
    )


def name_and_version(path: str) -> tuple[str, str]:
    """Split a store path as Nix does: the version starts at the first dash that no letter follows.

    The rule stands in the manual, `builtins.parseDrvName`.
    """
    name = _base(path)[33:]
    found = re.search(r"-(?=[^A-Za-z])", name)
    return (name[: found.start()], name[found.end() :]) if found else (name, "")


def _infos(answer: object) -> Iterator[tuple[str, tuple[int, list[str]]]]:
    """Yield base name → (size, references) from any of the forms.

    Until 2.18 a list of tables with `path`; since 2.19 a table by path; of late a table with
    the version, and `info` by base name.
    """
    match answer:
        case {"info": {**inner}, "version": int()}:
            yield from _infos(inner)
        case list():
            for entry in answer:
                match entry:
                    case {"path": str(path)}:
                        yield from _info(path, entry)
        case {**entries}:
            for name, about in entries.items():
                yield from _info(str(name), about)


def _info(path: str, entry: object) -> Iterator[tuple[str, tuple[int, list[str]]]]:
    match entry:
        case {"narSize": int(size), "references": [*references]}:
            yield _base(path), (size, [_base(name) for name in references if isinstance(name, str)])


def _base(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _texts(table: Mapping[object, object]) -> dict[str, str]:
    return {str(name): value for name, value in table.items() if isinstance(value, str)}


def _json(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value
