# SPDX-License-Identifier: Apache-2.0
"""Values that a Python file assigns as literals: parameters that are written as code."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping


def literal_values(text: str) -> Mapping[str, object]:
    """Return what the top of a file, its classes and their `__init__` assign: `Train.lr` → 0.1.

    What is no literal is left out, and so is all of a text that is no Python.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return dict(_assigned(tree.body, ""))


def _assigned(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, object]]:
    for statement in body:
        match statement:
            case (
                ast.Assign(targets=[target], value=value)
                | ast.AnnAssign(target=target, value=ast.expr() as value)
            ):
                name = _name(target)
                if name:
                    try:
                        yield f"{prefix}{name}", ast.literal_eval(value)
                    except (ValueError, TypeError, RecursionError, MemoryError):
                        continue
            case ast.ClassDef(name=name, body=inner) if not prefix:
                yield from _assigned(inner, f"{name}.")
            case ast.FunctionDef(name="__init__", body=inner) if prefix:
                yield from _assigned(inner, prefix)


def _name(target: ast.expr) -> str:
    """Return the name that is assigned to, of an attribute that of `self`; empty for others."""
    match target:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name
    return ""
