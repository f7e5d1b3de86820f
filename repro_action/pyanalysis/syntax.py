# SPDX-License-Identifier: Apache-2.0
"""Small questions to single nodes of a syntax tree: names, arguments, literals."""

from __future__ import annotations

import ast

Defined = ast.FunctionDef | ast.AsyncFunctionDef
Function = Defined | ast.Lambda


def last_name(node: ast.AST) -> str:
    """Return the last part of what an expression names: `a.b.c` → `c`; empty for other expressions."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def last_part(dotted: str) -> str:
    """Return the last part of a dotted name."""
    return dotted.rpartition(".")[2]


def argument(call: ast.Call, index: int, *names: str) -> ast.expr | None:
    """Return an argument by position or by name; `index` -1 for by name only."""
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    given = call.args[: index + 1]
    if index < 0 or any(isinstance(item, ast.Starred) for item in given) or len(given) <= index:
        return None
    return given[index]


def constant(node: ast.AST | None) -> object:
    """Return the value of a literal; `...` where the expression is none."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return -value
    return ...


def literal_text(node: ast.AST | None) -> str:
    """Return a literal text; empty where the expression is none."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def asks_for_main(node: ast.AST) -> bool:
    """Whether a statement is `if __name__ == …`."""
    match node:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
    return False
