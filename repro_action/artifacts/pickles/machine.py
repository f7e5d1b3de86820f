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

from repro_action.artifacts.pickles.calls import call, construct, named
from repro_action.artifacts.pickles.stream import Stream
from repro_action.artifacts.pickles.values import (
    DictValue,
    Global,
    Instance,
    Persistent,
    SetValue,
    Value,
)
from repro_action.artifacts.protocol import Context
from repro_action.errors import ArtifactUnreadable

_COSTS = {
    **dict.fromkeys(("EMPTY_LIST", "LIST", "MARK"), 110),
    **dict.fromkeys(("EMPTY_DICT", "DICT", "EMPTY_SET"), 150),
    **dict.fromkeys(("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"), 80),
}
_CALL_COST = 500
_COST = 40
"""Bytes of memory that a value takes, about; a long text is counted by its own length."""

Hook = Callable[[Instance, "Machine"], Value]
Handler = Callable[["Machine", object], None]


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
                handler = _HANDLERS.get(opcode.name)
                if handler is None:
                    self.stack.append(_literal(argument))
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
        self.memory += _COSTS.get(name, _CALL_COST if name in _CALLING else _COST)
        if type(argument) is str and len(argument) > 64:
            self.memory += len(argument)
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


def _literal(argument: object) -> Value:
    if argument is None or isinstance(argument, int | float | str | bytes | bytearray):
        return argument
    raise ArtifactUnreadable("not a pickle: an opcode has an unexpected argument")


def _constant(value: Value) -> Handler:
    def push(machine: Machine, _: object) -> None:
        machine.stack.append(value)

    return push


def _fresh(make: Callable[[], Value]) -> Handler:
    def push(machine: Machine, _: object) -> None:
        machine.stack.append(make())

    return push


def _from_mark(make: Callable[[list[Value]], Value]) -> Handler:
    def push(machine: Machine, _: object) -> None:
        items = machine.pop_mark()
        machine.stack.append(make(items))

    return push


def _tuple(size: int) -> Handler:
    def push(machine: Machine, _: object) -> None:
        if len(machine.stack) < size:
            raise IndexError
        items = tuple(machine.stack[-size:])
        del machine.stack[-size:]
        machine.stack.append(items)

    return push


def _proto(machine: Machine, argument: object) -> None:
    if not isinstance(argument, int) or argument > 5:
        raise ArtifactUnreadable(f"pickle protocol {argument} is unknown")
    machine.protocol = argument


def _skip(_: Machine, __: object) -> None:
    """Pass over an opcode that only frames others."""


def _mark(machine: Machine, _: object) -> None:
    machine.marks.append(machine.stack)
    machine.stack = []


def _pop(machine: Machine, _: object) -> None:
    if not machine.stack:
        machine.stack = machine.marks.pop()
        return
    match machine.stack.pop():
        # A call whose result is thrown away acts on its first argument, as a state setter does.
        case Instance(callee=callee, args=(Instance() as target, *rest)):
            target.calls.append(Instance(callee, tuple(rest)))


def _pop_mark(machine: Machine, _: object) -> None:
    machine.pop_mark()


def _dup(machine: Machine, _: object) -> None:
    machine.stack.append(machine.stack[-1])


def _pairs(items: list[Value]) -> list[tuple[Value, Value]]:
    if len(items) % 2:
        raise ArtifactUnreadable("not a pickle: a key without a value")
    return list(zip(items[::2], items[1::2], strict=True))


def _extend(machine: Machine, items: list[Value]) -> None:
    match machine.stack[-1]:
        case list() as held:
            held.extend(items)
        case Instance(items=held) | SetValue(items=held):
            held.extend(items)
        case _:
            raise ArtifactUnreadable("not a pickle: appends to what holds no items")


def _set_pairs(machine: Machine, items: list[Value]) -> None:
    match machine.stack[-1]:
        case DictValue(pairs=pairs) | Instance(pairs=pairs):
            pairs.extend(_pairs(items))
        case _:
            raise ArtifactUnreadable("not a pickle: sets a key of what holds no keys")


def _append(machine: Machine, _: object) -> None:
    item = machine.stack.pop()
    _extend(machine, [item])


def _appends(machine: Machine, _: object) -> None:
    items = machine.pop_mark()
    _extend(machine, items)


def _setitem(machine: Machine, _: object) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    _set_pairs(machine, [key, value])


