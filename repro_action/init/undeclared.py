# SPDX-License-Identifier: Apache-2.0
"""Files that the script of a step reads by a literal path and that no step declares.

Such a file can change the model while every declared material stays the same. The source is
only read, so what is found here is a hint: a path that is made up while the program runs is
not found, and a read that never happens may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.config.model import Config, Step
from repro_action.init.accesses import accesses
from repro_action.init.commands import ScriptCommand, script_paths, without_options
from repro_action.init.walk import read_text
from repro_action.paths.names import refusal
from repro_action.paths.patterns import covers, within
from repro_action.pyanalysis.link import link
from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.parse import read_module
from repro_action.pyanalysis.path_values import PathEvaluator

MAX_SOURCE = 1 << 18
"""Characters of source that are parsed for one project, since this runs on every `status`."""

_PYTHONS = {"python", "python3"}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class UndeclaredRead:
    """One read of a file that no step declares; paths are relative to the project.

    Attributes:
        file: the source.
        line: from 1.
        path: what is read there.
    """

    file: str
    line: int
    path: str


def undeclared_reads(config: Config) -> tuple[UndeclaredRead, ...]:
    """Return reads of files that are there and that no step declares, sorted.

    Inputs, params, outputs and pinned data of all steps count as declared.
    """
    reader = _SourceReader(config.root)
    found = {read for step in config.steps for read in _reads(reader, step)}
    return tuple(sorted(read for read in found if _is_left_out(config, read.path)))


def read_sentence(read: UndeclaredRead) -> str:
    """Return a finding as a sentence without a full stop."""
    return f"{read.file}:{read.line} reads {read.path}, which is in no inputs"


@dataclass(slots=True)
class _SourceReader:
    """Sources of the project, parsed once."""

    root: Path
    left: int = MAX_SOURCE
    parsed: dict[tuple[str, bool], SourceModule | None] = field(default_factory=dict)
    present: dict[str, bool] = field(default_factory=dict)

    def source(self, path: str, entry: bool) -> SourceModule | None:
        if (path, entry) not in self.parsed:
            text = read_text(self.root / path)
            self.left -= len(text or "")
            useful = text is not None and self.left >= 0
            self.parsed[path, entry] = read_module(path, text or "", entry=entry) if useful else None
        return self.parsed[path, entry]

    def exists(self, path: str) -> bool:
        if path not in self.present:
            self.present[path] = refusal(path, wildcards="") is None and (self.root / path).is_file()
        return self.present[path]


def script_of(argv: tuple[str, ...], root: Path) -> tuple[str, ...]:
    """Return a command from its script on, without options of the interpreter; empty for others."""
    if not argv or argv[0] not in _PYTHONS:
        return ()
    rest = without_options(argv[1:])
    plain = ("python", *rest)
    path = next((path for path in script_paths(plain) if (root / path).is_file()), "")
    arguments = rest[2:] if rest[:1] == ("-m",) else rest[1:]
    return (path, *arguments) if path else ()


def _reads(reader: _SourceReader, step: Step) -> Iterator[UndeclaredRead]:
    path, *arguments = script_of(step.run, reader.root) or ("",)
    program = link(path, reader.source, reader.exists) if path and reader.exists(path) else None
    if program is None:
        return
    command = ScriptCommand(argv=("python", path, *arguments))
    for item in accesses(PathEvaluator(program=program, arguments=command.arguments)):
        if item.mode == "read" and item.path and not item.folder:
            place = reader.root / item.path
            if refusal(item.path, wildcards="") is None and (place.is_file() or place.is_dir()):
                yield UndeclaredRead(file=item.module, line=item.line, path=item.path)


def _is_left_out(config: Config, path: str) -> bool:
    named = {
        *(pin.path for pin in config.data),
        *(name for step in config.steps for name in (*step.inputs, *step.params, *step.outputs)),
    }
    folder = (config.root / path).is_dir()
    return not any(covers(name, path) or (folder and within(name, path)) for name in named)
