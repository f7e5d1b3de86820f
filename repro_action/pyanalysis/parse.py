# SPDX-License-Identifier: Apache-2.0
"""From the text of a file to a `SourceModule`, within bounds of length and number of words."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from operator import attrgetter

from repro_action.pyanalysis.imports import imported_names
from repro_action.pyanalysis.module import Binding, SourceModule
from repro_action.pyanalysis.syntax import Function, asks_for_main

MAX_LENGTH = 2 << 20
"""Characters of one file."""

MAX_TOKENS = 150_000
"""What a person writes is shorter; trees of longer files take gigabytes."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
# Operators and contexts are shared between nodes and have no position of their own.
_SHARED = ast.expr_context | ast.operator | ast.boolop | ast.unaryop | ast.cmpop


def count_tokens(text: str) -> int:
    """Count words and signs, as a bound for the size of the tree; `MAX_TOKENS` + 1 where there are more."""
    if len(text) > MAX_LENGTH:
        return MAX_TOKENS + 1
    count = 0
    for _ in _TOKEN.finditer(text):
        count += 1
        if count > MAX_TOKENS:
            break
    return count


def parse_source(text: str | bytes) -> ast.Module | None:
    """Parse a file; None where it is too long, or not Python that this interpreter reads."""
    # Bytes may name their encoding in the first lines; for counting, any one-byte reading does.
    counted = text if isinstance(text, str) else text.decode("latin-1")
    if count_tokens(counted) > MAX_TOKENS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the user's own escapes, say
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def read_module(path: str, text: str, *, entry: bool = True) -> SourceModule | None:
    """Read a file; None where it is too long, or not Python that this interpreter reads.

    Args:
        path: relative to the project.
        text: its content.
        entry: whether the file may be the script itself; otherwise the part under
            `if __name__ == "__main__"` is left out.
    """
    tree = parse_source(text)
    if tree is None:
        return None
    module = SourceModule(path=path, lines=re.split(r"\r\n|\r|\n", text), tree=tree)
    _walk(module, entry=entry)
    for bindings in module.bindings.values():
        bindings.sort(key=attrgetter("position"))
    return module


def _walk(module: SourceModule, *, entry: bool) -> None:
    """Note every node once, in the order of the text; a loop, as trees may be deep."""
    stack: list[tuple[ast.AST, ast.AST]] = [(module.tree, module.tree)]
    while stack:
        node, scope = stack.pop()
        if not entry and asks_for_main(node):
            continue
        module.scopes[node] = scope
        module.nodes.setdefault(type(node), []).append(node)
        _note(module, node, scope)
        children = list(_children(module, node, scope))
        for child, inner in reversed(children):
            module.parents[child] = node
            stack.append((child, inner))


def _children(module: SourceModule, node: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield the nodes below one, each with its scope.

    Decorators, defaults, annotations and bases are evaluated outside of what they belong to.
    """
    inside: type[ast.AST] | tuple[type[ast.AST], ...] = ast.AST
    inner, outer = scope, scope
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            inner, inside = node, (ast.stmt, ast.arguments)
        case ast.ClassDef():
            inner, inside = node, ast.stmt
        case ast.Lambda():
            inner = node
        case ast.arguments():
            outer, inside = module.scopes[scope], ast.arg
        case ast.arg():
            inner = module.scopes[scope]
        case _:
            pass
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _SHARED):
            yield child, inner if isinstance(child, inside) else outer


def _note(module: SourceModule, node: ast.AST, scope: ast.AST) -> None:
    match node:
        case ast.Import() | ast.ImportFrom():
            module.imports.extend(imported_names(node))
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            module.functions.setdefault(node.name, []).append(node)
            _bind_parameters(module, node)
        case ast.Lambda():
            _bind_parameters(module, node)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                _bind(module, target, value, scope)
        case ast.AnnAssign(target=target, annotation=annotation, value=given):
            _bind(module, target, given, scope, annotation=annotation)
        case ast.NamedExpr(target=target, value=value):
            _bind(module, target, value, scope)
        case (
            ast.For(target=target, iter=value)
            | ast.AsyncFor(target=target, iter=value)
            | ast.comprehension(target=target, iter=value)
        ):
            _bind(module, target, value, scope, each=True)
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            _bind(module, target, value, scope)
        case ast.Attribute(attr=name, ctx=ast.Load()):
            module.reads.setdefault(name, []).append(node)
        case _:
            pass


def _bind_parameters(module: SourceModule, node: Function) -> None:
    positional = [*node.args.posonlyargs, *node.args.args]
    defaults = [None] * (len(positional) - len(node.args.defaults)) + [*node.args.defaults]
    rest = [item for item in (node.args.vararg, node.args.kwarg) if item is not None]
    others = [*node.args.kwonlyargs, *rest]
    values = [*defaults, *node.args.kw_defaults, *([None] * len(rest))]
    for index, (parameter, default) in enumerate(zip([*positional, *others], values, strict=False)):
        module.bindings.setdefault((node, parameter.arg), []).append(
            Binding(
                value=default,
                position=(node.lineno, -1),
                parameter=index,
                annotation=parameter.annotation,
            )
        )


def _bind(
    module: SourceModule,
    target: ast.expr,
    value: ast.expr | None,
    scope: ast.AST,
    *,
    each: bool = False,
    annotation: ast.expr | None = None,
) -> None:
    queue: list[tuple[ast.expr, ast.expr | None]] = [(target, value)]
    while queue:
        one, given = queue.pop()
        match one:
            case ast.Name(id=name):
                after = (one.end_lineno or one.lineno, one.end_col_offset or 0)
                if isinstance(given, ast.expr) and not each:  # `x = f(x)` reads the old one
                    after = (given.end_lineno or given.lineno, given.end_col_offset or 0)
                module.bindings.setdefault((scope, name), []).append(
                    Binding(value=given, each=each, position=after, annotation=annotation)
                )
            case ast.Attribute(attr=name):
                if given is not None:
                    module.stores.setdefault(name, []).append(given)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                queue.extend(zip(parts, _parts(given, len(parts), each=each), strict=True))
            case ast.Starred(value=inner):
                queue.append((inner, None))
            case _:
                pass


def _parts(value: ast.expr | None, count: int, *, each: bool) -> list[ast.expr | None]:
    """Return what each part of a tuple of names is bound to; of `.items()`, the second stands for values."""
    if each and count == 2 and isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return [None, value if value.func.attr == "items" else None]
    if not each and isinstance(value, ast.Tuple) and len(value.elts) == count:
        return [*value.elts]
    return [None] * count
