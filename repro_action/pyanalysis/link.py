# SPDX-License-Identifier: Apache-2.0
"""From files to a `SourceProgram`: a script with what it imports, or files that are known to have run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from repro_action.pyanalysis.imports import Exists, resolve_import
from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.parse import MAX_TOKENS, count_tokens, read_module
from repro_action.pyanalysis.program import SourceProgram

MAX_MODULES = 300
"""Files that one script is followed into."""

_MAX_FILES = 200
_MAX_ALL_TOKENS = 400_000

ModuleReader = Callable[[str, bool], SourceModule | None]
"""(path, whether it is the script itself) → what the file holds; None where there is none."""


def link(entry: str, read: ModuleReader, exists: Exists) -> SourceProgram | None:
    """Read a script and, transitively, the modules of the project that it imports.

    Args:
        entry: the script's path.
        read: reads a file of the project.
        exists: whether a file is there.
    """
    script = read(entry, True)
    if script is None:
        return None
    program = SourceProgram(entry=entry, modules={entry: script})
    program.relative = any(imported.level for imported in script.imports)
    waiting = [script]
    own = entry.rpartition("/")[0]
    folders = tuple(dict.fromkeys([own, "", "src"]))
    if program.relative:
        waiting += _added(program, _packages_around(entry, exists), read)
    while waiting and len(program.modules) < MAX_MODULES:
        waiting += _added(program, _resolve(program, waiting.pop(), folders, exists), read)
    return program


def _added(program: SourceProgram, paths: Iterable[str], read: ModuleReader) -> list[SourceModule]:
    found: list[SourceModule] = []
    for path in paths:
        module = None if path in program.modules else read(path, False)
        if module is not None:
            program.modules[path] = module
            found.append(module)
    return found


def _packages_around(path: str, exists: Exists) -> list[str]:
    """Return the `__init__.py` of each package around a file, innermost first."""
    found: list[str] = []
    folder = path.rpartition("/")[0]
    while exists(inner := f"{folder}/__init__.py" if folder else "__init__.py"):
        found.append(inner)
        if not folder:
            break
        folder = folder.rpartition("/")[0]
    return found


def _resolve(
    program: SourceProgram, module: SourceModule, folders: tuple[str, ...], exists: Exists
) -> list[str]:
    """Return the files that a module imports, and note what its aliases mean."""
    found: list[str] = []
    own = program.entry.rpartition("/")[0]
    for imported in module.imports:
        resolved = resolve_import(module.path, imported, folders, exists)
        if resolved is None:
            program.libraries.add(imported.module.partition(".")[0])
            continue
        if not imported.level and resolved.folder != own:
            program.roots.add(resolved.folder or ".")
        if imported.alias == "*":
            program.stars.setdefault(module.path, []).append(resolved.target)
        elif resolved.target:
            program.names[module.path, imported.alias] = (resolved.target, resolved.name)
        found += resolved.files
    return found


def read_program(sources: Mapping[str, str], first: Collection[str]) -> SourceProgram:
    """Read files within bounds of number and size; what is not Python is left out.

    Args:
        sources: path → text.
        first: files that matter most, should not all fit.
    """
    program = SourceProgram()
    left = _MAX_ALL_TOKENS
    chosen = sorted(sources, key=lambda path: (path not in first, path))[:_MAX_FILES]
    for path in chosen:
        size = count_tokens(sources[path])
        module = read_module(path, sources[path]) if size <= min(left, MAX_TOKENS) else None
        if module is not None:
            left -= size
            program.modules[path] = module
    for module in program.modules.values():
        own = module.path.rpartition("/")[0]
        _resolve(program, module, tuple(dict.fromkeys([own, "", "src"])), program.modules.__contains__)
    # What was not resolved here may have run from another folder: it is no library for sure.
    program.libraries.clear()
    return program
