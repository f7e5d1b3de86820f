# SPDX-License-Identifier: Apache-2.0
"""Rendered paths of leaves as names that do not depend on the container: `['layers.0.W']` → layers, 0, W."""

from __future__ import annotations

import ast
import re

Name = tuple[str, ...]
"""What a path is made of, from above: attributes, keys, indexes and members."""

_SEGMENT = re.compile(
    r"""\[(b?'(?:[^'\\]|\\.)*'|b?"(?:[^"\\]|\\.)*")\]|\[([^\]]*)\]|[./]?([^./\[]+)|[./\[]""", re.DOTALL
)
_SPLIT = re.compile(r"[./]")


def name_of(path: str) -> Name:
    """Return what a rendered path names.

    A key with dots or slashes counts as several parts: that is how containers without nesting write it.
    """
    parts: list[str] = []
    for quoted, index, plain in _SEGMENT.findall(path):
        text = _unquoted(quoted) if quoted else index or plain
        parts.extend(part for part in _SPLIT.split(text) if part)
    return tuple(parts)


def loose(name: Name) -> Name:
    """Return a name without the underscores that attributes of fitted models end with, in small letters."""
    return tuple(part.rstrip("_").lower() or part for part in name)


def _unquoted(text: str) -> str:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value if isinstance(value, str) else text
