# SPDX-License-Identifier: Apache-2.0
"""The state of a pickle machine: stack, marks and memo, with inert values in place of objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.pickle.stream import Stream
from repro_action.readers.pickle.values import DictValue, Instance, Persistent, SetValue, Value
from repro_action.readers.protocol import ReadContext

Hook = Callable[[Instance, "Machine"], Value]


@dataclass(slots=True)
class Effects:
    """What loading would do besides making the value: it must show in the tree, or nothing is read.

    Attributes:
        calls: every call that the opcodes make, in order; `repro_action.readers.pickle.effects`
            checks that each is part of the tree.
        dropped: what was taken from the stack and thrown away.
        stored: identities of the objects that were memoized.
    """

    calls: list[Instance] = field(default_factory=list)
    dropped: list[Value] = field(default_factory=list)
    stored: set[int] = field(default_factory=set)

    def drop(self, value: Value) -> None:
        """Note a value that is thrown away; one without parts has no effect."""
        if isinstance(value, Instance) and self._applied(value):
            return
        if not isinstance(value, bool | int | float | complex | str | bytes | None):
            self.dropped.append(value)

    def _applied(self, made: Instance) -> bool:
        """Keep a call whose result is thrown away at its first argument, as a state setter's is."""
        fresh = bool(self.calls) and self.calls[-1] is made and id(made) not in self.stored
        match made:
            case Instance(callee=callee, args=(Instance() as target, *rest), kwargs=None) if fresh:
                self.calls.pop()
                target.calls.append(Instance(callee, tuple(rest)))
                return True
        return False


def size_of(value: Value) -> int:
    """Return how often a value that can change has been changed; 0 for one that cannot."""
    match value:
        case list():
            return len(value)
        case DictValue(pairs=pairs):
            return len(pairs)
        case SetValue(items=items):
            return len(items)
        case Instance():
            return len(value.items) + len(value.pairs) + len(value.states) + len(value.calls)
    return 0


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
    effects: Effects = field(default_factory=Effects)

    def push_call(self, made: Value) -> None:
        """Push what a call makes, and remember that it was made and how it found its arguments."""
        if isinstance(made, Instance):
            self.effects.calls.append(made)
            made.seen = [(f"__args__[{index}]", arg, size_of(arg)) for index, arg in enumerate(made.args)]
        self.stack.append(made)

    def pop_mark(self) -> list[Value]:
        """Return what was pushed since the last mark, and forget the mark."""
        items, self.stack = self.stack, self.marks.pop()
        return items

    def pop_args(self) -> tuple[Value, ...]:
        """Pop the arguments of a call.

        Raises:
            ArtifactUnreadable: they are not a tuple.
        """
        args = self.stack.pop()
        if not isinstance(args, tuple):
            raise ArtifactUnreadable("not a valid pickle: it calls something without a tuple of arguments")
        return args
