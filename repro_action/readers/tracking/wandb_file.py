# SPDX-License-Identifier: Apache-2.0
"""W&B's offline runs (`run-….wandb`): configuration, history by key and step, summary.

Blocks of 32 KiB with records as in LevelDB's log, each a message `Record` of wandb_internal.proto. Ids,
times, the machine, telemetry and what was printed are byproducts, which are left out by a rule.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import bytes_leaf, key_segment, text_leaf
from repro_action.readers.cursor import Cursor
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protobuf import fields, message, one_number, one_text
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.tables.columns import column
from repro_action.readers.whole import SizeLimit, whole
from repro_action.tree import Excluded, Node, Tree, branch

RULE = "wandb-byproducts"
MAGIC = b":W&B\xe1\xbe\x00"
_BLOCK, _HEAD = 32 << 10, 7
_HISTORY, _SUMMARY, _CONFIG, _RUN = 2, 3, 5, 17
_NAMES = {
    1: "num",
    4: "output",
    6: "files",
    7: "stats",
    8: "artifact",
    9: "tbrecord",
    10: "alert",
    11: "telemetry",
    12: "metric",
    13: "output_raw",
    16: "control",
    17: "run",
    18: "exit",
    19: "uuid",
    20: "final",
    21: "header",
    22: "footer",
    23: "preempting",
    24: "noop_link_artifact",
    25: "use_artifact",
    26: "environment",
    27: "output_logger",
    100: "request",
    200: "_info",
}
_BYPRODUCTS = frozenset({1, 4, 6, 7, 11, 13, 16, 17, 18, 19, 20, 21, 22, 23, 26, 27, 100, 200})
"""With the number of a record, how it is to be sent, and its id."""
_OWN = frozenset({"_timestamp", "_runtime", "_wandb", "_step"})

Keys = tuple[str, ...]
"""A key, after those of the tables around it: a dot in a name makes no table."""


@dataclass(slots=True)
class _WandbRun:
    history: list[tuple[int, dict[Keys, object]]] = field(default_factory=list)
    summary: dict[str, object] = field(default_factory=dict)
    config: dict[str, object] = field(default_factory=dict)
    others: list[tuple[str, Node]] = field(default_factory=list)
    left: set[str] = field(default_factory=set)


class WandbReader:
    """Reads the file that a run without network leaves."""

    name = "wandb"
    size_limit = SizeLimit(copies=8)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number."""
        del source
        return head.startswith(MAGIC)

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the run.

        Raises:
            ArtifactUnreadable: malformed, or too large.
        """
        run = _WandbRun()
        for data in _records(whole(source, context, copies=self.size_limit.copies), context):
            for number, _, value in fields(data, context, what="record"):
                _add(run, number, value, context)
        algorithm = context.digester.algorithm
        keys = sorted({key for _, row in run.history for key in row})
        columns: list[tuple[str, Node]] = [
            (f".history{_path(key)}", column([row.get(key) for _, row in run.history], context))
            for key in keys
        ]
        children = [
            *columns,
            (".steps", value_tree([step for step, _ in run.history], context)),
            (".summary", value_tree(run.summary, context)),
            (".config", value_tree(run.config, context)),
            *run.others,
        ]
        root = branch(children, type="wandb", algorithm=algorithm)
        return Tree(
            format=self.name,
            root=root,
            excluded=tuple(Excluded(path=path, rule=RULE) for path in sorted(run.left)),
        )


def _records(data: bytes, context: ReadContext) -> list[bytes]:
    records: list[bytes] = []
    parts: list[bytes] = []
    cursor = Cursor(data, len(MAGIC))
    while not cursor.at_end():
        context.check_time()
        if _BLOCK - cursor.place % _BLOCK < _HEAD:
            cursor.place += _BLOCK - cursor.place % _BLOCK
            continue
        cursor.take(4)
        size, kind = cursor.number("H"), cursor.number("B")
        if not 1 <= kind <= 4 or (kind in {1, 2}) != (not parts):
            raise ArtifactUnreadable("a record in it is malformed")
        parts.append(cursor.take(size))
        if kind in {1, 4}:
            records.append(b"".join(parts))
            parts = []
    if parts:
        raise ArtifactUnreadable("it is cut off inside a record")
    return records


def _add(run: _WandbRun, number: int, value: int | bytes, context: ReadContext) -> None:
    name = _NAMES.get(number, f"field_{number}")
    if number == _HISTORY and isinstance(value, bytes):
        found = message(value, context, what="history")
        step = found.get(2, [b""])[-1]
        row = _items(found.get(1, []), run, "history", context)
        run.history.append((one_number(message(step, context), 1) if isinstance(step, bytes) else 0, row))
    elif number in {_SUMMARY, _CONFIG} and isinstance(value, bytes):
        table = run.summary if number == _SUMMARY else run.config
        found = message(value, context, what=name)
        where = "summary" if number == _SUMMARY else "config"
        for key, new in _items(found.get(1, []), run, where, context).items():
            _around(table, key)[key[-1]] = new
        for key in _items(found.get(2, []), run, where, context):
            _around(table, key).pop(key[-1], None)
    elif number in _BYPRODUCTS:
        run.left.add(name)
        if number == _RUN and isinstance(value, bytes):
            # What a run starts with stands among its ids and times.
            for config in message(value, context, what="run").get(4, []):
                _add(run, _CONFIG, config, context)
    else:
        leaf = bytes_leaf(value, context) if isinstance(value, bytes) else text_leaf(str(value), context)
        run.others.append((f".{name}[{len(run.others)}]", leaf))


def _path(keys: Keys) -> str:
    return "".join(map(key_segment, keys))


def _around(table: dict[str, object], keys: Keys) -> dict[str, object]:
    """Return the table that holds a key; what is none on the way to it becomes one."""
    for key in keys[:-1]:
        inner = table.get(key)
        if not isinstance(inner, dict):
            inner = table[key] = {}
        table = inner
    return table


def _items(items: list[int | bytes], run: _WandbRun, where: str, context: ReadContext) -> dict[Keys, object]:
    """Return keys and values, each in JSON."""
    table: dict[Keys, object] = {}
    for item in items:
        if not isinstance(item, bytes):
            raise ArtifactUnreadable("an item in it is malformed")
        found = message(item, context, what="item")
        nested = tuple(
            part.decode("utf-8", "surrogateescape") for part in found.get(2, []) if isinstance(part, bytes)
        )
        key = nested or (one_text(found, 1),)
        if key[0] in _OWN:
            run.left.add(f"{where}{_path(key)}")
            continue
        try:
            value: object = json.loads(one_text(found, 16) or "null")
        except (ValueError, RecursionError) as error:
            raise ArtifactUnreadable(f"the value of {_path(key)[:80]} is not valid JSON") from error
        if key in table:
            raise ArtifactUnreadable(f"a record has the key {_path(key)[:80]} twice")
        table[key] = value
    return table
