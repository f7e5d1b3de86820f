# SPDX-License-Identifier: Apache-2.0
"""Optuna's journal: one operation a line, without the times and the ids of workers in it.

See JournalFileBackend and JournalStorage of Optuna; the reader goes by the keys of the first line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from repro_action.readers.json.parsing import json_value
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole_text
from repro_action.tree import Excluded, Tree

RULE = "optuna-journal"
_MOST = 10_000
_JOURNAL = re.compile(rb'\{"op_code": ?\d+, ?"worker_id": ?"[0-9a-f-]{36}')
_ACCIDENTAL = frozenset({"worker_id", "datetime_start", "datetime_complete"})


class OptunaJournalReader:
    """Reads the operations in their order."""

    name = "optuna-journal"
    size_limit = SizeLimit(copies=10)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the keys of the first line."""
        del source
        return bool(_JOURNAL.match(head))

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the values.

        Raises:
            ArtifactUnreadable: a line is not valid JSON, or it is too large.
        """
        text = whole_text(source, context, copies=self.size_limit.copies)
        excluded: list[Excluded] = []
        values: list[object] = []
        for number, line in enumerate(text.split("\n")):
            if number % 1024 == 0:
                context.check_time()
            if line.strip():
                value = json_value(line, called=f"line {number + 1} is ")
                if isinstance(value, dict):
                    excluded += _leave_out(value, len(values))
                values.append(value)
        return Tree(format=self.name, root=value_tree(values, context), excluded=tuple(excluded[:_MOST]))


def _leave_out(value: dict[str, object], index: int) -> Iterator[Excluded]:
    for key in sorted(_ACCIDENTAL & value.keys()):
        del value[key]
        yield Excluded(path=f"[{index}]['{key}']", rule=RULE)
