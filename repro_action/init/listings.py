# SPDX-License-Identifier: Apache-2.0
"""Calls that list a folder: `glob.glob("data/*.csv")`, `Path("data").glob("*.csv")`, and the like."""

from __future__ import annotations

import ast
import posixpath
import re
from dataclasses import dataclass

from repro_action.init.source import Source

_GLOBS = {"glob", "iglob"}
_WILDCARD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a call lists.

    Attributes:
        folder: where the pattern starts; None for the current folder.
        pattern: None where everything is listed.
        path: whether `folder` is a path that the call is a method of.
    """

    folder: ast.expr | None
    pattern: ast.expr | None
    path: bool


def listed(call: ast.Call, source: Source) -> Listing | None:
    """Return what a call lists; None where it is no listing."""
    match call.func:
        case ast.Name(id=name) if name in _functions(source):
            return _expanded(call)
        case ast.Attribute(value=ast.Name(id=base), attr=name) if name in _GLOBS and base in _modules(source):
            return _expanded(call)
        case ast.Attribute(value=folder, attr="glob"):
            return Listing(folder=folder, pattern=next(iter(call.args), None), path=True)
        case ast.Attribute(value=folder, attr="rglob" | "iterdir"):
            return Listing(folder=folder, pattern=None, path=True)
    return None


def literal(pattern: str) -> str:
    """Return the folders of a pattern before its first wildcard; the pattern itself if it has none."""
    head = _WILDCARD.split(pattern, maxsplit=1)[0]
    return pattern if head == pattern else posixpath.dirname(head) or "."


def _expanded(call: ast.Call) -> Listing:
    named = {item.arg: item.value for item in call.keywords if item.arg}
    pattern = next(iter(call.args), named.get("pathname"))
    return Listing(folder=named.get("root_dir"), pattern=pattern, path=False)


def _modules(source: Source) -> set[str]:
    return {"glob"} | {held.alias for held in source.imports if held.module == "glob" and not held.name}


def _functions(source: Source) -> set[str]:
    return {held.alias for held in source.imports if held.module == "glob" and held.name in _GLOBS}
