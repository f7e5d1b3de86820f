# SPDX-License-Identifier: Apache-2.0
"""Texts with places that are filled: `%`, `str.format` and f-strings, part by part."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter

UNKNOWN = "\0"
"""Stands for a part of a text that the source alone does not tell."""

_PLACE = re.compile(r"%(?:\((?P<key>\w+)\))?(?P<spec>[-+ #0]*[\d.]*[a-zA-Z])|%%")
_NUMBER = re.compile(r"-?\d{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """One part of a template.

    Attributes:
        text: as it stands, where nothing is filled in.
        key: which of the things given goes here, by number or name; None for none.
        spec: how it is written, such as `03d`.
    """

    text: str = ""
    key: str | int | None = None
    spec: str = ""


def percent_parts(text: str) -> Iterator[TextPart]:
    """Yield the parts of a template of `%`."""
    at, number = 0, 0
    for match in _PLACE.finditer(text):
        yield TextPart(text=text[at : match.start()])
        at = match.end()
        if match["spec"] is None:
            yield TextPart(text="%")
            continue
        key: str | int = match["key"] or number
        number += not match["key"]
        spec = match["spec"]
        yield TextPart(key=key, spec="" if spec[-1] in "sri" and len(spec) == 1 else spec)
    yield TextPart(text=text[at:])


def given_to_percent(node: ast.expr) -> Mapping[str | int, ast.expr]:
    """Return what stands on the right of `%`."""
    match node:
        case ast.Tuple(elts=elements):
            return dict(enumerate(elements))
        case ast.Dict(keys=keys, values=values):
            named = zip(keys, values, strict=True)
            return {str(key.value): value for key, value in named if isinstance(key, ast.Constant)}
    return {0: node}


def format_parts(text: str) -> Iterator[TextPart]:
    """Yield the parts of a template of `str.format`."""
    number = 0
    try:
        for literal, name, spec, conversion in Formatter().parse(text):
            yield TextPart(text=literal)
            if name is None:
                continue
            key: str | int = number if not name else int(name) if name.isdecimal() else name
            number += not name
            yield TextPart(key=key, spec=UNKNOWN if conversion or "{" in (spec or "") else spec or "")
    except ValueError:  # no template at all
        yield TextPart(text=UNKNOWN)


def given_to_format(call: ast.Call) -> Mapping[str | int, ast.expr]:
    """Return what is given to `str.format`."""
    found: dict[str | int, ast.expr] = {item.arg: item.value for item in call.keywords if item.arg}
    for index, item in enumerate(call.args):
        if isinstance(item, ast.Starred):
            break
        found[index] = item
    return found


def literal_spec(node: ast.expr | None) -> str:
    """Return the format of a place in an f-string; `UNKNOWN` for one that is made up."""
    if node is None:
        return ""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = [part.value if isinstance(part, ast.Constant) else UNKNOWN for part in parts]
    return "".join(map(str, texts))


def formatted(text: str, spec: str) -> str:
    """Return how a text, or a number by its digits, is written; `UNKNOWN` where that is not known."""
    if not spec or text == UNKNOWN:
        return text
    number = int(text) if _NUMBER.fullmatch(text) else None
    try:
        return format(number if number is not None and spec[-1:] in "dxob" else text, spec)
    except ValueError:
        return UNKNOWN


def keys_of(node: ast.expr) -> tuple[str, ...]:
    """Return the keys by which a value is looked up from a name: of `cfg["a"].b` they are `a`, `b`."""
    keys: list[str] = []
    while True:
        match node:
            case ast.Subscript(value=base, slice=ast.Constant(value=str(key))):
                keys.append(key)
            case ast.Attribute(value=base, attr=key):
                keys.append(key)
            case ast.Name():
                return tuple(reversed(keys))
            case _:
                return ()
        node = base
