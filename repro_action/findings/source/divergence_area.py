# SPDX-License-Identifier: Apache-2.0
"""Which lines are near the first divergence of two runs."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from repro_action.observation import Divergence
from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.program import SourceProgram
from repro_action.pyanalysis.syntax import Defined

_NEAR = 12
"""So many lines before the one that diverged first are still near it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DivergenceArea:
    """The lines at which two runs parted: of the function, or around a call.

    Attributes:
        file, line, function: of the first call that differs.
        spans: (file, first line, last line, distance): the nearest first.
    """

    file: str = ""
    line: int = 0
    function: str = ""
    spans: tuple[tuple[str, int, int, int], ...] = ()

    @classmethod
    def of(cls, program: SourceProgram, divergence: Divergence | None) -> DivergenceArea:
        """Return where two runs parted; nothing where there is no trace."""
        call = (divergence.after or divergence.before) if divergence is not None else None
        if call is None:
            return cls()
        spans: list[tuple[str, int, int, int]] = []
        own = _function_at(program.modules.get(call.file), call.line)
        if own is not None:
            spans.append((call.file, _first(own), own.end_lineno or own.lineno, 0))
        else:
            spans += _before(program, call.file, call.line)
        file, _, line = call.caller.rpartition(":")
        if file and line.isascii() and line.isdigit() and len(line) < 8:
            spans += [(*span[:3], span[3] + 100) for span in _before(program, file, int(line))]
        return cls(file=call.file, line=call.line, function=call.function, spans=tuple(spans))

    def distance(self, path: str, lines: tuple[int, int]) -> int | None:
        """Return how far lines, first and last, are from where the runs parted; None where not near."""
        begin, end = lines
        distances = [
            distance + (0 if first == last else max(0, last - end))
            for file, first, last, distance in self.spans
            if file == path and first <= end and begin <= last
        ]
        return min(distances, default=None)


def _before(program: SourceProgram, file: str, line: int) -> list[tuple[str, int, int, int]]:
    """Return the statement at a line, and some lines before it in the same function."""
    module = program.modules.get(file)
    if module is None:
        return [(file, line, line, 0)]
    heads = [_first(node) for node in _functions(module) if _first(node) <= line <= (node.end_lineno or 0)]
    start = max(heads, default=1)
    return [(file, line, line, 0), (file, max(start, line - _NEAR), line, 1)]


def _functions(module: SourceModule) -> list[Defined]:
    return [*module.each(ast.FunctionDef), *module.each(ast.AsyncFunctionDef)]


def _function_at(module: SourceModule | None, line: int) -> Defined | None:
    """Return the function whose head, decorators included, stands at a line."""
    if module is None:
        return None
    return next((node for node in _functions(module) if _first(node) <= line <= node.lineno), None)


def _first(node: Defined) -> int:
    return min([node.lineno, *(mark.lineno for mark in node.decorator_list)])
