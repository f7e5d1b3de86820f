# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a configuration: every problem at once, each with its line and its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro_action.errors import ConfigError
from repro_action.paths.names import normal

if TYPE_CHECKING:
    from repro_action.config.positions import KeyPath

LIMIT = 10
"""Problems that are listed; a longer list would hide the first cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        path: the key, from the top of the configuration.
        what: one sentence without a full stop: what was found against what was expected.
        remedy: what to do about it.
        line: from 1; None where the text has no place for it.
    """

    path: KeyPath
    what: str
    remedy: str = ""
    line: int | None = None


class InvalidConfig(ConfigError):
    """A configuration that was read and is wrong.

    Attributes:
        problems: at most `LIMIT`, in the order of the file.
        total: how many there are.
    """

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        found = list(problems)
        self.total = len(found)
        self.problems = tuple(found[:LIMIT])
        first = self.problems[0]
        if self.total == 1:
            super().__init__(_headed(first), remedy=first.remedy, where=_where(file, first))
            return
        more = [f"and {self.total - LIMIT} more"] if self.total > LIMIT else []
        super().__init__(
            f"the configuration has {self.total} mistakes",
            why="\n".join([*(_listed(file, problem) for problem in self.problems), *more]),
            remedy="Fix them from the top: a later one may follow from an earlier one.",
            where=_where(file, first),
        )


def placed(problems: Iterable[Problem], lines: Mapping[KeyPath, int], prefix: KeyPath) -> list[Problem]:
    """Give each problem its line and sort them by it; those without a line come first.

    Args:
        problems: with paths from the top of the configuration.
        lines: of the whole file.
        prefix: where the configuration is in the file: `("tool", "repro")` in pyproject.toml.
    """
    from repro_action.config.positions import line_of

    with_lines = [
        Problem(
            path=problem.path,
            what=problem.what,
            remedy=problem.remedy,
            line=line_of(lines, (*prefix, *problem.path)),
        )
        for problem in problems
    ]
    return sorted(with_lines, key=lambda problem: (problem.line or 0, str(problem.path)))


def shown(value: object, limit: int = 60) -> str:
    """Render a value on one line for a message; nothing in it can steer a terminal."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def dotted(path: KeyPath) -> str:
    """Render a key for people: `steps[0].inputs[1]`, `metrics."a.json"`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if part.replace("_", "").replace("-", "").isalnum() else shown(part)
            text += f".{name}" if text else name
    return text


def _headed(problem: Problem) -> str:
    return f"{dotted(problem.path)}: {problem.what}" if problem.path else problem.what


def _where(file: str, problem: Problem) -> str:
    return file if problem.line is None else f"{file}:{problem.line}"


def _listed(file: str, problem: Problem) -> str:
    remedy = f" {problem.remedy}" if problem.remedy else ""
    return f"- {_where(file, problem)}: {_headed(problem)}.{remedy}"


def nearest(name: str, names: Sequence[str]) -> str:
    """Return a question that names the path most like another one; empty where none is."""
    import difflib

    close = difflib.get_close_matches(normal(name), names, n=1)
    return f" Did you mean {shown(close[0])}?" if close else ""
