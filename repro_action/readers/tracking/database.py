# SPDX-License-Identifier: Apache-2.0
"""Databases whose tables have a meaning that repro knows: by what one is recognized, and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from repro_action.readers.arrays import name_segment
from repro_action.readers.protocol import ReadContext
from repro_action.readers.tables.columns import column
from repro_action.tree import Excluded, Node, branch

Table = Mapping[str, Sequence[object]]
"""Columns by name, of one length; rows in the order of insertion."""
Parts = tuple[list[tuple[str, Node]], list[Excluded]]
"""The children of a tree, and what was left out of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseMeaning:
    """What a program's database means.

    Attributes:
        format: of the tree.
        tables: names that no other program's database has together.
        read: makes the parts of a tree from the tables by name; raises ArtifactUnreadable where a column is
            missing, or a cell is of another type than the program writes.
    """

    format: str
    tables: frozenset[str]
    read: Callable[[Mapping[str, Table], ReadContext], Parts]


def rows(table: Table, *names: str) -> Iterator[tuple[object, ...]]:
    """Yield the cells of some columns, row by row.

    Raises:
        KeyError: a column is missing.
    """
    return zip(*(table[name] for name in names), strict=True)


def table_node(table: Table, context: ReadContext) -> Node:
    """Return a table without a meaning of its own, column by column."""
    nodes = [(name_segment(name), column(cells, context)) for name, cells in table.items()]
    return branch(nodes, type="table", ordered=True, algorithm=context.digester.algorithm)
