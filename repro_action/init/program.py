# SPDX-License-Identifier: Apache-2.0
"""A script together with the modules of the repository that it imports."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from repro_action.init.source import Bound, Defined, Import, Scope, Source

MAX_MODULES = 300

Reader = Callable[[str, bool], Source | None]
"""(path, whether it is the script itself) → what the file holds; None where there is none."""


@dataclass(slots=True, eq=False)
class Program:
    """A script and its local modules.

    Attributes:
        entry: the script's path.
        sources: path → content; the script's own first.
        names: (importing file, alias) → (imported file, name in it or empty).
        roots: folders, besides the script's own, that imports were resolved from.
        relative: whether the script itself imports relatively, so that it must run as a module.
        libraries: top-level names of the modules that are not local.
        runs: of `reachable`, once it was asked for.
        given: (function, parameter) → what it is called with.
    """

    entry: str
    sources: dict[str, Source] = field(default_factory=dict)
    names: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)
    relative: bool = False
    libraries: set[str] = field(default_factory=set)
    given: dict[tuple[Scope, str], list[Bound]] = field(default_factory=dict)
    runs: tuple[Scope, ...] = ()

    @property
    def source(self) -> Source:
        """The script itself."""
        return self.sources[self.entry]

    def lookup(self, scope: Scope, name: str) -> list[Bound]:
        """Return what a name may stand for in a scope and the ones around it."""
        current: Scope | None = scope
        while current is not None:
            held = [*current.names.get(name, ()), *self.given.get((current, name), ())]
            if held:
                return held
            current = current.parent
        return []

    def function(self, module: str, node: ast.expr) -> Defined | None:
        """Return the local function that an expression calls, if it can be told."""
        match node:
            case ast.Name(id=name):
                held = self.sources[module].functions.get(name)
                if held is not None:
                    return held
                target, original = self.names.get((module, name), ("", ""))
            case ast.Attribute(value=ast.Name(id=base), attr=name):
                target, original = self.names.get((module, base), ("", ""))[0], name
                if not target:
                    return self._method(name)
            case _:
                return None
        return self.sources[target].functions.get(original) if target in self.sources else None

    def _method(self, name: str) -> Defined | None:
        held = [source.functions[name] for source in self.sources.values() if name in source.functions]
        return held[0] if len(held) == 1 else None

    def reachable(self) -> tuple[Scope, ...]:
        """Return the scopes that may run: module bodies, and functions that those mention."""
        if self.runs:
            return self.runs
        waiting = [scope for source in self.sources.values() for scope in source.scopes]
        mentions: set[str] = set()
        taken: list[Scope] = []
        while True:
            fresh = [scope for scope in waiting if _runs(scope, mentions)]
            if not fresh:
                self.runs = tuple(taken)
                return self.runs
            taken += fresh
            waiting = [scope for scope in waiting if not _runs(scope, mentions)]
            for scope in fresh:
                mentions |= scope.mentions


def _runs(scope: Scope, mentions: set[str]) -> bool:
    return scope.parent is None or scope.title in mentions or scope.title.startswith("__")


def link(entry: str, read: Reader, exists: Callable[[str], bool]) -> Program | None:
    """Read a script and, transitively, the modules of the repository that it imports."""
    source = read(entry, True)
    if source is None:
        return None
    program = Program(entry=entry, sources={entry: source})
    program.relative = any(held.level for held in source.imports)
    waiting = [source]
    if program.relative:
        for path in _around(PurePosixPath(entry), exists):
            added = read(path, False)
            if added is not None:
                program.sources[path] = added
                waiting.append(added)
    while waiting and len(program.sources) < MAX_MODULES:
        current = waiting.pop()
        for held in current.imports:
            found = _resolve(program, current.path, held, exists)
            if not found:
                program.libraries.add(held.module.split(".")[0])
            for path in found:
                added = None if path in program.sources else read(path, False)
                if added is not None:
                    program.sources[path] = added
                    waiting.append(added)
    _bind_parameters(program)
    return program


def _around(path: PurePosixPath, exists: Callable[[str], bool]) -> Iterator[str]:
    """Yield the `__init__.py` of each package around a file, innermost first."""
    for folder in path.parents:
        held = str(folder / "__init__.py")
        if not exists(held):
            return
        yield held


def _resolve(program: Program, path: str, held: Import, exists: Callable[[str], bool]) -> list[str]:
    """Return the files of an import, packages on the way included, and note what its alias means."""
    folder = PurePosixPath(path).parent
    if held.level:
        bases = (
            [folder.parents[held.level - 2] if held.level > 1 else folder]
            if held.level <= len(folder.parts) + 1
            else []
        )
    else:
        own = PurePosixPath(program.entry).parent
        bases = list(dict.fromkeys([own, PurePosixPath(), PurePosixPath("src")]))
    parts = held.module.split(".") if held.module else []
    for base in bases:
        found = _files(base, parts, exists)
        inner = _files(base, [*parts, held.name], exists) if held.name else []
        if not found and not inner:
            continue
        if not held.level and base != PurePosixPath(program.entry).parent:
            program.roots.add(str(base))
        if inner:
            program.names[path, held.alias] = (inner[-1], "")
        elif held.name or held.alias == held.module:
            program.names[path, held.alias] = (found[-1], held.name)
        return list(dict.fromkeys([*found, *inner]))
    return []


def _files(base: PurePosixPath, parts: list[str], exists: Callable[[str], bool]) -> list[str]:
    """Return a module's file after the `__init__.py` of each package around it; empty if there is none."""
    if not parts:
        held = str(base / "__init__.py")
        return [held] if exists(held) else []
    target = base.joinpath(*parts)
    ends = [str(target / "__init__.py"), f"{target}.py"]
    end = next((held for held in ends if exists(held)), None)
    if end is None:
        return []
    around = [str(base.joinpath(*parts[:depth]) / "__init__.py") for depth in range(1, len(parts))]
    return [*(held for held in around if exists(held)), end]


def _bind_parameters(program: Program) -> None:
    """Let the parameters of local functions stand for what they are called with."""
    for path, source in program.sources.items():
        for scope in source.scopes:
            for call in scope.calls:
                called = program.function(path, call.func)
                if called is None:
                    continue
                for name, node in zip(called.parameters, call.args, strict=False):
                    program.given.setdefault((called.scope, name), []).append(Bound(node=node, scope=scope))
                for keyword in call.keywords:
                    if keyword.arg:
                        held = Bound(node=keyword.value, scope=scope)
                        program.given.setdefault((called.scope, keyword.arg), []).append(held)
