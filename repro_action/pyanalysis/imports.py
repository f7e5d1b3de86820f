# SPDX-License-Identifier: Apache-2.0
"""Which files of a project an import stands for."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

Exists = Callable[[str], bool]
"""Whether a file is there, by its path relative to the project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedName:
    """`import MODULE as alias` (no `name`) or `from MODULE import name as alias`.

    Attributes:
        level: dots before the module's name.
    """

    module: str
    name: str
    alias: str
    level: int

    @property
    def dotted(self) -> str:
        """What the alias stands for: `numpy.random`, `.features.load`."""
        if self.name:
            return f"{'.' * self.level}{self.module}.{self.name}"
        return self.module if self.alias != self.module.partition(".")[0] else self.alias


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedImport:
    """Where an import leads.

    Attributes:
        files: of the project, each package's `__init__.py` on the way first.
        folder: from which it was found; `""` for the project's own.
        target: file that the alias stands for; empty where it stands for a package above it.
        name: what of that file; empty for the whole module.
    """

    files: tuple[str, ...]
    folder: str
    target: str = ""
    name: str = ""


def imported_names(node: ast.AST) -> Iterator[ImportedName]:
    """Yield what an import statement brings in; nothing for other nodes."""
    match node:
        case ast.Import(names=names):
            for name in names:
                alias = name.asname or name.name.partition(".")[0]
                yield ImportedName(module=name.name, name="", alias=alias, level=0)
        case ast.ImportFrom(names=names, module=module, level=level):
            for name in names:
                alias = name.asname or name.name
                yield ImportedName(module=module or "", name=name.name, alias=alias, level=level)


def resolve_import(
    importer: str, imported: ImportedName, folders: Iterable[str], exists: Exists
) -> ResolvedImport | None:
    """Return the files of the project that an import stands for; None where it is of a library.

    Args:
        importer: the file that imports, relative to the project.
        imported: what it imports.
        folders: in which absolute imports are looked up, in this order; relative, `""` for the project.
        exists: whether a file is there.
    """
    parts = imported.module.split(".") if imported.module else []
    for folder in _above(importer, imported.level) if imported.level else folders:
        own = module_files(folder, parts, exists)
        inner = module_files(folder, [*parts, imported.name], exists) if imported.name else ()
        if not own and not inner:
            continue
        files = tuple(dict.fromkeys([*own, *inner]))
        if inner:
            return ResolvedImport(files=files, folder=folder, target=inner[-1])
        whole = imported.name or imported.alias == imported.module
        return ResolvedImport(files=files, folder=folder, target=own[-1] if whole else "", name=imported.name)
    return None


def _above(importer: str, level: int) -> tuple[str, ...]:
    """Return the folder that a relative import starts from; nothing where it would leave the project."""
    parts = importer.split("/")[:-1]
    return () if level > len(parts) + 1 else ("/".join(parts[: len(parts) + 1 - level]),)


def module_files(folder: str, parts: list[str], exists: Exists) -> tuple[str, ...]:
    """Return a module's file after the `__init__.py` of each package around it; nothing if there is none."""
    stem = posixpath.join(folder, *parts)
    ends = [posixpath.join(stem, "__init__.py"), *([f"{stem}.py"] if parts else [])]
    end = next((path for path in ends if exists(path)), None)
    if end is None:
        return ()
    around = (posixpath.join(folder, *parts[:depth], "__init__.py") for depth in range(1, len(parts)))
    return (*(path for path in around if exists(path)), end)
