# SPDX-License-Identifier: Apache-2.0
"""TensorBoard's event files: steps and values by tag; when an event was written is left out by a rule.

Each record is a length, its checksum, one message `Event` and its checksum; see event.proto and summary.proto
of TensorFlow. The checksums guard what is compared itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import array_leaf, bytes_leaf, key_segment
from repro_action.readers.cursor import Cursor
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protobuf import fields, message, one_text, signed
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole
from repro_action.tree import Excluded, Node, Tree, branch

RULE = "tensorboard-times"
_VERSION = b"brain.Event:"


class EventsReader:
    """Reads files of events."""

    name = "tensorboard"
    size_limit = SizeLimit(copies=8)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the first record, which names the version of the format."""
        del source
        return _VERSION in head[12:64] and head[4:8] == bytes(4)

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every event.

        Raises:
            ArtifactUnreadable: malformed, cut off, or too large.
        """
        cursor = Cursor(whole(source, context, copies=self.size_limit.copies))
        scalars: dict[str, tuple[list[int], list[bytes]]] = {}
        others: list[tuple[str, Node]] = []
        for number, event in enumerate(_records(cursor, context)):
            step = 0
            for field, _, value in fields(event, context, what="event"):
                if field == 2 and isinstance(value, int):
                    step = signed(value)
                elif field == 5 and isinstance(value, bytes):
                    others += _summary(value, (number, step), scalars, context)
                elif field != 1:
                    others.append((f".events[{number}].field_{field}[{len(others)}]", _leaf(value, context)))
        children = [*others, *(_scalar(tag, *found, context) for tag, found in scalars.items())]
        root = branch(children, type="tensorboard", algorithm=context.digester.algorithm)
        return Tree(format=self.name, root=root, excluded=(Excluded(path="wall_time", rule=RULE),))


def _records(cursor: Cursor, context: ReadContext) -> Iterator[bytes]:
    while not cursor.at_end():
        context.check_time()
        size = cursor.number("Q")
        cursor.take(4)
        yield cursor.take(size)
        cursor.take(4)


def _summary(
    data: bytes,
    place: tuple[int, int],
    scalars: dict[str, tuple[list[int], list[bytes]]],
    context: ReadContext,
) -> Iterator[tuple[str, Node]]:
    """Collect scalars by tag; yield every other value with its step."""
    number, step = place
    for index, (_, _, value) in enumerate(fields(data, context, what="summary")):
        if not isinstance(value, bytes):
            raise ArtifactUnreadable("a summary in it is malformed")
        found = message(value, context, what="summary")
        tag = one_text(found, 1)
        simple = found.get(2, [b""])[-1]
        if found.keys() <= {1, 2, 9} and isinstance(simple, bytes) and len(simple) == 4:
            steps, values = scalars.setdefault(tag, ([], []))
            steps.append(step)
            values.append(simple)
            rest = [*found.get(9, [])]
        else:
            rest = [value]
        for part in rest:
            segment = f".events[{number}].value[{index}]{key_segment(tag)}"
            children = [(".step", value_tree(step, context)), (".content", _leaf(part, context))]
            yield segment, branch(children, algorithm=context.digester.algorithm)


def _leaf(value: int | bytes, context: ReadContext) -> Node:
    return bytes_leaf(value, context) if isinstance(value, bytes) else value_tree(value, context)


def _scalar(tag: str, steps: list[int], values: list[bytes], context: ReadContext) -> tuple[str, Node]:
    import numpy as np

    array = np.frombuffer(b"".join(values), "<f4")
    children: list[tuple[str, Node]] = [
        (".step", value_tree(steps, context)),
        (".value", array_leaf(array, context)),
    ]
    return key_segment(tag), branch(children, algorithm=context.digester.algorithm)
