# SPDX-License-Identifier: Apache-2.0
"""Files that the script of a step reads by a literal path and that no step declares.

Such a file can change the model while every declared material stays the same. The source is
only read, so what is found here is a hint: a path that is made up while the program runs is
not found, and a read that never happens may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, field

from repro_action.config.model import Config, Step
from repro_action.init.commands import ScriptCommand, script_paths, without_options
from repro_action.init.seen_files import SeenFiles
from repro_action.init.walk import read_text
from repro_action.paths.names import refusal
from repro_action.paths.patterns import covers, within
from repro_action.pyanalysis.accesses import Access, accesses
from repro_action.pyanalysis.link import link
from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.parse import read_module
from repro_action.pyanalysis.path_values import PathEvaluator
from repro_action.report.status import UndeclaredRead

MAX_SOURCE = 1 << 18
"""Characters of source that are parsed for one project, since this runs on every `status`."""

_PYTHONS = {"python", "python3"}


def source_reads(config: Config, seen: SeenFiles) -> tuple[UndeclaredRead, ...]:
    """Return reads of files that are there and that no step declares, sorted.

    Args:
        config: its inputs, params, outputs and pinned data count as declared, whatever the step.
        seen: answers what is in the project, and keeps what was asked.
    """
    reader = _SourceReader(seen)
    found = {read for step in config.steps for read in _reads(reader, step)}
    return tuple(sorted((read for read in found if _is_left_out(config, seen, read.path)), key=astuple))


def step_reads(step: Step, seen: SeenFiles) -> tuple[str, ...]:
    """Return files that are there, that a step surely reads, and that it does not declare, sorted.

    Args:
        step: its own inputs, params and outputs count as declared, and no other's.
        seen: answers what is in the project.
    """
    own = (*step.inputs, *step.params, *step.outputs)
    found = {
        item.path
        for item in _accesses(_SourceReader(seen), step)
        if item.mode == "read" and item.sure and item.path and not item.folder
    }
    return tuple(
        sorted(
            path
            for path in found
            if refusal(path, wildcards="") is None
            and seen.is_file(path)
            and not any(covers(name, path) for name in own)
        )
    )


def source_writes(config: Config, seen: SeenFiles) -> Mapping[str, Access]:
    """Return the line that writes each output or file of one, as far as the source says it, by path."""
    reader = _SourceReader(seen)
    found: dict[str, Access] = {}
    for step in config.steps:
        for item in _accesses(reader, step):
            if item.mode == "write" and item.path:
                found.setdefault(item.path, item)
    return found


@dataclass(slots=True)
class _SourceReader:
    """Sources of the project, parsed once."""

    seen: SeenFiles
    left: int = MAX_SOURCE
    parsed: dict[tuple[str, bool], SourceModule | None] = field(default_factory=dict)

    def source(self, path: str, entry: bool) -> SourceModule | None:
        if (path, entry) not in self.parsed:
            text = read_text(self.seen.root / path) if self.seen.is_file(path) else None
            self.left -= len(text or "")
            useful = text is not None and self.left >= 0
            self.parsed[path, entry] = read_module(path, text or "", entry=entry) if useful else None
        return self.parsed[path, entry]

    def exists(self, path: str) -> bool:
        return refusal(path, wildcards="") is None and self.seen.is_file(path)


def script_of(argv: tuple[str, ...], is_file: Callable[[str], bool]) -> tuple[str, ...]:
    """Return a command from its script on, without options of the interpreter; empty for others."""
    if not argv or argv[0] not in _PYTHONS:
        return ()
    rest = without_options(argv[1:])
    plain = ("python", *rest)
    path = next((path for path in script_paths(plain) if is_file(path)), "")
    arguments = rest[2:] if rest[:1] == ("-m",) else rest[1:]
    return (path, *arguments) if path else ()


def _reads(reader: _SourceReader, step: Step) -> Iterator[UndeclaredRead]:
    for item in _accesses(reader, step):
        if item.mode != "read" or not item.path or item.folder:
            continue
        if refusal(item.path, wildcards="") is None and reader.seen.state(item.path):
            yield UndeclaredRead(file=item.module, line=item.line, path=item.path)


def _accesses(reader: _SourceReader, step: Step) -> Iterator[Access]:
    path, *arguments = script_of(step.run, lambda name: reader.seen.is_file(step.in_project(name))) or ("",)
    path = step.in_project(path)
    program = link(path, reader.source, reader.exists) if path and reader.exists(path) else None
    if program is None:
        return
    command = ScriptCommand(argv=("python", path, *arguments))
    yield from accesses(PathEvaluator(program=program, arguments=command.arguments, cwd=step.cwd))


def _is_left_out(config: Config, seen: SeenFiles, path: str) -> bool:
    named = {
        *(pin.path for pin in config.data),
        *(name for step in config.steps for name in (*step.inputs, *step.params, *step.outputs)),
    }
    folder = seen.is_folder(path)
    return not any(covers(name, path) or (folder and within(name, path)) for name in named)
