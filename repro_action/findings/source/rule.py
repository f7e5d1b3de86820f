# SPDX-License-Identifier: Apache-2.0
"""What a rule is: a pattern in the source, the variations under which it shows, and its remedy."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.observation import ObservationKind
from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.order import OrderTracker
from repro_action.pyanalysis.program import SourceProgram
from repro_action.pyanalysis.sets import SetTypes
from repro_action.pyanalysis.uses import ValueUses


class Likelihood(IntEnum):
    """How likely it is that what a pattern found reaches a result; the smaller, the likelier."""

    LIKELY = 0
    """It is used in a way that shows."""
    POSSIBLE = 1
    """It is used in a way that may show."""
    UNLIKELY = 2
    """Most uses of this kind are harmless: the name of a temporary file."""
    HARMLESS = 3
    """It cannot show: a listing that is sorted, a time that is only printed; what was seen at run time
    there neither."""


LIKELY, POSSIBLE, UNLIKELY, HARMLESS = Likelihood


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHit:
    """A node that a rule found.

    Attributes:
        node: where it stands.
        likelihood: that it reaches a result.
        says: what is wrong with it, after its text; empty for the rule's own.
    """

    node: ast.AST
    likelihood: Likelihood = LIKELY
    says: str = ""


@dataclass(slots=True, eq=False)
class SourceContext:
    """What rules look at: one file, and the project around it.

    Attributes:
        program: all files that ran.
        module: the file that is looked at.
        sets: which expressions are sets.
        order: whether an order reaches a result.
        uses: what becomes of a value.
        seeded: libraries whose global generator is given a seed somewhere.
    """

    program: SourceProgram
    module: SourceModule
    sets: SetTypes
    order: OrderTracker
    uses: ValueUses
    seeded: frozenset[str]

    def dotted(self, node: ast.AST) -> str:
        """Return what an expression names."""
        return self.module.dotted(node)

    def unless_shown(self, node: ast.AST, otherwise: Likelihood = LIKELY) -> Likelihood:
        """Return that a value is harmless where it is only printed or logged."""
        return HARMLESS if self.uses.only_shown(self.module, node) else otherwise

    def if_ordered(self, node: ast.AST) -> Likelihood:
        """Return that a sequence is harmless where its order reaches no result."""
        return LIKELY if self.order.matters(self.module, node) else HARMLESS


Find = Callable[[SourceContext], Iterator[RuleHit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRule:
    """One row of the table.

    Attributes:
        main: variations whose usual cause this is.
        also: variations under which it can show, too.
        says: what is wrong, after the text of the line: `… is used unsorted`.
        remedy: what to write instead.
        find: the pattern.
        kind: what the process reports when it runs; None where it reports nothing.
        race: whether chance decides among few outcomes, so that runs that agree prove little.
        overrules: whether it says more of a line than what a process was seen to do there.
        library: whose draws elsewhere the line explains, too; empty for none.
    """

    main: Collection[str]
    says: str
    remedy: SourceRemedy
    find: Find
    also: Collection[str] = field(default=())
    kind: ObservationKind | None = None
    race: bool = False
    overrules: bool = False
    library: str = ""


def calls_of(names: Collection[str], likelihood: Likelihood = LIKELY) -> Find:
    """Return a pattern: calls of functions, by dotted name."""

    def find(context: SourceContext) -> Iterator[RuleHit]:
        for call in context.module.each(ast.Call):
            if context.dotted(call.func) in names:
                yield RuleHit(node=call, likelihood=likelihood)

    return find
