# SPDX-License-Identifier: Apache-2.0
"""Several files of a project together: which function a call runs, and what its parameters are given."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property

from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.options import argparse_defaults, click_defaults
from repro_action.pyanalysis.syntax import Defined, last_name, last_part

_MAX_CALLS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedExpression:
    """An expression, and the file that it is in; `each` where a name stands for its elements."""

    module: SourceModule
    node: ast.expr
    each: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedFunction:
    """A function or method, and the file that it is in."""

    module: SourceModule
    node: Defined

    @property
    def title(self) -> str:
        """The name that runs it when it is called: a class's for its `__init__`."""
        around = self.module.parents.get(self.node)
        if self.node.name == "__init__" and isinstance(around, ast.ClassDef):
            return around.name
        return self.node.name

    @property
    def parameters(self) -> list[str]:
        """Its positional parameters as a caller counts them: without `self`."""
        names = [item.arg for item in (*self.node.args.posonlyargs, *self.node.args.args)]
        static = any(
            isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in self.node.decorator_list
        )
        method = isinstance(self.module.parents.get(self.node), ast.ClassDef) and not static
        return names[1:] if method else names


@dataclass(eq=False, kw_only=True)
class SourceProgram:
    """Files of a project that import each other.

    Attributes:
        modules: by path; the script's own first, where there is one.
        entry: path of the script; empty where there is none.
        names: (importing file, alias) → (imported file, name in it or empty).
        stars: file → files of which it takes all names, `from config import *`.
        roots: folders, besides the script's own, that imports were resolved from.
        relative: whether the script itself imports relatively, so that it must run as a module.
        libraries: top-level names of imports that are not of the project.
    """

    modules: dict[str, SourceModule] = field(default_factory=dict)
    entry: str = ""
    names: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    stars: dict[str, list[str]] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)
    relative: bool = False
    libraries: set[str] = field(default_factory=set)

    @property
    def script(self) -> SourceModule:
        """The script itself."""
        return self.modules[self.entry]

    @cached_property
    def functions(self) -> dict[str, list[LocatedFunction]]:
        """Bare name → definitions; a class's name stands for its `__init__`."""
        found: dict[str, list[LocatedFunction]] = {}
        for module in self.modules.values():
            for definitions in module.functions.values():
                for node in definitions:
                    function = LocatedFunction(module=module, node=node)
                    found.setdefault(function.title, []).append(function)
        return found

    @cached_property
    def imported(self) -> set[str]:
        """Names that one file takes from another module."""
        return {last_part(dotted) for module in self.modules.values() for dotted in module.aliases.values()}

    @cached_property
    def callers(self) -> dict[Defined, list[tuple[SourceModule, ast.Call]]]:
        """Function → calls of it, where the name tells; bounded."""
        found: dict[Defined, list[tuple[SourceModule, ast.Call]]] = {}
        for module in self.modules.values():
            for call in module.each(ast.Call):
                function = self.function(module, call.func)
                if function is not None:
                    calls = found.setdefault(function.node, [])
                    if len(calls) < _MAX_CALLS:
                        calls.append((module, call))
        return found

    @cached_property
    def fields(self) -> frozenset[str]:
        """Names of fields that the project's classes declare without a value."""
        return frozenset(
            node.target.id
            for module in self.modules.values()
            for node in module.each(ast.AnnAssign)
            if isinstance(node.target, ast.Name) and node.value is None
        )

    @cached_property
    def attributes(self) -> dict[str, list[LocatedExpression]]:
        """Attribute name → what it may stand for.

        `self.x = …`, fields of classes and what these are made with, defaults of argparse.
        """
        found: dict[str, list[LocatedExpression]] = {}
        for module in self.modules.values():
            given = [(name, value) for name, values in module.stores.items() for value in values]
            given += [
                (name, binding.value)
                for (scope, name), bindings in module.bindings.items()
                if isinstance(scope, ast.ClassDef)
                for binding in bindings
                if binding.value is not None and not binding.each
            ]
            given += [
                (item.arg, item.value)
                for call in module.each(ast.Call)
                if last_name(call.func)[:1].isupper()
                for item in call.keywords
                if item.arg in self.fields
            ]
            for name, value in [*given, *argparse_defaults(module)]:
                found.setdefault(name, []).append(LocatedExpression(module=module, node=value))
        return found

    @cached_property
    def _options(self) -> dict[tuple[ast.AST, str], list[LocatedExpression]]:
        """(function, parameter) → defaults that decorators of click give it."""
        found: dict[tuple[ast.AST, str], list[LocatedExpression]] = {}
        for module in self.modules.values():
            for function, name, value in click_defaults(module):
                found.setdefault((function, name), []).append(LocatedExpression(module=module, node=value))
        return found

    def function(self, module: SourceModule, called: ast.expr) -> LocatedFunction | None:
        """Return the project's function that an expression calls, where its name tells."""
        match called:
            case ast.Name(id=name):
                if name in module.callables:
                    return LocatedFunction(module=module, node=module.callables[name])
                if (module.path, name) not in self.names:
                    return self._guessed(module, name)
                target, original = self.names[module.path, name]
            case ast.Attribute(value=ast.Name(id=base), attr=original) if (module.path, base) in self.names:
                target = self.names[module.path, base][0]
            case ast.Attribute(attr=name):
                return self._only(name)
            case _:
                return None
        other = self.modules.get(target)
        if other is None or original not in other.callables:
            return None if other is None else self._guessed(other, original)
        return LocatedFunction(module=other, node=other.callables[original])

    def _guessed(self, module: SourceModule, name: str) -> LocatedFunction | None:
        """Return the only function of an imported name, unless it comes from a library."""
        dotted = module.aliases.get(name, "")
        is_library = dotted.partition(".")[0] in self.libraries
        return None if not dotted or is_library else self._only(last_part(dotted))

    def _only(self, name: str) -> LocatedFunction | None:
        found = self.functions.get(name, ())
        return found[0] if len(found) == 1 else None

    def arguments(self, scope: ast.AST, name: str) -> list[LocatedExpression]:
        """Return what callers give to a parameter of a function."""
        if not isinstance(scope, Defined):
            return []
        found = list(self._options.get((scope, name), ()))
        for module, call in self.callers.get(scope, ()):
            function = self.function(module, call.func)
            names = function.parameters if function is not None else []
            index = names.index(name) if name in names else len(call.args)
            given = call.args[: index + 1]
            if index < len(call.args) and not any(isinstance(item, ast.Starred) for item in given):
                found.append(LocatedExpression(module=module, node=given[index]))
            found += [
                LocatedExpression(module=module, node=item.value)
                for item in call.keywords
                if item.arg == name
            ]
        return found

    def given(self, module: SourceModule, node: ast.Name) -> list[LocatedExpression]:
        """Return what callers give to the parameter that a name stands for; nothing for other names."""
        home = module.home(node)
        return [] if home is None else self.arguments(home, node.id)

    def lookup(self, module: SourceModule, node: ast.Name) -> list[LocatedExpression]:
        """Return what a name may stand for, wherever in its scope it is bound."""
        scope: ast.AST | None = module.home(node)
        name = node.id
        if scope is None:
            target, name = self.names.get((module.path, name), (self._starred(module, name), name))
            if not name or target not in self.modules:
                return []
            module = self.modules[target]
            scope = module.tree
        return self.bound(module, scope, name)

    def _starred(self, module: SourceModule, name: str) -> str:
        """Return the file that a name comes from by `from … import *`; empty where it comes from none."""
        found = (path for path in reversed(self.stars.get(module.path, ())) if path in self.modules)
        return next(
            (path for path in found if (self.modules[path].tree, name) in self.modules[path].bindings), ""
        )

    def bound(self, module: SourceModule, scope: ast.AST, name: str) -> list[LocatedExpression]:
        """Return what a name of a scope may stand for; of a parameter, also what callers give."""
        own = [
            LocatedExpression(module=module, node=binding.value, each=binding.each)
            for binding in module.bindings.get((scope, name), ())
            if binding.value is not None
        ]
        return [*own, *self.arguments(scope, name)]

    @cached_property
    def reachable(self) -> tuple[tuple[SourceModule, ast.AST], ...]:
        """The frames that may run: bodies of modules, and functions that these mention."""
        found: list[tuple[SourceModule, ast.AST]] = [
            (module, module.tree) for module in self.modules.values()
        ]
        waiting = [function for functions in self.functions.values() for function in functions]
        mentions: set[str] = set()
        fresh = found
        while fresh:
            for module, frame in fresh:
                mentions |= module.mentions.get(frame, set())
            fresh = [(item.module, item.node) for item in waiting if _runs(item, mentions)]
            waiting = [item for item in waiting if not _runs(item, mentions)]
            found = [*found, *fresh]
        return tuple(found)


def _runs(function: LocatedFunction, mentions: set[str]) -> bool:
    return function.title in mentions or function.title.startswith("__")
