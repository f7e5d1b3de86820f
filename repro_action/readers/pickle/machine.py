# SPDX-License-Identifier: Apache-2.0
"""The state of a pickle machine: stack, marks and memo, with inert values in place of objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.pickle.stream import Stream
from repro_action.readers.pickle.values import Instance, Persistent, Value
from repro_action.readers.protocol import ReadContext

Hook = Callable[[Instance, "Machine"], Value]


@dataclass(slots=True)
class Machine:
    """One pass over one pickle; `interpret` follows its opcodes.

    Args:
        stream: at the first opcode; afterwards behind STOP.
        context: bounds of nodes, memory and time.
        hooks: by type name, called when an instance of it is complete; what it returns takes
            the instance's place. It may read on from `stream`.
        persistent: makes a value of a persistent id.
    """

    stream: Stream
    context: ReadContext
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    persistent: Callable[[Value], Value] = Persistent
    protocol: int = 0
    stack: list[Value] = field(default_factory=list)
    marks: list[list[Value]] = field(default_factory=list)
    memo: dict[int, Value] = field(default_factory=dict)
    memory: int = 0

    def pop_mark(self) -> list[Value]:
        """Return what was pushed since the last mark, and forget the mark."""
        items, self.stack = self.stack, self.marks.pop()
        return items

    def pop_args(self) -> tuple[Value, ...]:
        """Pop the arguments of a call."""
        args = self.stack.pop()
        if not isinstance(args, tuple):
            raise ArtifactUnreadable("not a valid pickle: it calls something without a tuple of arguments")
        return args
