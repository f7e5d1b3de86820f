# SPDX-License-Identifier: Apache-2.0
"""TOML: values by key; comments, order of keys and layout are the container's."""

from __future__ import annotations

import tomllib

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole_text
from repro_action.tree import Tree


class TomlReader:
    """Reads `.toml` files."""

    name = "toml"
    size_limit = SizeLimit(copies=12)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix."""
        del head
        return source.name.lower().endswith(".toml")

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the table.

        Raises:
            ArtifactUnreadable: not valid TOML, or too large.
        """
        try:
            value = tomllib.loads(whole_text(source, context, copies=self.size_limit.copies))
        except (ValueError, RecursionError) as error:
            raise ArtifactUnreadable(f"not valid TOML: {str(error)[:200]}") from error
        return Tree(format=self.name, root=value_tree(value, context))
