# SPDX-License-Identifier: Apache-2.0
"""DVC's files as steps and data; formats: https://dvc.org/doc/user-guide/project-structure."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.codec.tables import read_table
from repro_action.errors import ReproError
from repro_action.init.commands import python_argv
from repro_action.init.walk import read_text
from repro_action.tree import Scalar

_SHELL = re.compile(r"[$|><&;`*?(){}~#\\\n]")
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_.\[\]-]+)\}")
_MD5 = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DvcOutput:
    """One output of a `.dvc` file.

    Attributes:
        path: relative to the project.
        md5: hexadecimal; empty where the file does not say.
        folder: whether it is a folder, whose md5 is of DVC's listing.
        legacy: from before DVC 3, whose md5 ignored line ends in text files.
        pointer: the `.dvc` file.
    """

    path: str
    md5: str
    folder: bool
    legacy: bool
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DvcStage:
    """One stage of dvc.yaml, with paths relative to the project; those in its command start from `cwd`.

    Attributes:
        name: of the stage.
        run: its command as arguments.
        cwd: folder that the command runs in; empty for the project's.
        deps: what it reads.
        params: files of parameters.
        outs: what it writes, metrics and plots included.
        metrics: those of `outs` that are files of metrics.
    """

    name: str
    run: tuple[str, ...]
    cwd: str
    deps: tuple[str, ...]
    params: tuple[str, ...]
    outs: tuple[str, ...]
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DvcPipeline:
    """The stages of dvc.yaml, and why some could not be taken over."""

    stages: tuple[DvcStage, ...]
    notes: tuple[str, ...]


def read_tracked(root: Path, files: tuple[str, ...]) -> tuple[DvcOutput, ...]:
    """Read the `.dvc` files of a repository; those that are not understood are left out."""
    return tuple(
        item
        for path in files
        if path.endswith(".dvc") and posixpath.basename(path) != ".dvc"
        for item in _tracked(path, _yaml(root / path))
    )


def _tracked(pointer: str, document: object) -> Iterator[DvcOutput]:
    outs = document.get("outs") if isinstance(document, Mapping) else None
    for out in outs if isinstance(outs, list) else ():
        path, md5 = (out.get("path"), out.get("md5")) if isinstance(out, Mapping) else (None, None)
        if not isinstance(path, str):
            continue
        plain = md5.removesuffix(".dir") if isinstance(md5, str) else ""
        yield DvcOutput(
            path=posixpath.normpath(posixpath.join(posixpath.dirname(pointer), path)),
            md5=plain if _MD5.fullmatch(plain) else "",
            folder=isinstance(md5, str) and md5.endswith(".dir"),
            legacy=out.get("hash") != "md5",
            pointer=pointer,
        )


def read_pipeline(root: Path) -> DvcPipeline:
    """Read dvc.yaml at the top of a repository."""
    document = _yaml(root / "dvc.yaml")
    stages = document.get("stages") if isinstance(document, Mapping) else None
    if not isinstance(stages, Mapping):
        return DvcPipeline(stages=(), notes=("dvc.yaml could not be read, or has no stages.",))
    variables = _variables(root)
    found: list[DvcStage] = []
    notes: list[str] = []
    for name, stage in stages.items():
        if not isinstance(stage, Mapping) or "foreach" in stage or "matrix" in stage:
            notes.append(f"The stage {name} of dvc.yaml is a template; write its steps out.")
            continue
        made = _stage(str(name), stage, variables)
        if made is None:
            notes.append(f"The stage {name} of dvc.yaml uses a variable that is not in params.yaml.")
        else:
            found.append(made)
    return DvcPipeline(stages=tuple(found), notes=tuple(notes))


def _stage(name: str, stage: Mapping[object, object], variables: Mapping[str, Scalar]) -> DvcStage | None:
    folder = str(stage.get("wdir", "."))
    cmd = stage.get("cmd")
    lines = [str(line) for line in cmd] if isinstance(cmd, list) else [str(cmd or "")]
    filled = [_filled(line, variables) for line in [*lines, folder]]
    lists = {
        key: [_filled(path, variables) for path in _paths(stage.get(key))]
        for key in ("deps", "outs", "metrics", "plots")
    }
    if any(item is None for item in (*filled, *(path for paths in lists.values() for path in paths))):
        return None
    *commands, base = [item or "" for item in filled]
    placed = {
        key: tuple(posixpath.normpath(posixpath.join(base, path or "")) for path in paths)
        for key, paths in lists.items()
    }
    params = tuple(posixpath.normpath(posixpath.join(base, path)) for path in _params(stage.get("params")))
    return DvcStage(
        name=name,
        run=_run(commands),
        cwd="" if posixpath.normpath(base) == "." else posixpath.normpath(base),
        deps=placed["deps"],
        params=params,
        outs=(*placed["outs"], *placed["metrics"], *placed["plots"]),
        metrics=placed["metrics"],
    )


def _run(commands: list[str]) -> tuple[str, ...]:
    """Return an argument vector; what needs a shell gets one that stops at the first failure."""
    if len(commands) == 1:
        plain = python_argv(commands[0])
        if plain is not None:
            return plain
        if not _SHELL.search(commands[0]) and commands[0].strip():
            try:
                return tuple(shlex.split(commands[0]))
            except ValueError:
                pass  # A quote is not closed; let the shell say so when it runs.
    return ("sh", "-e", "-c", "\n".join(commands))


def _paths(items: object) -> Iterator[str]:
    for item in items if isinstance(items, list) else ():
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            yield from (str(path) for path in item)


def _params(items: object) -> tuple[str, ...]:
    files = [
        path
        for item in (items if isinstance(items, list) else ())
        for path in (item if isinstance(item, Mapping) else ["params.yaml"])
    ]
    return tuple(dict.fromkeys(str(path) for path in files))


def _filled(text: str, variables: Mapping[str, Scalar]) -> str | None:
    if any(name not in variables for name in _VARIABLE.findall(text)):
        return None
    return _VARIABLE.sub(lambda match: str(variables[match[1]]), text)


def _variables(root: Path) -> Mapping[str, Scalar]:
    text = read_text(root / "params.yaml")
    try:
        return read_table((text or "{}").encode(), "params.yaml")
    except ReproError:
        return {}


def _yaml(path: Path) -> object:
    import yaml

    text = read_text(path)
    if text is None:
        return None
    try:
        # An alias may stand for a large subtree many times over.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            return None
        document: object = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return document
