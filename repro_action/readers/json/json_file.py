# SPDX-License-Identifier: Apache-2.0
"""JSON: the order of keys and white space are the container's.

A list of numbers, or a rectangular list of lists of them, is one array: `<i8` where every
number is whole, `<f8` where any is not (which ones are whole is content), `|b1` of booleans; a
list of strings is one array of texts. Anything else is a branch.
"""

from __future__ import annotations

import json

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.json.accidental import leave_out
from repro_action.readers.json.parsing import check_cost, read_text_of, unique_keys
from repro_action.readers.json.records import table_of_entries, table_of_records
from repro_action.readers.plain_values import ValueBuilder
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit
from repro_action.tree import Node, Tree


class JsonReader:
    """Reads `.json` files."""

    name = "json"
    size_limit = SizeLimit(copies=1, also="values: {memory*16} in memory")

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix."""
        del head
        return source.name.lower().endswith(".json")

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the value.

        Raises:
            ArtifactUnreadable: the JSON is not valid, has a key twice in an object, is too large or too deep.
        """
        value = _parse(source, context)
        excluded = leave_out(value)
        return Tree(format=self.name, root=JsonBuilder(context).node(value, 0), excluded=tuple(excluded))


def _parse(source: Source, context: ReadContext) -> object:
    check_cost(source, context)
    try:
        return json.loads(read_text_of(source), object_pairs_hook=unique_keys)
    except RecursionError as error:
        raise ArtifactUnreadable(f"it is nested more than {context.limits.depth} levels deep") from error
    except ValueError as error:
        raise ArtifactUnreadable(f"not valid JSON: {str(error)[:200]}") from error


class JsonBuilder(ValueBuilder):
    """Makes leaves and branches of JSON values; many records or entries side by side are a table."""

    def table(self, value: object, depth: int) -> Node | None:
        """Return records or entries by column; None where they are not many."""
        match value:
            case dict() if self.context.tables:
                return table_of_entries(value, self.context)
            case list() if self.context.tables:
                return table_of_records(value, depth, self.context)
        return None
