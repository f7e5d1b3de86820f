# SPDX-License-Identifier: Apache-2.0
"""Calls of a library that a rule knows by name, and the arguments that decide what they do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from repro_action.findings.source.rule import LIKELY, POSSIBLE, Likelihood, SourceContext
from repro_action.pyanalysis.syntax import argument, last_part


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryCalls:
    """A row of a table of such calls.

    Attributes:
        package: that the calls belong to.
        names: last parts of what is called.
        options: arguments that decide, the first that is given.
        says: what is wrong with them; empty for the rule's own words.
        by_default: whether it is wrong where none of the options is given.
        source: where that is documented or reported.
    """

    package: str
    names: frozenset[str]
    options: tuple[str, ...]
    says: str = ""
    by_default: bool = True
    source: str = ""

    def given(self, call: ast.Call) -> ast.expr | None:
        """Return the argument that decides; None where it is not given."""
        return argument(call, -1, *self.options)


def calls_in(
    context: SourceContext, table: tuple[LibraryCalls, ...]
) -> Iterator[tuple[ast.Call, LibraryCalls]]:
    """Yield the calls of a file that a table lists, each with its row."""
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        package, name = dotted.partition(".")[0], last_part(dotted)
        for row in table:
            if row.package == package and name in row.names and dotted != package:
                yield call, row


def takes_unknown(call: ast.Call) -> bool:
    """Whether a call is given `**options`, which may hold any argument."""
    return any(item.arg is None for item in call.keywords)


def certainty(call: ast.Call) -> Likelihood:
    """Return how likely it is that an argument which is not to be seen is not given."""
    return POSSIBLE if takes_unknown(call) else LIKELY
