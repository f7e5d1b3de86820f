# SPDX-License-Identifier: Apache-2.0
"""One Python file as nodes, scopes and bindings, with the aliases of imports resolved."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import TypeVar

from repro_action.pyanalysis.imports import ImportedName
from repro_action.pyanalysis.syntax import Defined, asks_for_main

Node = TypeVar("Node", bound=ast.AST)

_MAX_CHAIN = 16
_MAX_BOUND = 20
_MAX_SHOWN = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a name was bound to.

    Attributes:
        value: the expression; None where it is not known.
        each: the name stands for the elements of the expression.
        position: line and column from which it is in force.
        parameter: index among the function's parameters; -1 for other names.
        annotation: of a parameter or assignment.
    """

    value: ast.expr | None
    position: tuple[int, int]
    each: bool = False
    parameter: int = -1
    annotation: ast.expr | None = None


@dataclass(eq=False, kw_only=True)
class SourceModule:
    """One file, as `repro_action.pyanalysis.parse.read_module` makes it.

    Attributes:
        path: relative to the project.
        lines: of its text.
        tree: its root.
        imports: what it imports, anywhere.
        parents: node → node around it.
        scopes: node → function, class or module whose names it sees first.
        bindings: (scope, name) → in the order of the text.
        stores: attribute name → expressions assigned to it.
        reads: attribute name → where it is read.
        functions: bare name → definitions, methods included.
        nodes: type → nodes, in the order of the text.
    """

    path: str
    lines: list[str]
    tree: ast.Module
    imports: list[ImportedName] = field(default_factory=list)
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    scopes: dict[ast.AST, ast.AST] = field(default_factory=dict)
    bindings: dict[tuple[ast.AST, str], list[Binding]] = field(default_factory=dict)
    stores: dict[str, list[ast.expr]] = field(default_factory=dict)
    reads: dict[str, list[ast.Attribute]] = field(default_factory=dict)
    functions: dict[str, list[Defined]] = field(default_factory=dict)
    nodes: dict[type[ast.AST], list[ast.AST]] = field(default_factory=dict)
    _dotted_names: dict[ast.AST, str] = field(default_factory=dict)

    def each(self, kind: type[Node]) -> list[Node]:
        """Return all nodes of a kind in the order of the text."""
        return [node for node in self.nodes.get(kind, ()) if isinstance(node, kind)]

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node around."""
        return self.parents.get(node)

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Name → what was imported under it, dotted."""
        return {imported.alias: imported.dotted for imported in self.imports}

    @cached_property
    def callables(self) -> dict[str, Defined]:
        """Name → the function that calling it runs: plain functions, and the `__init__` of classes."""
        found: dict[str, Defined] = {}
        for name, definitions in self.functions.items():
            for definition in definitions:
                around = self.parents.get(definition)
                if not isinstance(around, ast.ClassDef):
                    found[name] = definition
                elif name == "__init__":
                    found[around.name] = definition
        return found

    @cached_property
    def loads(self) -> dict[tuple[ast.AST, str], list[ast.Name]]:
        """(scope that binds a name, name) → where it is read."""
        found: dict[tuple[ast.AST, str], list[ast.Name]] = {}
        for node in self.each(ast.Name):
            home = self.home(node) if isinstance(node.ctx, ast.Load) else None
            if home is not None:
                found.setdefault((home, node.id), []).append(node)
        return found

    @cached_property
    def calls(self) -> dict[ast.AST, list[ast.Call]]:
        """Frame → the calls that run with it, in the order of the text."""
        found: dict[ast.AST, list[ast.Call]] = {}
        for call in self.each(ast.Call):
            found.setdefault(self.frame(call), []).append(call)
        return found

    @cached_property
    def mentions(self) -> dict[ast.AST, set[str]]:
        """Frame → every name and attribute that its code refers to."""
        found: dict[ast.AST, set[str]] = {}
        for name in self.each(ast.Name):
            found.setdefault(self.frame(name), set()).add(name.id)
        for attribute in self.each(ast.Attribute):
            found.setdefault(self.frame(attribute), set()).add(attribute.attr)
        return found

    @cached_property
    def returns(self) -> dict[ast.AST, list[ast.expr]]:
        """Function → the expressions that it returns."""
        found: dict[ast.AST, list[ast.expr]] = {}
        for node in self.each(ast.Return):
            if node.value is not None:
                found.setdefault(self.scopes[node], []).append(node.value)
        return found

    def loads_of(self, statement: ast.AST | None) -> list[ast.Name] | None:
        """Return where the name that an assignment binds first is read; None for other statements."""
        match statement:
            case ast.Assign(targets=[ast.Name(id=name), *_]):
                return self.loads.get((self.scopes.get(statement, self.tree), name), [])
        return None

    def home(self, node: ast.Name) -> ast.AST | None:
        """Return the scope that binds a name that is read; None for builtins and imports.

        The body of a class is invisible to its methods.
        """
        scope = self.scopes[node]
        if (scope, node.id) in self.bindings:
            return scope
        while not isinstance(scope, ast.Module):
            scope = self.scopes[scope]
            if (scope, node.id) in self.bindings and not isinstance(scope, ast.ClassDef):
                return scope
        return None

    def frame(self, node: ast.AST) -> ast.AST:
        """Return the function, or else the module, whose execution reaches a node."""
        scope = self.scopes[node]
        while not isinstance(scope, Defined | ast.Module):
            scope = self.scopes[scope]
        return scope

    def bound(self, node: ast.Name) -> list[Binding]:
        """Return what a name that is read may stand for: the last binding before, else all."""
        home = self.home(node)
        if home is None:
            return []
        bindings = self.bindings[home, node.id]
        if self.scopes[node] is home:
            count = bisect_left(bindings, (node.lineno, node.col_offset), key=attrgetter("position"))
            return bindings[count - 1 : count] or bindings[:_MAX_BOUND]
        return bindings[:_MAX_BOUND]

    def dotted(self, node: ast.AST, depth: int = 0) -> str:
        """Return what an expression names: `np.random.rand` → `numpy.random.rand`, a call as `name()`.

        Names of variables are followed to what they were bound to once: `p = Path("a")` makes
        `p.glob` to `pathlib.Path().glob`.
        """
        if node not in self._dotted_names:
            self._dotted_names[node] = self._dotted(node, depth)
        return self._dotted_names[node]

    def _dotted(self, node: ast.AST, depth: int) -> str:
        parts: list[str] = []
        for _ in range(_MAX_CHAIN):
            match node:
                case ast.Attribute(value=base, attr=name):
                    parts.append("." + name)
                    node = base
                case ast.Call(func=func):
                    parts.append("()")
                    node = func
                case ast.Name():
                    return self._root(node, depth) + "".join(reversed(parts))
                case ast.Constant(value=str()):
                    return "str()" + "".join(reversed(parts))
                case _:
                    break
        return "?" + "".join(reversed(parts))

    def _root(self, node: ast.Name, depth: int) -> str:
        bindings = self.bound(node)
        if not bindings:
            return self.aliases.get(node.id, node.id)
        if len(bindings) == 1 and depth < 3 and not bindings[0].each:
            value, annotation = bindings[0].value, bindings[0].annotation
            if annotation is not None and bindings[0].parameter >= 0:
                named = self.dotted(annotation, depth + 1)
                return f"{named}()" if "?" not in named else node.id
            if isinstance(value, ast.Name | ast.Attribute | ast.Call):
                named = self.dotted(value, depth + 1)
                return named if "?" not in named else node.id
        return node.id

    def is_builtin(self, node: ast.Call, name: str) -> bool:
        """Whether a call is of a builtin function that nothing of the file hides."""
        func = node.func
        return (
            isinstance(func, ast.Name)
            and func.id == name
            and self.home(func) is None
            and name not in self.aliases
            and name not in self.functions
        )

    def statement(self, node: ast.AST) -> ast.AST:
        """Return the statement that an expression is part of."""
        while not isinstance(node, ast.stmt | ast.Module):
            above = self.parents.get(node)
            if above is None:
                break
            node = above
        return node

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes around, the nearest first."""
        above = self.parents.get(node)
        while above is not None:
            yield above
            above = self.parents.get(above)

    def is_conditional(self, node: ast.AST) -> bool:
        """Whether a node is under an `if` or `except`, so that it may not run."""
        return any(
            isinstance(above, ast.ExceptHandler) or (isinstance(above, ast.If) and not asks_for_main(above))
            for above in self.around(node)
        )

    def shown(self, node: ast.AST) -> str:
        """Return the text of an expression, shortened, without control characters."""
        line, end = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        if not 1 <= line <= len(self.lines):
            return ""
        raw = self.lines[line - 1].encode("utf-8", "replace")
        stop = getattr(node, "end_col_offset", 0) if end == line else len(raw)
        text = raw[getattr(node, "col_offset", 0) : stop].decode("utf-8", "replace").strip()
        text = "".join(letter if letter.isprintable() else " " for letter in text)
        cut = len(text) > _MAX_SHOWN or end != line
        return text[:_MAX_SHOWN].rstrip() + ("…" if cut else "")
