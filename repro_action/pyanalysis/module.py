# SPDX-License-Identifier: Apache-2.0
"""One Python file as nodes, scopes and bindings, with import aliases resolved; parsed, never executed."""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TypeVar

Defined = ast.FunctionDef | ast.AsyncFunctionDef
Function = Defined | ast.Lambda
Node = TypeVar("Node", bound=ast.AST)

MAX_LENGTH = 2 << 20
MAX_TOKENS = 150_000
"""What a person writes is shorter; trees of longer files take gigabytes."""
_MAX_CHAIN = 16
_MAX_BOUND = 20
_MAX_SHOWN = 70
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a name was bound to.

    Attributes:
        value: the expression; None where it cannot be told.
        each: the name stands for the elements of the expression.
        position: line and column from which it holds.
        parameter: place among the function's parameters; -1 for other names.
        annotation: of a parameter or assignment.
    """

    value: ast.expr | None
    position: tuple[int, int]
    each: bool = False
    parameter: int = -1
    annotation: ast.expr | None = None


@dataclass(slots=True, eq=False)
class Module:
    """One file.

    Attributes:
        path: relative to the project.
        lines: of its text.
        tree: its root.
        parents: node → node around it.
        scopes: node → function, class or module that it stands in.
        aliases: name → what was imported under it, dotted.
        bindings: (scope, name) → in the order of the text.
        loads: (scope that binds it, name) → where it is read.
        homes: a name that is read → the scope that binds it; absent for builtins and imports.
        stores, reads: attribute name → expressions given to it, places where it is read.
        functions: bare name → definitions.
        kinds: type → nodes, in the order of the text.
        named: node → what it names, where asked before.
    """

    path: str
    lines: list[str]
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    scopes: dict[ast.AST, ast.AST] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    bindings: dict[tuple[ast.AST, str], list[Binding]] = field(default_factory=dict)
    loads: dict[tuple[ast.AST, str], list[ast.Name]] = field(default_factory=dict)
    homes: dict[ast.Name, ast.AST] = field(default_factory=dict)
    stores: dict[str, list[ast.expr]] = field(default_factory=dict)
    reads: dict[str, list[ast.Attribute]] = field(default_factory=dict)
    functions: dict[str, list[Defined]] = field(default_factory=dict)
    kinds: dict[type[ast.AST], list[ast.AST]] = field(default_factory=dict)
    named: dict[ast.AST, str] = field(default_factory=dict)

    def each(self, kind: type[Node]) -> list[Node]:
        """Return all nodes of a kind in the order of the text."""
        return [node for node in self.kinds.get(kind, ()) if isinstance(node, kind)]

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node around."""
        return self.parents.get(node)

    def bound(self, node: ast.Name) -> list[Binding]:
        """Return what a name that is read may stand for: the last binding before, else all."""
        home = self.homes.get(node)
        if home is None:
            return []
        held = self.bindings.get((home, node.id), [])
        if self.scopes.get(node) is home:
            count = bisect_left(held, (node.lineno, node.col_offset), key=attrgetter("position"))
            return held[count - 1 : count] or held[:_MAX_BOUND]
        return held[:_MAX_BOUND]

    def dotted(self, node: ast.AST, depth: int = 0) -> str:
        """Return what an expression names: `np.random.rand` → `numpy.random.rand`, a call as `name()`.

        Names of variables are followed to what they were bound to once: `p = Path("a")` makes
        `p.glob` to `pathlib.Path().glob`.
        """
        if node not in self.named:
            self.named[node] = self._dotted(node, depth)
        return self.named[node]

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
        held = self.bound(node)
        if not held:
            return self.aliases.get(node.id, node.id) if node not in self.homes else node.id
        if len(held) == 1 and depth < 3 and not held[0].each:
            value, annotation = held[0].value, held[0].annotation
            if annotation is not None and held[0].parameter >= 0:
                named = self.dotted(annotation, depth + 1)
                return f"{named}()" if "?" not in named else node.id
            if isinstance(value, ast.Name | ast.Attribute | ast.Call):
                named = self.dotted(value, depth + 1)
                return named if "?" not in named else node.id
        return node.id

    def builtin(self, node: ast.Call, name: str) -> bool:
        """Whether a call is of a builtin function that nothing of the file hides."""
        func = node.func
        return (
            isinstance(func, ast.Name)
            and func.id == name
            and func not in self.homes
            and name not in self.aliases
            and name not in self.functions
        )

    def statement(self, node: ast.AST) -> ast.AST:
        """Return the statement that an expression stands in."""
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


def tokens(text: str) -> int:
    """Count words and signs, as a bound for the size of the tree; `MAX_TOKENS` + 1 where there are more."""
    count = 0
    for _ in _TOKEN.finditer(text):
        count += 1
        if count > MAX_TOKENS:
            break
    return count


