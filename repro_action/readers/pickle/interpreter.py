# SPDX-License-Identifier: Apache-2.0
"""Follows the opcodes of a pickle, and imports, calls and builds nothing.

Opcodes and their arguments are decoded by the standard library's `pickletools.genops`; their
meaning is that of `pickle._Unpickler`, with inert values in place of objects.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.pickle.machine import Machine
from repro_action.readers.pickle.opcodes import HANDLERS, cost, literal
from repro_action.readers.pickle.stream import Stream
from repro_action.readers.pickle.values import Value
from repro_action.readers.protocol import size_text, too_large

_LENGTHS = {"BINBYTES": 4, "BINBYTES8": 8, "BYTEARRAY8": 8}
"""Bytes in which the opcodes of bytes have their length."""

_OFTEN = 1024
"""Opcodes between two looks at the clock."""


def interpret(machine: Machine) -> Value:
    """Follow the opcodes of `machine.stream` up to STOP and return the value on top of the stack.

    Raises:
        ArtifactUnreadable: the bytes are not a well-formed pickle, or exceed a limit.
    """
    start, most = machine.stream.position, machine.context.limits.memory
    try:
        for count, (name, argument) in enumerate(_opcodes(machine.stream), 1):
            if name == "STOP":
                machine.context.earn(parts=count % _OFTEN, nbytes=machine.stream.position - start)
                return _result(machine)
            machine.memory += cost(name, argument)
            if machine.memory > most:
                raise too_large(f"its values need more than {size_text(most)}", size_text(most))
            if not count % _OFTEN:
                _check(machine, count)
            handler = HANDLERS.get(name)
            if handler is None:
                machine.stack.append(literal(argument))
            else:
                handler(machine, argument)
    except IndexError:
        raise ArtifactUnreadable("not a valid pickle: it takes a value from an empty stack") from None
    except (ValueError, OverflowError, struct.error, Warning) as error:
        raise ArtifactUnreadable(f"not a valid pickle: {str(error)[:200]!r}") from None
    raise ArtifactUnreadable("not a valid pickle: it ends without a STOP opcode")


def _opcodes(stream: Stream) -> Iterator[tuple[str, object]]:
    """Yield the names of the opcodes with their arguments, as `pickletools.genops` does.

    Long bytes stay in their file where it is at hand.
    """
    import pickletools

    codes = {opcode.code: opcode for opcode in pickletools.opcodes}
    reader: IO[bytes] = stream  # type: ignore[assignment]  # they use `read` and `readline` only
    frame = 0
    while True:
        code = stream.read(1)
        opcode = codes.get(code.decode("latin-1"))
        if opcode is None:
            raise ArtifactUnreadable(
                f"not a valid pickle: byte {stream.position - 1}: {code!r} is not an opcode"
            )
        argument: object
        if opcode.name in _LENGTHS:
            argument = _long_bytes(stream, opcode.name)
        else:
            argument = opcode.arg.reader(reader) if opcode.arg is not None else None
        frame = _frame(frame, stream, opcode.name, argument)
        yield opcode.name, argument


def _frame(end: int, stream: Stream, name: str, argument: object) -> int:
    """Return where the frame ends that an opcode leaves open; 0 for none.

    Python's two loaders part where an opcode goes on behind its frame: one refuses the file, the other
    reads it from another place.

    Args:
        end: of the frame that the opcode lies in; 0 for none.
        stream: behind the opcode.
        name: of the opcode.
        argument: of the opcode.

    Raises:
        ArtifactUnreadable: it lies across the end, or opens a frame inside a frame.
    """
    if end and (stream.position > end or name == "FRAME"):
        raise ArtifactUnreadable(
            f"not a valid pickle: {name} lies across the end of its frame, at byte {end}"
        )
    if name == "FRAME" and isinstance(argument, int):
        stream.require(argument)
        return stream.position + argument
    return end if stream.position < end else 0


def _long_bytes(stream: Stream, name: str) -> Value:
    size = int.from_bytes(stream.read(_LENGTHS[name]), "little")
    stream.require(size)
    mutable = name == "BYTEARRAY8"
    if stream.source is not None and not stream.keeps(size):
        return replace(stream.store(size), mutable=mutable)
    if not mutable:
        return stream.read(size)
    data = bytearray(size)
    stream.read_into(memoryview(data))
    return data


def _check(machine: Machine, count: int) -> None:
    """Charge some opcodes against the limits of time and values."""
    machine.context.check_time()
    machine.context.earn(parts=_OFTEN)
    if count > 4 * machine.context.limits.nodes:
        raise ArtifactUnreadable(f"it has more than {machine.context.limits.nodes} values")


def _result(machine: Machine) -> Value:
    if len(machine.stack) != 1 or machine.marks:
        raise ArtifactUnreadable("not a valid pickle: values are left over at its end")
    return machine.stack[0]
