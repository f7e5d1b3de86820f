# SPDX-License-Identifier: Apache-2.0
"""What parsers of binary values have in common: a place in the bytes, and a count of the values."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.cursor import Cursor
from repro_action.readers.protocol import ReadContext


@dataclass(slots=True)
class BinaryParser:
    """Parses values one after the other.

    Attributes:
        cursor: the place in the bytes.
        context: the limits.
        nodes: values so far.
    """

    cursor: Cursor
    context: ReadContext
    nodes: int = 0

    def count(self, depth: int) -> None:
        """Count a value.

        Raises:
            ArtifactUnreadable: too many, nested too deeply, or time is up.
        """
        self.nodes += 1
        if depth > self.context.limits.depth or 200 * self.nodes > 4 * self.context.limits.memory:
            raise ArtifactUnreadable("it is nested too deep, or has too many values")
        if self.nodes % 4096 == 0:
            self.context.check_time()

    def check_end(self) -> None:
        """Raise ArtifactUnreadable where bytes are left behind the value.

        Raises:
            ArtifactUnreadable: there are bytes after the value.
        """
        if not self.cursor.at_end():
            raise ArtifactUnreadable("there are extra bytes after its value")