def read_module(path: str, text: str) -> Module | None:
    """Parse a file; None where it is too long, or no Python that this interpreter reads."""
    if len(text) > MAX_LENGTH or tokens(text) > MAX_TOKENS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the user's own escapes, say
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    module = Module(path=path, lines=re.split(r"\r\n|\r|\n", text), tree=tree)
    _walk(module)
    for held in module.bindings.values():
        held.sort(key=attrgetter("position"))
    _resolve(module)
    return module


def _walk(module: Module) -> None:
    """Note every node once, in the order of the text; a loop, as trees may be deep."""
    stack: list[tuple[ast.AST, ast.AST]] = [(module.tree, module.tree)]
    while stack:
        node, scope = stack.pop()
        module.scopes[node] = scope
        module.kinds.setdefault(type(node), []).append(node)
        _note(module, node, scope)
        if isinstance(node, Function | ast.ClassDef):
            scope = node
        children = list(ast.iter_child_nodes(node))
        for child in reversed(children):
            # Operators and contexts are shared between nodes and say nothing about their place.
            if not isinstance(child, ast.expr_context | ast.operator | ast.boolop | ast.unaryop | ast.cmpop):
                module.parents[child] = node
                stack.append((child, scope))


def _note(module: Module, node: ast.AST, scope: ast.AST) -> None:
    match node:
        case ast.Import(names=names):
            for name in names:
                whole = name.name if name.asname else name.name.split(".")[0]
                module.aliases[name.asname or whole] = whole
        case ast.ImportFrom(names=names, module=source, level=level):
            for name in names:
                module.aliases[name.asname or name.name] = f"{'.' * level}{source or ''}.{name.name}"
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            module.functions.setdefault(node.name, []).append(node)
            _parameters(module, node)
        case ast.Lambda():
            _parameters(module, node)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                _bind(module, target, value, scope)
        case ast.AnnAssign(target=target, annotation=annotation, value=given):
            _bind(module, target, given, scope, annotation=annotation)
        case ast.NamedExpr(target=target, value=value):
            _bind(module, target, value, scope)
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            _bind(module, target, value, scope, each=True)
        case ast.comprehension(target=target, iter=value):
            _bind(module, target, value, scope, each=True)
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            _bind(module, target, value, scope)
        case ast.Attribute(attr=name, ctx=ast.Load()):
            module.reads.setdefault(name, []).append(node)
        case _:
            pass


def _parameters(module: Module, node: Function) -> None:
    held = [*node.args.posonlyargs, *node.args.args]
    defaults = [None] * (len(held) - len(node.args.defaults)) + [*node.args.defaults]
    rest = [item for item in (node.args.vararg, node.args.kwarg) if item is not None]
    named = [*node.args.kwonlyargs, *rest]
    values = [*defaults, *node.args.kw_defaults, *([None] * len(rest))]
    for index, (argument, default) in enumerate(zip([*held, *named], values, strict=False)):
        module.bindings.setdefault((node, argument.arg), []).append(
            Binding(
                value=default,
                position=(node.lineno, -1),
                parameter=index,
                annotation=argument.annotation,
            )
        )


def _bind(
    module: Module,
    target: ast.expr,
    value: ast.expr | None,
    scope: ast.AST,
    *,
    each: bool = False,
    annotation: ast.expr | None = None,
) -> None:
    queue: list[tuple[ast.expr, ast.expr | None]] = [(target, value)]
    while queue:
        one, held = queue.pop()
        match one:
            case ast.Name(id=name):
                after = (one.end_lineno or one.lineno, one.end_col_offset or 0)
                if isinstance(held, ast.expr) and not each:  # `x = f(x)` reads the old one
                    after = (held.end_lineno or held.lineno, held.end_col_offset or 0)
                module.bindings.setdefault((scope, name), []).append(
                    Binding(value=held, each=each, position=after, annotation=annotation)
                )
            case ast.Attribute(attr=name):
                if held is not None:
                    module.stores.setdefault(name, []).append(held)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                queue.extend(zip(parts, _parts(held, len(parts), each=each), strict=True))
            case ast.Starred(value=inner):
                queue.append((inner, None))
            case _:
                pass


def _parts(held: ast.expr | None, count: int, *, each: bool) -> list[ast.expr | None]:
    """Return what each part of a tuple of names is bound to; values of `.items()` stand for its elements."""
    if each and count == 2 and isinstance(held, ast.Call) and isinstance(held.func, ast.Attribute):
        return [None, held if held.func.attr == "items" else None]
    if not each and isinstance(held, ast.Tuple) and len(held.elts) == count:
        return [*held.elts]
    return [None] * count


def _resolve(module: Module) -> None:
    """Find the scope that binds each name that is read; the body of a class is invisible to its methods."""
    for node in module.each(ast.Name):
        if not isinstance(node.ctx, ast.Load):
            continue
        scope: ast.AST | None = module.scopes[node]
        first = True
        while scope is not None:
            if (first or not isinstance(scope, ast.ClassDef)) and (scope, node.id) in module.bindings:
                module.homes[node] = scope
                module.loads.setdefault((scope, node.id), []).append(node)
                break
            first = False
            scope = None if isinstance(scope, ast.Module) else module.scopes.get(scope)
