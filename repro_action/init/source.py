# SPDX-License-Identifier: Apache-2.0
"""A Python file as scopes, bindings and calls; it is parsed, never executed."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from repro_action.codec.tables import SUFFIXES

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_MAX_LENGTH = 1 << 18


@dataclass(slots=True, eq=False)
class Scope:
    """Names of a module or function, with the expressions that they were bound to.

    Attributes:
        module: path of the file.
        parent: the scope around it; None for the module's own.
        title: the function's name; empty for the module.
        names: name → expressions, each with the scope to evaluate it in; `each` where the
            name stands for the elements of the expression.
        calls: in the order of the text.
        unsure: the calls that stand under an `if` or `except`.
        mentions: every name and attribute that the code refers to.
        returns: what a function gives back.
    """

    module: str
    parent: Scope | None = None
    title: str = ""
    names: dict[str, list[Bound]] = field(default_factory=dict)
    calls: list[ast.Call] = field(default_factory=list)
    unsure: set[ast.Call] = field(default_factory=set)
    mentions: set[str] = field(default_factory=set)
    returns: list[ast.expr] = field(default_factory=list)

    def bind(self, name: str, node: ast.expr, scope: Scope, *, each: bool = False) -> None:
        """Add an expression that a name may stand for."""
        self.names.setdefault(name, []).append(Bound(node=node, scope=scope, each=each))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """An expression that a name was bound to."""

    node: ast.expr
    scope: Scope
    each: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Defined:
    """A function or method: its scope and the names of its positional parameters."""

    scope: Scope
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """`import MODULE as alias` (no `name`) or `from MODULE import name as alias`."""

    module: str
    name: str
    alias: str
    level: int


@dataclass(slots=True, eq=False)
class Source:
    """What one file holds.

    Attributes:
        path: relative to the project.
        scopes: the module's own first.
        functions: name → definition; a class stands for its `__init__`.
        attributes: attribute name → expressions: class fields, `self.x = …`, argparse defaults.
        required: argparse arguments without default.
        constants: integers by the name or keyword that they were given to.
        keys: literal keys of dictionaries.
        main: whether it asks for `__name__ == "__main__"`.
        acts: whether the module does something besides defining.
    """

    path: str
    scopes: list[Scope]
    functions: dict[str, Defined] = field(default_factory=dict)
    attributes: dict[str, list[Bound]] = field(default_factory=dict)
    imports: list[Import] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    main: bool = False
    acts: bool = False
    constants: list[tuple[str, int]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)


def read_source(path: str, text: str, *, entry: bool) -> Source | None:
    """Parse a file; None where it is no Python that this interpreter reads.

    Args:
        path: relative to the project.
        text: its content.
        entry: whether the file is the script itself; of others, the part under
            `if __name__ == "__main__"` is left out.
    """
    if len(text) > _MAX_LENGTH:
        return None  # Written by a program, not by a person.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the user's own escapes, say
            tree = ast.parse(text)
        source = Source(path=path, scopes=[Scope(module=path)])
        _Reader(source=source, entry=entry).body(tree.body, source.scopes[0])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return source


@dataclass(slots=True)
class _Reader:
    source: Source
    entry: bool
    branches: int = 0

    def body(self, nodes: list[ast.stmt], scope: Scope, *, owner: str = "") -> None:
        for node in nodes:
            self.visit(node, scope, owner)

    def visit(self, node: ast.AST, scope: Scope, owner: str = "") -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.function(node, scope, owner)
                return
            case ast.ClassDef():
                for part in [*node.decorator_list, *node.bases]:
                    self.visit(part, scope)
                self.body(node.body, scope, owner=node.name)
                return
            case ast.If() if _is_main(node.test):
                self.source.main = True
                if not self.entry:
                    return
            case ast.Return(value=ast.expr() as value):
                scope.returns.append(value)
            case ast.Import() | ast.ImportFrom():
                self.source.imports.extend(_imports(node))
            case ast.Call():
                scope.calls.append(node)
                if self.branches:
                    scope.unsure.add(node)
                self.argument(node, scope)
                if isinstance(node.func, ast.Name) and node.func.id == "dict":
                    self.source.keys |= {item.arg for item in node.keywords if item.arg}
            case ast.Name(id=name) | ast.Attribute(attr=name):
                scope.mentions.add(name)
            case ast.Dict(keys=keys):
                self.source.keys |= {text for key in keys if (text := _text(key))}
            case ast.Constant(value=str(text)) if text.endswith(SUFFIXES):
                self.source.tables.add(text)
            case ast.keyword(arg=str(name), value=ast.Constant(value=int(number))):
                self.source.constants.append((name, number))
            case _:
                pass
        self.source.acts = self.source.acts or (scope.parent is None and _acts(node))
        self.bindings(node, scope, owner)
        branch = isinstance(node, ast.ExceptHandler) or (isinstance(node, ast.If) and not _is_main(node.test))
        self.branches += branch
        for child in ast.iter_child_nodes(node):
            self.visit(child, scope, owner)
        self.branches -= branch

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, around: Scope, owner: str) -> None:
        scope = Scope(module=self.source.path, parent=around, title=node.name)
        self.source.scopes.append(scope)
        arguments = [*node.args.posonlyargs, *node.args.args]
        for argument, default in zip(reversed(arguments), reversed(node.args.defaults), strict=False):
            scope.bind(argument.arg, default, around)
        for argument, held in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            if held is not None:
                scope.bind(argument.arg, held, around)
        names = tuple(argument.arg for argument in arguments)
        plain = not owner or any(
            isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in node.decorator_list
        )
        name = owner if owner and node.name == "__init__" else node.name
        self.source.functions.setdefault(name, Defined(scope=scope, parameters=names if plain else names[1:]))
        if name == owner:
            scope.title = owner
        for mark in node.decorator_list:
            self.option(mark, scope, around)
            self.visit(mark, around)
        self.body(node.body, scope)

    def bindings(self, node: ast.AST, scope: Scope, owner: str) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self.assign(target, value, scope, owner)
            case (
                ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.NamedExpr(target=target, value=value)
            ):
                self.assign(target, value, scope, owner)
            case (
                ast.For(target=ast.Name(id=name), iter=value)
                | ast.comprehension(target=ast.Name(id=name), iter=value)
            ):
                scope.bind(name, value, scope, each=True)
            case _:
                pass

    def assign(self, target: ast.expr, value: ast.expr, scope: Scope, owner: str) -> None:
        match target:
            case ast.Name(id=name):
                if isinstance(value, ast.Constant) and isinstance(value.value, int):
                    self.source.constants.append((name, value.value))
                if owner:
                    self.attribute(name, value, scope)
                else:
                    scope.bind(name, value, scope)
            case ast.Attribute(attr=name):
                self.attribute(name, value, scope)
            case ast.Subscript(slice=ast.Constant(value=str(key))):
                self.source.keys.add(key)
            case ast.Tuple(elts=targets) if isinstance(value, ast.Tuple) and len(targets) == len(value.elts):
                for one, held in zip(targets, value.elts, strict=True):
                    self.assign(one, held, scope, owner)
            case _:
                pass

    def attribute(self, name: str, value: ast.expr, scope: Scope) -> None:
        self.source.attributes.setdefault(name, []).append(Bound(node=value, scope=scope))

    def argument(self, call: ast.Call, scope: Scope) -> None:
        """Note the default of an `add_argument`, under the attribute that holds it later."""
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "add_argument":
            return
        flags = [text for item in call.args if (text := _text(item))]
        keywords = {item.arg: item.value for item in call.keywords if item.arg}
        name = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "")
        if not name:
            return
        named = _text(keywords.get("dest")) or name.lstrip("-").replace("-", "_")
        if "default" in keywords:
            self.attribute(named, keywords["default"], scope)
        required = keywords.get("required")
        demanded = isinstance(required, ast.Constant) and required.value is True
        if demanded or (not name.startswith("-") and not {"default", "nargs"} & set(keywords)):
            self.source.required.append(name)

    def option(self, mark: ast.expr, scope: Scope, around: Scope) -> None:
        """Note the default of a click option, under the parameter that receives it."""
        if not isinstance(mark, ast.Call) or not isinstance(mark.func, ast.Attribute):
            return
        flags = [text for item in mark.args if (text := _text(item))]
        name = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "")
        for item in mark.keywords:
            if name and item.arg == "default":
                scope.bind(name.lstrip("-").replace("-", "_"), item.value, around)


def _acts(node: ast.AST) -> bool:
    """Whether a statement does something besides defining; a docstring does not."""
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    return isinstance(node, ast.For | ast.While | ast.With)


def _text(node: ast.expr | None) -> str:
    """Return a literal text; empty where the expression is none."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[Import]:
    for name in node.names:
        if isinstance(node, ast.Import):
            alias = name.asname or name.name.split(".")[0]
            yield Import(module=name.name, name="", alias=alias, level=0)
        else:
            yield Import(
                module=node.module or "", name=name.name, alias=name.asname or name.name, level=node.level
            )
