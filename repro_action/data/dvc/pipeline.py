# SPDX-License-Identifier: Apache-2.0
"""`dvc.yaml`: the stages of a project, with their templates filled in.

https://dvc.org/doc/user-guide/project-structure/dvcyaml-files. What cannot be filled in here is taken
from `dvc.lock`, which holds it resolved.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from repro_action.data.dvc.documents import LARGEST, DocumentError, parse_document, read_limited, texts
from repro_action.data.dvc.lock import LockedStage
from repro_action.data.dvc.templates import (
    Unresolved,
    Variables,
    expanded,
    fill,
    is_template,
    pattern,
    variables_of,
)
from repro_action.paths.patterns import within
from repro_action.pyanalysis.command_line import python_argv

NAME = "dvc.yaml"

_SHELL = re.compile(r"[$|><&;`*?(){}~#\\\n]")
_OUTPUTS = ("outs", "metrics", "plots")


@dataclass(frozen=True, slots=True, kw_only=True)
class DvcStage:
    """One stage, with paths relative to the project; those in its command start from `cwd`.

    Attributes:
        name: of the stage, such as `train` or `train@lr-0.1`.
        command: its lines, as `dvc.lock` records them.
        cwd: folder that the command runs in; empty for the project's.
        deps: what it reads.
        params: files of parameters.
        outs: what it writes, metrics and plots included.
        metrics: files of metrics, each one of `outs` or inside one.
        frozen: whether DVC does not run it, and takes its outputs as they are.
        kept: those of `outs` that DVC leaves where they are before the command runs.
    """

    name: str
    command: tuple[str, ...]
    cwd: str
    deps: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    outs: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    frozen: bool = False
    kept: tuple[str, ...] = ()

    @property
    def run(self) -> tuple[str, ...]:
        """The command as arguments; what needs a shell gets one that stops at the first failure."""
        if len(self.command) == 1:
            line = self.command[0]
            plain = python_argv(line)
            if plain is not None:
                return plain
            if not _SHELL.search(line) and line.strip():
                try:
                    return tuple(shlex.split(line))
                except ValueError:
                    pass  # A quote is not closed; let the shell say so when it runs.
        return ("sh", "-e", "-c", "\n".join(self.command))

    def in_project(self, path: str) -> str:
        """Return a path that is relative to the stage's folder as one of the project."""
        return _placed(self.cwd, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class DvcPipeline:
    """The stages of dvc.yaml, and why some could not be taken over.

    Attributes:
        stages: in the order of the file.
        notes: one sentence each.
        unresolved: names of the stages that are left out.
    """

    stages: tuple[DvcStage, ...]
    notes: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()


def read_pipeline(root: Path, lock: Mapping[str, LockedStage] | None = None) -> DvcPipeline:
    """Read the dvc.yaml of a folder.

    Args:
        root: the folder.
        lock: what `dvc.lock` records, for stages whose templates cannot be filled in.
    """
    try:
        document = parse_document(read_limited(root / NAME, LARGEST) or b"")
    except DocumentError as error:
        return DvcPipeline(stages=(), notes=(f"{NAME} could not be read: {error}.",))
    stages = document.get("stages")
    if not isinstance(stages, Mapping):
        return DvcPipeline(stages=(), notes=(f"{NAME} has no stages.",))
    variables = variables_of(document, root)
    found: list[DvcStage] = []
    notes: list[str] = []
    unresolved: list[str] = []
    for name, stage in stages.items():
        made = _stages(str(name), stage, variables, root, lock or {})
        if made is None:
            notes.append(
                f"The stage {name} of {NAME} is a template that cannot be filled in; write its steps out."
            )
            unresolved.append(str(name))
        else:
            found += made
    own = texts(document.get("metrics"))
    return DvcPipeline(
        stages=tuple(_with_metrics(stage, own) for stage in found),
        notes=tuple(notes),
        unresolved=tuple(unresolved),
    )


def _with_metrics(stage: DvcStage, own: Iterable[str]) -> DvcStage:
    """Add the metrics files that the top of dvc.yaml names."""
    paths = [path for path in map(posixpath.normpath, own) if path not in stage.metrics]
    more = [path for path in paths if any(within(path, out) for out in stage.outs)]
    return replace(stage, metrics=(*stage.metrics, *more)) if more else stage


def _stages(
    name: str, stage: object, variables: Variables, root: Path, lock: Mapping[str, LockedStage]
) -> list[DvcStage] | None:
    if not isinstance(stage, Mapping):
        return None
    try:
        return [_filled(one, body, own, root) for one, body, own in expanded(name, stage, variables)]
    except Unresolved:
        body = stage.get("do", stage)
        names = [key for key in lock if key == name or key.startswith(f"{name}@")]
        if not names or not isinstance(body, Mapping) or is_template(str(body.get("wdir", ""))):
            return None
        return [_locked(key, lock[key], body) for key in names]


def _filled(name: str, stage: Mapping[object, object], variables: Variables, root: Path) -> DvcStage:
    """Return a stage with its variables filled in.

    Raises:
        Unresolved: one is not known.
    """
    if "vars" in stage:
        folder = fill(str(stage.get("wdir", ".")), variables)
        own = variables_of({"vars": stage["vars"]}, root, folder)
        variables = {**own, **variables}
    cmd = stage.get("cmd")
    lines = [str(line) for line in cmd] if isinstance(cmd, list) else [str(cmd or "")]
    cwd = posixpath.normpath(fill(str(stage.get("wdir", ".")), variables))
    lists = {
        key: tuple(_placed(cwd, fill(path, variables)) for path in texts(stage.get(key)))
        for key in ("deps", *_OUTPUTS)
    }
    outs = tuple(path for key in _OUTPUTS for path in lists[key])
    return DvcStage(
        name=name,
        command=tuple(fill(line, variables) for line in lines),
        cwd="" if cwd == "." else cwd,
        deps=lists["deps"],
        params=tuple(_placed(cwd, fill(path, variables)) for path in _params(stage.get("params"))),
        outs=outs,
        metrics=lists["metrics"],
        frozen=stage.get("frozen") is True,
        kept=tuple(_placed(cwd, fill(path, variables)) for path in _persisted(stage)),
    )


def _locked(name: str, stage: LockedStage, body: Mapping[object, object]) -> DvcStage:
    """Return a stage as dvc.lock has it; of dvc.yaml, which of its outputs are metrics."""
    cwd = posixpath.normpath(str(body.get("wdir", ".")))
    metrics = [pattern(path) for path in texts(body.get("metrics"))]
    kept = [pattern(path) for path in _persisted(body)]
    return DvcStage(
        name=name,
        command=stage.command,
        cwd="" if cwd == "." else cwd,
        deps=tuple(_placed(cwd, path) for path in stage.deps),
        params=tuple(_placed(cwd, path) for path in stage.params),
        outs=tuple(_placed(cwd, path) for path in stage.outs),
        metrics=tuple(
            _placed(cwd, path) for path in stage.outs if any(one.fullmatch(path) for one in metrics)
        ),
        frozen=body.get("frozen") is True,
        kept=tuple(_placed(cwd, path) for path in stage.outs if any(one.fullmatch(path) for one in kept)),
    )


def _placed(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))


def _params(items: object) -> tuple[str, ...]:
    files = [
        path
        for item in (items if isinstance(items, list) else ())
        for path in (item if isinstance(item, Mapping) else ["params.yaml"])
    ]
    return tuple(dict.fromkeys(str(path) for path in files))


def _persisted(stage: Mapping[object, object]) -> Iterator[str]:
    for key in _OUTPUTS:
        items = stage.get(key)
        for item in items if isinstance(items, list) else ():
            for path, options in item.items() if isinstance(item, Mapping) else ():
                if isinstance(options, Mapping) and options.get("persist") is True:
                    yield str(path)
