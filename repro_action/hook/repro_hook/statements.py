# SPDX-License-Identifier: Apache-2.0
"""Which names each statement of a source file binds or touches, by scope and line; loaded with a trace only.

The syntax tree is asked rather than bytecode,
because its answer is the same in every version of Python.
"""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MODULE = (0, "<module>")
_NAMES = 8
"""Names looked at in one statement that only calls something."""


class Statement:
    """One statement, or the head of a compound one.

    Attributes:
        line: where it begins, from 1.
        names: what it binds, or what it may change in place.
        low, high: first and last line of the body, for a head; its names are bound only when
            the next line that runs lies there. 0 for a plain statement.
        count: how often its names were recorded.
    """

    __slots__ = ("count", "high", "line", "low", "names")

    def __init__(self, line: int, names: list[str], low: int = 0, high: int = 0) -> None:
        self.line = line
        self.names = names
        self.low = low
        self.high = high
        self.count = 0


def scopes(source: bytes) -> dict[tuple[int, str], dict[int, Statement]]:
    """Return the statements of each function by line; functions go by first line (of decorators) and name.

    Raises:
        SyntaxError, ValueError, RecursionError: this is not Python.
    """
    found: dict[tuple[int, str], dict[int, Statement]] = {MODULE: {}}
    # The scopes still to be read, each with the place for its statements.
    todo: list[tuple[list[ast.stmt], dict[int, Statement]]] = [(ast.parse(source).body, found[MODULE])]
    while todo:
        body, lines = todo.pop()
        for statement in body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min([statement.lineno, *(decorator.lineno for decorator in statement.decorator_list)])
                todo.append((statement.body, found.setdefault((first, statement.name), {})))
            elif isinstance(statement, ast.ClassDef):
                todo.append((statement.body, {}))
            else:
                _add(statement, lines)
                todo.extend((inner, lines) for inner in _bodies(statement))
    return found


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a compound statement: bodies, else, handlers, finally, cases."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if block:
            yield block
    for name in ("handlers", "cases"):
        for part in getattr(statement, name, ()):
            yield part.body


def _add(statement: ast.stmt, lines: dict[int, Statement]) -> None:
    names = list(dict.fromkeys(_names(statement)))
    if not names:
        return
    block = getattr(statement, "body", None)
    last = statement.end_lineno or statement.lineno
    added = Statement(statement.lineno, names)
    if block and block[0].lineno > statement.lineno:
        last = block[0].lineno - 1
        added = Statement(statement.lineno, names, block[0].lineno, block[-1].end_lineno or block[0].lineno)
    other = lines.get(statement.lineno)
    if other is not None:  # several statements on one line
        other.names = list(dict.fromkeys([*other.names, *names]))
        other.low = other.high = 0
        added = other
    for line in range(statement.lineno, last + 1):
        lines[line] = added


def _names(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from _bound(target)
    elif isinstance(statement, (ast.AugAssign, ast.For, ast.AsyncFor)):
        yield from _bound(statement.target)
    elif isinstance(statement, ast.AnnAssign):
        yield from _bound(statement.target) if statement.value is not None else ()
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        for item in statement.items:
            yield from _bound(item.optional_vars) if item.optional_vars is not None else ()
    elif isinstance(statement, ast.Expr):
        yield from _touched(statement.value)


def _bound(target: ast.expr) -> Iterator[str]:
    """Yield the names of a target; of `table["a"]` and `model.alpha`, the name of what is changed."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for part in target.elts:
            yield from _bound(part)
        return
    while isinstance(target, (ast.Attribute, ast.Subscript, ast.Starred)):
        target = target.value
    if isinstance(target, ast.Name):
        yield target.id


def _touched(expression: ast.expr) -> list[str]:
    """Return the names that a bare call may change: `rng.shuffle(order)`, `columns.append(name)`."""
    if isinstance(expression, ast.Await):
        expression = expression.value
    if not isinstance(expression, ast.Call):
        return []
    if isinstance(expression.func, ast.Name) and expression.func.id == "print":
        return []
    names = [node for node in ast.walk(expression) if isinstance(node, ast.Name)]
    ordered = sorted(names, key=lambda node: (node.lineno, node.col_offset))
    return list(dict.fromkeys(node.id for node in ordered))[:_NAMES]