def _setitems(machine: Machine, _: object) -> None:
    items = machine.pop_mark()
    _set_pairs(machine, items)


def _get(machine: Machine, argument: object) -> None:
    if not isinstance(argument, int) or argument not in machine.memo:
        raise ArtifactUnreadable("not a pickle: refers to a value that it did not store")
    machine.stack.append(machine.memo[argument])


def _put(machine: Machine, argument: object) -> None:
    index = argument if isinstance(argument, int) else len(machine.memo)
    machine.memo[index] = machine.stack[-1]


def _global(machine: Machine, argument: object) -> None:
    module, _, name = str(argument).partition(" ")
    machine.stack.append(named(module, name, old_names=machine.protocol < 3))


def _stack_global(machine: Machine, _: object) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    if not isinstance(name, str) or not isinstance(module, str):
        raise ArtifactUnreadable("not a pickle: a name that is no text")
    machine.stack.append(named(module, name))


def _extension(machine: Machine, argument: object) -> None:
    machine.stack.append(Global(f"copyreg.extension[{argument}]"))


def _reduce(machine: Machine, _: object) -> None:
    args = machine.pop_args()
    machine.stack.append(call(machine.stack.pop(), args))


def _newobj(machine: Machine, _: object) -> None:
    args = machine.pop_args()
    machine.stack.append(construct(machine.stack.pop(), args))


def _newobj_ex(machine: Machine, _: object) -> None:
    kwargs = machine.stack.pop()
    args = machine.pop_args()
    if not isinstance(kwargs, DictValue):
        raise ArtifactUnreadable("not a pickle: keyword arguments that are no dict")
    machine.stack.append(construct(machine.stack.pop(), args, kwargs))


def _inst(machine: Machine, argument: object) -> None:
    args = machine.pop_mark()
    _global(machine, argument)
    machine.stack.append(construct(machine.stack.pop(), tuple(args)))


def _obj(machine: Machine, _: object) -> None:
    cls, *args = machine.pop_mark() or [None]
    machine.stack.append(construct(cls, tuple(args)))


def _build(machine: Machine, _: object) -> None:
    state = machine.stack.pop()
    target = machine.stack[-1]
    if not isinstance(target, Instance):
        raise ArtifactUnreadable("not a pickle: gives a state to what is no object")
    target.states.append(state)
    hook = machine.hooks.get(target.type)
    if hook is not None:
        machine.stack[-1] = hook(target, machine)


def _persid(machine: Machine, argument: object) -> None:
    machine.stack.append(machine.persistent(str(argument)))


def _binpersid(machine: Machine, _: object) -> None:
    machine.stack.append(machine.persistent(machine.stack.pop()))


def _out_of_band(_: Machine, __: object) -> None:
    raise ArtifactUnreadable("its buffers were stored outside of the file")


_CALLING = frozenset({"REDUCE", "NEWOBJ", "NEWOBJ_EX", "INST", "OBJ", "GLOBAL", "STACK_GLOBAL"})
_HANDLERS: dict[str, Handler] = {
    "PROTO": _proto,
    "FRAME": _skip,
    "NONE": _constant(None),
    "NEWTRUE": _constant(True),
    "NEWFALSE": _constant(False),
    "EMPTY_LIST": _fresh(list),
    "EMPTY_TUPLE": _constant(()),
    "EMPTY_DICT": _fresh(DictValue),
    "EMPTY_SET": _fresh(lambda: SetValue([])),
    "LIST": _from_mark(list),
    "TUPLE": _from_mark(tuple),
    "DICT": _from_mark(lambda items: DictValue(_pairs(items))),
    "FROZENSET": _from_mark(lambda items: SetValue(items, frozen=True)),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "APPEND": _append,
    "APPENDS": _appends,
    "ADDITEMS": _appends,
    "SETITEM": _setitem,
    "SETITEMS": _setitems,
    "MARK": _mark,
    "POP": _pop,
    "POP_MARK": _pop_mark,
    "DUP": _dup,
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _get),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _put),
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    **dict.fromkeys(("EXT1", "EXT2", "EXT4"), _extension),
    "REDUCE": _reduce,
    "NEWOBJ": _newobj,
    "NEWOBJ_EX": _newobj_ex,
    "INST": _inst,
    "OBJ": _obj,
    "BUILD": _build,
    "PERSID": _persid,
    "BINPERSID": _binpersid,
    "NEXT_BUFFER": _out_of_band,
    "READONLY_BUFFER": _out_of_band,
}
