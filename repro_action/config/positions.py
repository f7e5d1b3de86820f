# SPDX-License-Identifier: Apache-2.0
"""On which line of a TOML text each key is; grammar: https://toml.io/en/v1.0.0.

The scanner is for texts that `tomllib` has accepted: it checks nothing, it only counts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
# A multi-line string may end with up to two quotes of its own before the closing three.
_TEXT = re.compile(
    r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}|\'\'\'(?:[^']|'{1,2}(?!'))*'{3,5}'''
    r"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'""",
    re.DOTALL,
)
_OTHER = re.compile(r"[^,\]}\n#]*")


def positions(text: str) -> Mapping[KeyPath, int]:
    """Map every key, table and array element of a valid TOML text to its line, from 1."""
    scanner = _Scanner(text=text)
    # The lines found before it are right, and `line_of` falls back to the nearest parent.
    with suppress(RecursionError):
        scanner.document()
    return scanner.lines


def line_of(lines: Mapping[KeyPath, int], path: KeyPath) -> int | None:
    """Return the line of a key, or of the nearest table around it."""
    prefix = next((path[:length] for length in range(len(path), 0, -1) if path[:length] in lines), None)
    return None if prefix is None else lines[prefix]


@dataclass(slots=True)
class _Scanner:
    text: str
    at: int = 0
    line: int = 1
    counted: int = 0
    lines: dict[KeyPath, int] = field(default_factory=dict)
    counts: dict[KeyPath, int] = field(default_factory=dict)

    def document(self) -> None:
        table: KeyPath = ()
        while True:
            self.skip(_BLANK)
            if self.at >= len(self.text):
                return
            before = self.at
            table = self.header() if self.text[self.at] == "[" else self.pair(table)
            if self.at == before:
                return  # Not TOML; never loop.

    def header(self) -> KeyPath:
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        path = self.resolve(self.keys(), many=many)
        self.at += 2 if many else 1
        self.note(path)
        return path

    def resolve(self, parts: tuple[str, ...], *, many: bool) -> KeyPath:
        """Put the index of the last element behind each name that is an array of tables."""
        path: KeyPath = ()
        for number, part in enumerate(parts, start=1):
            path = (*path, part)
            self.note(path)
            if many and number == len(parts):
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                path = (*path, self.counts[path])
        return path

    def pair(self, table: KeyPath) -> KeyPath:
        path: KeyPath = table
        for part in self.keys():
            path = (*path, part)
            self.note(path)
        self.at += 1  # the equals sign
        self.skip(_SPACE)
        self.value(path)
        return table

    def keys(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            self.skip(_SPACE)
            match = _KEY.match(self.text, self.at)
            if match is None:
                return tuple(parts)
            self.at = match.end()
            parts.append(_plain(match[0]))
            self.skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return tuple(parts)
            self.at += 1

    def value(self, path: KeyPath) -> None:
        match self.text[self.at : self.at + 1]:
            case "[":
                self.array(path)
            case "{":
                self.inline(path)
            case '"' | "'":
                self.skip(_TEXT)
            case _:
                self.skip(_OTHER)

    def array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while True:
            self.skip(_BLANK)
            before = self.at
            if self.text[self.at : self.at + 1] in {"]", ""}:
                self.at += 1
                return
            self.note((*path, index))
            self.value((*path, index))
            index += 1
            self.skip(_BLANK)
            self.at += self.text.startswith(",", self.at)
            if self.at == before:
                return

    def inline(self, path: KeyPath) -> None:
        self.at += 1
        while True:
            self.skip(_BLANK)
            before = self.at
            if self.text[self.at : self.at + 1] in {"}", ""}:
                self.at += 1
                return
            self.pair(path)
            self.skip(_BLANK)
            self.at += self.text.startswith(",", self.at)
            if self.at == before:
                return

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        self.at = self.at if match is None else match.end()

    def note(self, path: KeyPath) -> None:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        self.lines.setdefault(path, self.line)


def _plain(token: str) -> str:
    if token[0] not in "\"'":
        return token
    parsed: object = tomllib.loads(f"key = {token}")["key"]
    return str(parsed)
