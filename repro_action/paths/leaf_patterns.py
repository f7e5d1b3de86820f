# SPDX-License-Identifier: Apache-2.0
"""Patterns over leaves inside an artifact: what `byproducts` in the configuration means.

A leaf's path is a list of names: attributes `.coef_`, keys `['fit_seconds']`, indices `[0]`, files and
columns `/age`. A pattern is matched name by name and never against the rendered path, so a file whose
own name reads like another leaf's path matches nothing that was meant for that leaf.

| in a pattern | matches |
| --- | --- |
| `name`, `.name` | an attribute or key of that name; the first of a pattern also a file or column |
| `['name']` | only a key of that name |
| `[3]` | an index or a key |
| `/name` | only a file or column; after a file's name, its dots are part of the name |
| `*`, `?` | any text, one character, inside one name |
| `**` | any number of names, none included |
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache

Positions = frozenset[int]
"""Places in a pattern that may be reached after some names; empty where it cannot match."""

_TOKEN = re.compile(
    r"""\[ (?P<quoted> '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" ) \]
      | \[ (?P<bracket> [^\]]* ) \]
      | (?P<separator> [./] )? (?P<name> (?: \*\* (?=[./\[]|$) ) | (?: (?<=/) \.+ )? [^./\[]+ )
      | (?P<other> . )""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """One name of a pattern: `separator` is `[`, `'` (a quoted key), `.`, `/` or empty."""

    separator: str
    text: str
    exact: bool = False

    @property
    def any(self) -> bool:
        return self.text == "**" and self.separator != "'" and not self.exact

    def fits(self, name: str) -> bool:
        return _compiled(self.text).match(name) is not None


@dataclass(frozen=True, slots=True)
class LeafPattern:
    """A pattern over the names on the way to a leaf.

    Attributes:
        text: as it was written.
        exact: it is the path of a file in a folder, in which no character has a meaning but `/`.
    """

    text: str
    exact: bool = False

    def start(self) -> Positions:
        """Return the positions before the first name is read."""
        return _past_any(_tokens(self.text, self.exact), {0})

    def advance(self, positions: Positions, segment: str) -> Positions:
        """Return the positions after one more rendered segment of a path."""
        for separator, name in _names(segment):
            positions = self._advance(positions, separator, name)
        return positions

    def accepts(self, positions: Positions) -> bool:
        """Whether the names read so far are all that the pattern asks for."""
        return len(_tokens(self.text, self.exact)) in positions

    def matches(self, *segments: str) -> bool:
        """Whether the pattern names the leaf or branch at exactly these segments."""
        positions = self.start()
        for segment in segments:
            positions = self.advance(positions, segment)
        return self.accepts(positions)

    def _advance(self, positions: Positions, separator: str, name: str) -> Positions:
        tokens = _tokens(self.text, self.exact)
        following: set[int] = set()
        for position in positions:
            if position == len(tokens):
                continue
            token = tokens[position]
            if token.any:
                following.add(position)
            elif separator == "/":
                following.update(_file_ends(tokens, position, name))
            elif (
                token.separator != "/"
                and (token.separator != "'" or separator == "'")
                and token.fits(name)
                and not token.exact
            ):
                following.add(position + 1)
        return _past_any(tokens, following)


def literal_leaf(path: str) -> LeafPattern:
    """Return the pattern that matches the file `path` of a folder, whatever characters it has."""
    return LeafPattern(path, exact=True)


def _file_ends(tokens: tuple[_Token, ...], position: int, name: str) -> set[int]:
    """Return the positions after a file's or column's name, whose dots are no separators."""
    first = tokens[position]
    if first.exact:
        return {position + 1} if first.text == name else set()
    if not (first.separator == "/" or position == 0):
        return set()
    ends: set[int] = set()
    text = first.text
    for end in range(position + 1, len(tokens) + 1):
        if _compiled(text).match(name):
            ends.add(end)
        if end == len(tokens) or tokens[end].separator != "." or tokens[end].any:
            break
        text += "." + tokens[end].text
    return ends


def _past_any(tokens: tuple[_Token, ...], positions: set[int]) -> Positions:
    """Add the positions after each `**`, which may stand for no name at all."""
    reached = set(positions)
    for position in range(len(tokens)):
        if position in reached and tokens[position].any:
            reached.add(position + 1)
    return frozenset(reached)


def _names(segment: str) -> tuple[tuple[str, str], ...]:
    """Return the names in one rendered segment: `.args[0]` has two."""
    if segment.startswith("/"):
        return (("/", segment[1:]),)
    head, bracket, rest = segment.partition("[")
    names = [(".", head.removeprefix("."))] if head else []
    if bracket:
        inner = rest.removesuffix("]")
        names.append(("'", _unquoted(inner)) if inner[:1] in {"'", '"'} else ("[", inner))
    return tuple(names)


def _unquoted(text: str) -> str:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        # A long key is shortened, and no longer a literal.
        return text
    return value if isinstance(value, str) else text


@lru_cache(maxsize=256)
def _tokens(text: str, exact: bool) -> tuple[_Token, ...]:
    if exact:
        return tuple(_Token(separator="/", text=part, exact=True) for part in text.split("/"))
    found: list[_Token] = []
    for match in _TOKEN.finditer(text):
        if match["quoted"] is not None:
            found.append(_Token(separator="'", text=_unquoted(match["quoted"])))
        elif match["bracket"] is not None:
            found.append(_Token(separator="[", text=match["bracket"]))
        elif match["name"] is not None:
            found += _split(match["separator"] or "", match["name"])
        else:
            found.append(_Token(separator="", text=match["other"]))
    return tuple(found)


def _split(separator: str, name: str) -> list[_Token]:
    """Part `**` from what it is glued to: `**seconds**` is `**`, `*seconds*`, `**`."""
    if name == "**" or "**" not in name:
        return [_Token(separator=separator, text=name)]
    before = [_Token(separator=separator, text="**")] if name.startswith("**") else []
    after = [_Token(separator="", text="**")] if name.endswith("**") else []
    inner = re.sub(r"\*\*+", "*", name)
    return [*before, _Token(separator=separator if not before else "", text=inner), *after]


@lru_cache(maxsize=1024)
def _compiled(text: str) -> re.Pattern[str]:
    # A bracket in a name is no set of characters.
    return re.compile(translate(text.replace("[", "[[]")))
