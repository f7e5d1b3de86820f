# SPDX-License-Identifier: Apache-2.0
"""What a rule is: a pattern in the source, the variations under which it shows, and its remedy."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from repro_action.observation import ObservationKind
from repro_action.pyanalysis.module import Module
from repro_action.pyanalysis.order import Order
from repro_action.pyanalysis.program import Project
from repro_action.pyanalysis.sets import Sets
from repro_action.pyanalysis.uses import Uses


class Doubt(IntEnum):
    """How likely it is that what a pattern found reaches a result."""

    NONE = 0
    """It is used in a way that shows."""
    SOME = 1
    """It is used in a way that may show."""
    MUCH = 2
    """Most uses of this kind are harmless: a time that is only printed."""
    ALL = 3
    """It is harmless: a listing that is sorted; what was seen at run time there is too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A node that a rule found.

    Attributes:
        node: where it stands.
        doubt: how likely it is harmless.
        says: what is wrong with it, after its text; empty for the rule's own.
    """

    node: ast.AST
    doubt: Doubt = Doubt.NONE
    says: str = ""


@dataclass(slots=True, eq=False)
class Scene:
    """What rules look at: one file, and the project around it."""

    project: Project
    module: Module
    sets: Sets
    order: Order
    uses: Uses

    def dotted(self, node: ast.AST) -> str:
        """Return what an expression names."""
        return self.module.dotted(node)


Find = Callable[[Scene], Iterator[Hit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table.

    Attributes:
        main: variations whose usual cause this is.
        also: variations under which it can show, too.
        says: what is wrong, after the text of the line: `… is used unsorted`.
        remedy: what to write instead; a sentence.
        find: the pattern.
        kind: what the process reports when it runs; None where it reports nothing.
    """

    main: Collection[str]
    says: str
    remedy: str
    find: Find
    also: Collection[str] = field(default=())
    kind: ObservationKind | None = None


def calls_of(names: Collection[str], doubt: Doubt = Doubt.NONE) -> Find:
    """Return a pattern: calls of functions, by dotted name."""

    def find(scene: Scene) -> Iterator[Hit]:
        for call in scene.module.each(ast.Call):
            if scene.dotted(call.func) in names:
                yield Hit(node=call, doubt=doubt)

    return find
