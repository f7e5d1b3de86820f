# SPDX-License-Identifier: Apache-2.0
"""A pickle machine without hands: it follows the opcodes and imports, calls and builds nothing.

Opcodes and their arguments are decoded by the standard library's `pickletools.genops`; their
meaning is that of `pickle._Unpickler`, with inert values in place of objects.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.pickle.opcodes import HANDLERS, cost, literal
from repro_action.readers.pickle.stream import Stream
from repro_action.readers.pickle.values import Instance, Persistent, Value
from repro_action.readers.protocol import Context

Hook = Callable[[Instance, "Machine"], Value]


@dataclass(slots=True)
class Machine:
    """One run over one pickle.

    Args:
        stream: at the first opcode; afterwards behind STOP.
        context: bounds of nodes, memory and time.
        hooks: by type name, called when an instance of it is complete; what it returns takes
            the instance's place. It may read on from `stream`.
        persistent: makes a value of a persistent id.
    """

    stream: Stream
    context: Context
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    persistent: Callable[[Value], Value] = Persistent
    protocol: int = 0
    stack: list[Value] = field(default_factory=list)
    marks: list[list[Value]] = field(default_factory=list)
    memo: dict[int, Value] = field(default_factory=dict)
    memory: int = 0

    def run(self) -> Value:
        """Follow the opcodes up to STOP and return the value on top.

        Raises:
            ArtifactUnreadable: no well-formed pickle, or beyond a limit.
        """
        import pickletools

        reader: IO[bytes] = self.stream  # type: ignore[assignment]  # genops uses `read` and `readline` only
        try:
            for count, (opcode, argument, _) in enumerate(pickletools.genops(reader), 1):
                if opcode.name == "STOP":
                    return self._finish()
                self._account(opcode.name, argument, count)
                handler = HANDLERS.get(opcode.name)
                if handler is None:
                    self.stack.append(literal(argument))
                else:
                    handler(self, argument)
        except IndexError:
            raise ArtifactUnreadable("not a pickle: takes a value from an empty stack") from None
        except (ValueError, OverflowError, struct.error, Warning) as error:
            raise ArtifactUnreadable(f"not a pickle: {str(error)[:200]!r}") from None
        raise ArtifactUnreadable("the pickle ends without STOP")

    def _account(self, name: str, argument: object, count: int) -> None:
        if not count & 1023:
            self.context.check_time()
        if count > 4 * self.context.limits.nodes:
            raise ArtifactUnreadable(f"more than {self.context.limits.nodes} values")
        self.memory += cost(name, argument)
        if self.memory > self.context.limits.memory:
            raise ArtifactUnreadable(f"its values take more than {self.context.limits.memory >> 20} MiB")

    def _finish(self) -> Value:
        if len(self.stack) != 1 or self.marks:
            raise ArtifactUnreadable("not a pickle: values are left over at its end")
        return self.stack[0]

    def pop_mark(self) -> list[Value]:
        """Return what was pushed since the last mark, and forget the mark."""
        items, self.stack = self.stack, self.marks.pop()
        return items

    def pop_args(self) -> tuple[Value, ...]:
        """Pop the arguments of a call."""
        args = self.stack.pop()
        if not isinstance(args, tuple):
            raise ArtifactUnreadable("not a pickle: calls something without a tuple of arguments")
        return args
