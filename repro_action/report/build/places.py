# SPDX-License-Identifier: Apache-2.0
"""The line of the project's files where a cause is written: a parameter, an edit, a pinned package."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from repro_action.compare.materials import MaterialDifference
from repro_action.findings.suspects import shown_values
from repro_action.fingerprint import MaterialKind
from repro_action.interpreter.trusted import is_of_project
from repro_action.report.build.details import earlier_content, present_content
from repro_action.report.model import Cause
from repro_action.runs.project import Project

MAX_PLACES = 5
"""Causes whose line is looked for: each reads files."""

_LARGEST = 4 << 20
"""Bytes of a file in which a line is looked for."""

_LINES = 20_000
"""Lines of a file that are compared."""

_WIDEST = 2_000
"""Characters of a line that is looked at."""

_LOCKS = (
    "requirements.lock", "requirements.txt", "uv.lock", "poetry.lock", "pylock.toml", "pdm.lock",
    "pixi.lock", "conda-lock.yml", "environment.yml",
)  # fmt: skip
"""Files that pin packages, the most exact first."""

_P = TypeVar("_P", Cause, MaterialDifference)


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseFinder:
    """Knows where causes are written.

    Attributes:
        project: whose causes they are.
        base: revision that the change starts from; empty where unknown.
        accepted: whether the earlier content is that of the baseline's commit, and `base` only perhaps.
    """

    project: Project
    base: str = ""
    accepted: bool = False

    def causes(self, causes: Sequence[Cause]) -> tuple[Cause, ...]:
        """Return causes with the file and line of the first few, as far as the files say them."""
        found = (
            cause if cause.file or cause.kind is None else self._placed(cause, cause.kind, cause.after)
            for cause in causes[:MAX_PLACES]
        )
        return (*found, *causes[MAX_PLACES:])

    def materials(self, materials: Sequence[MaterialDifference]) -> tuple[MaterialDifference, ...]:
        """Return materials that differ with the file and line of the first few."""
        found = (self._placed(one, one.kind, shown_values(one)[1]) for one in materials[:MAX_PLACES])
        return (*found, *materials[MAX_PLACES:])

    def _placed(self, found: _P, kind: MaterialKind, value: str) -> _P:
        file, line = self._place(kind, found.name, value)
        return replace(found, file=file, line=line) if file and self._exists(file) else found

    def _place(self, kind: MaterialKind, name: str, value: str) -> tuple[str, int]:
        config = self.project.config.path.name
        match kind:
            case MaterialKind.CODE:
                return name, self._edited(name)
            case MaterialKind.DATA:
                return name, 0
            case MaterialKind.PARAMS:
                file, _, key = name.partition(": ")
                return file, key_line(self._text(file), key, value)
            case MaterialKind.PACKAGES:
                return self._pinned(name)
            case MaterialKind.STEPS:
                return config, named_line(self._text(config), name)
            case MaterialKind.SEED:
                return config, key_line(self._text(config), "seed", value)
            case _:
                return "", 0

    def _pinned(self, name: str) -> tuple[str, int]:
        """Return the line of the file that pins a package, the configured lock first."""
        files = dict.fromkeys(filter(None, (self.project.config.environment.lock, *_LOCKS)))
        lines = ((file, package_line(self._text(file), name)) for file in files)
        return next((found for found in lines if found[1]), ("", 0))

    def _edited(self, name: str) -> int:
        """Return the first line of a source file that is not as it was accepted; 0 where unknown."""
        new = present_content(self.project, name)
        old = earlier_content(self.project, name, base=self.base, accepted=self.accepted)
        return first_edit(old, new) if old is not None and new is not None else 0

    def _exists(self, file: str) -> bool:
        root = self.project.config.root
        try:
            return (root / file).is_file() and is_of_project(root, root / file)
        except (OSError, ValueError):
            return False

    def _text(self, file: str) -> str:
        data = present_content(self.project, file)
        return data.decode("utf-8", "replace") if data is not None and len(data) <= _LARGEST else ""


def first_edit(old: bytes, new: bytes) -> int:
    """Return the first line of `new` that is not as in `old`, from 1; 0 where no line can be named."""
    if b"\0" in old or b"\0" in new:
        return 0
    before, after = old.decode("utf-8", "replace").splitlines(), new.decode("utf-8", "replace").splitlines()
    if len(before) + len(after) > _LINES:
        return 0
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    place = next((start for tag, _, _, start, _ in matcher.get_opcodes() if tag != "equal"), None)
    return min(place + 1, max(len(after), 1)) if place is not None else 0


def key_line(text: str, key: str, value: str) -> int:
    """Return the line that sets a key of TOML, YAML or JSON; 0 where none does.

    Args:
        text: of the file.
        key: with its tables, such as `model.l2`.
        value: as it is shown; where several lines set such a key, the one that has it is meant.
    """
    *tables, last = key.split(".")
    name = re.escape(last.partition("[")[0])
    sets = re.compile(rf"^[\s{{,-]*(?:[\w\"'][\w.\"'-]*\.)?[\"']?{name}[\"']?\s*[:=]")
    inside = _below(text, tables)
    found = (
        (number not in inside, not value or value not in line, number)
        for number, line in _numbered(text)
        if sets.search(line)
    )
    return min(found, default=(True, True, 0))[2]


def _below(text: str, tables: Sequence[str]) -> range:
    """Return the lines below the head of a table, up to the next head; all where none is named."""
    lines = text.splitlines()
    if not tables:
        return range(1, len(lines) + 1)
    last = re.escape(tables[-1])
    table = rf"\[+(?:[\w.\"'-]+\.)?[\"']?{last}[\"']?\]+"
    head = re.compile(rf"^\s*(?:{table}|[\"']?{last}[\"']?\s*:)\s*[{{]?\s*$")
    start = next((number for number, line in _numbered(text) if head.search(line)), len(lines))
    end = next((n for n, line in _numbered(text) if n > start and line.startswith("[")), len(lines) + 1)
    return range(start + 1, end)


def named_line(text: str, name: str) -> int:
    """Return the line that names a step; 0 where none does."""
    quoted = re.compile(rf"^\s*name\s*=\s*[\"']{re.escape(name)}[\"']")
    return _first(text, quoted)


def package_line(text: str, name: str) -> int:
    """Return the line that pins a package, in the forms of the usual lock files; 0 where none does."""
    spelled = re.sub(r"[-_.]+", "[-_.]+", re.escape(name).replace(r"\-", "-").replace(r"\.", "."))
    pin = re.compile(
        rf"^\s*(?:-\s+)?(?:name\s*[:=]\s*[\"']?{spelled}[\"']?\s*$|{spelled}(?:\[[^\]]*\])?\s*[=~<>!])",
        re.IGNORECASE,
    )
    return _first(text, pin)


def _first(text: str, pattern: re.Pattern[str]) -> int:
    return next((number for number, line in _numbered(text) if pattern.search(line)), 0)


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    lines: Iterable[str] = text.splitlines()
    return ((number, line) for number, line in enumerate(lines, start=1) if len(line) <= _WIDEST)
