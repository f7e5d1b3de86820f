# SPDX-License-Identifier: Apache-2.0
"""Calls that list a folder: `glob.glob("data/*.csv")`, `Path("data").glob("*.csv")`, and the like."""

from __future__ import annotations

import ast
import posixpath
import re
from dataclasses import dataclass

from repro_action.pyanalysis.module import SourceModule

_GLOBS = {"glob.glob", "glob.iglob"}
_WILDCARD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingCall:
    """What a call lists.

    Attributes:
        folder: where the pattern starts; None for the current folder.
        pattern: None where everything is listed.
    """

    folder: ast.expr | None
    pattern: ast.expr | None


def listing_call(call: ast.Call, module: SourceModule) -> ListingCall | None:
    """Return what a call lists; None where it lists nothing."""
    if module.dotted(call.func) in _GLOBS:
        named = {item.arg: item.value for item in call.keywords if item.arg}
        pattern = next(iter(call.args), named.get("pathname"))
        return ListingCall(folder=named.get("root_dir"), pattern=pattern)
    match call.func:
        case ast.Attribute(value=folder, attr="glob"):
            return ListingCall(folder=folder, pattern=next(iter(call.args), None))
        case ast.Attribute(value=folder, attr="rglob" | "iterdir"):
            return ListingCall(folder=folder, pattern=None)
    return None


def literal_part(pattern: str) -> str:
    """Return the folders of a pattern before its first wildcard; the pattern itself if it has none."""
    head = _WILDCARD.split(pattern, maxsplit=1)[0]
    return pattern if head == pattern else posixpath.dirname(head) or "."
