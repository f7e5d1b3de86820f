# SPDX-License-Identifier: Apache-2.0
"""Follows the opcodes of a pickle, and imports, calls and builds nothing.

Opcodes and their arguments are decoded by the standard library's `pickletools.genops`; their
meaning is that of `pickle._Unpickler`, with inert values in place of objects.
"""

from __future__ import annotations

import struct
from typing import IO

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.pickle.machine import Machine
from repro_action.readers.pickle.opcodes import HANDLERS, cost, literal
from repro_action.readers.pickle.values import Value


def interpret(machine: Machine) -> Value:
    """Follow the opcodes of `machine.stream` up to STOP and return the value on top of the stack.

    Raises:
        ArtifactUnreadable: the bytes are not a well-formed pickle, or exceed a limit.
    """
    import pickletools

    reader: IO[bytes] = machine.stream  # type: ignore[assignment]  # genops uses `read` and `readline` only
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(reader), 1):
            if opcode.name == "STOP":
                return _result(machine)
            _account(machine, opcode.name, argument, count)
            handler = HANDLERS.get(opcode.name)
            if handler is None:
                machine.stack.append(literal(argument))
            else:
                handler(machine, argument)
    except IndexError:
        raise ArtifactUnreadable("not a valid pickle: it takes a value from an empty stack") from None
    except (ValueError, OverflowError, struct.error, Warning) as error:
        raise ArtifactUnreadable(f"not a valid pickle: {str(error)[:200]!r}") from None
    raise ArtifactUnreadable("not a valid pickle: it ends without a STOP opcode")


def _account(machine: Machine, name: str, argument: object, count: int) -> None:
    """Charge an opcode against the limits of time, values and memory."""
    if not count & 1023:
        machine.context.check_time()
    if count > 4 * machine.context.limits.nodes:
        raise ArtifactUnreadable(f"it has more than {machine.context.limits.nodes} values")
    machine.memory += cost(name, argument)
    if machine.memory > machine.context.limits.memory:
        raise ArtifactUnreadable(f"its values need more than {machine.context.limits.memory >> 20} MiB")


def _result(machine: Machine) -> Value:
    if len(machine.stack) != 1 or machine.marks:
        raise ArtifactUnreadable("not a valid pickle: values are left over at its end")
    return machine.stack[0]
