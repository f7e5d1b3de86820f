# SPDX-License-Identifier: Apache-2.0
"""What each opcode of a pickle does to the machine's stack, with inert values for objects."""

from __future__ import annotations

from collections.abc import Callable

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.pickle.calls import call, construct, global_named
from repro_action.readers.pickle.machine import Machine, size_of
from repro_action.readers.pickle.stored import StoredBytes
from repro_action.readers.pickle.values import DictValue, Global, Instance, SetValue, Value, weight

Handler = Callable[[Machine, object], None]

_CALLING = frozenset({"REDUCE", "NEWOBJ", "NEWOBJ_EX", "INST", "OBJ", "GLOBAL", "STACK_GLOBAL"})
_COSTS = {
    **dict.fromkeys(("EMPTY_LIST", "LIST", "MARK"), 110),
    **dict.fromkeys(("EMPTY_DICT", "DICT", "EMPTY_SET"), 150),
    **dict.fromkeys(("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"), 100),
}
_CALL_COST = 500
_COST = 40
"""Bytes of memory that a value takes, about; a long text is counted by its own length."""


def cost(name: str, argument: object) -> int:
    """Return about how many bytes of memory an opcode takes, its text included."""
    long_text = len(argument) if type(argument) is str and len(argument) > 64 else 0
    return _COSTS.get(name, _CALL_COST if name in _CALLING else _COST) + long_text


def literal(argument: object) -> Value:
    """Return the value of an opcode that pushes its argument.

    Raises:
        ArtifactUnreadable: it is not a plain value.
    """
    if argument is None or isinstance(argument, int | float | str | bytes | bytearray | StoredBytes):
        return argument
    raise ArtifactUnreadable("not a valid pickle: an opcode has an unexpected argument")


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
    machine.effects.drop(machine.stack.pop())


def _pop_mark(machine: Machine, _: object) -> None:
    for value in machine.pop_mark():
        machine.effects.drop(value)


def _open(target: Instance) -> Instance:
    """Return an object that can still be filled: pickles fill it first, and set its state last.

    Raises:
        ArtifactUnreadable: it has its state already; what comes first would matter then.
    """
    if target.states or target.calls:
        raise ArtifactUnreadable("it changes an object after setting its state, which is not supported")
    return target


def _dup(machine: Machine, _: object) -> None:
    machine.stack.append(machine.stack[-1])


def _pairs(items: list[Value]) -> list[tuple[Value, Value]]:
    if len(items) % 2:
        raise ArtifactUnreadable("not a valid pickle: a key without a value")
    return list(zip(items[::2], items[1::2], strict=True))


def _extend(machine: Machine, items: list[Value]) -> None:
    match machine.stack[-1]:
        case list() as elements:
            elements.extend(items)
        case Instance() as target:
            _open(target).items.extend(items)
        case SetValue(items=elements):
            elements.extend(items)
        case _:
            raise ArtifactUnreadable("not a valid pickle: it appends to something that is not a list or set")


def _set_pairs(machine: Machine, items: list[Value]) -> None:
    match machine.stack[-1]:
        case DictValue(pairs=pairs):
            pairs.extend(_pairs(items))
        case Instance() as target:
            _open(target).pairs.extend(_pairs(items))
        case _:
            raise ArtifactUnreadable("not a valid pickle: it sets a key of something that is not a dict")


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
        raise ArtifactUnreadable("not a valid pickle: it refers to a value that it did not store")
    machine.stack.append(machine.memo[argument])


def _put(machine: Machine, argument: object) -> None:
    index = argument if isinstance(argument, int) else len(machine.memo)
    machine.memo[index] = machine.stack[-1]
    if isinstance(machine.stack[-1], Instance):
        machine.effects.stored.add(id(machine.stack[-1]))


def _global(machine: Machine, argument: object) -> None:
    module, _, name = str(argument).partition(" ")
    machine.stack.append(global_named(module, name, old_names=machine.protocol < 3))


def _stack_global(machine: Machine, _: object) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    if not isinstance(name, str) or not isinstance(module, str):
        raise ArtifactUnreadable("not a valid pickle: a name that is not text")
    machine.stack.append(global_named(module, name))


def _extension(machine: Machine, argument: object) -> None:
    machine.stack.append(Global(f"copyreg.extension[{argument}]"))


def _reduce(machine: Machine, _: object) -> None:
    args = machine.pop_args()
    # Some calls copy what they are given, and may be given the same many times.
    machine.context.spend(weight(args, level=1))
    machine.push_call(call(machine.stack.pop(), args))


def _newobj(machine: Machine, _: object) -> None:
    args = machine.pop_args()
    machine.push_call(construct(machine.stack.pop(), args))


def _newobj_ex(machine: Machine, _: object) -> None:
    kwargs = machine.stack.pop()
    args = machine.pop_args()
    if not isinstance(kwargs, DictValue):
        raise ArtifactUnreadable("not a valid pickle: keyword arguments that are not a dict")
    machine.push_call(construct(machine.stack.pop(), args, kwargs))


def _inst(machine: Machine, argument: object) -> None:
    args = machine.pop_mark()
    _global(machine, argument)
    machine.push_call(construct(machine.stack.pop(), tuple(args)))


def _obj(machine: Machine, _: object) -> None:
    cls, *args = machine.pop_mark() or [None]
    machine.push_call(construct(cls, tuple(args)))


def _build(machine: Machine, _: object) -> None:
    state = machine.stack.pop()
    target = machine.stack[-1]
    if not isinstance(target, Instance):
        raise ArtifactUnreadable("not a valid pickle: it sets the state of something that is not an object")
    if target.calls:
        raise ArtifactUnreadable("it sets the state of an object after a function changed it")
    target.states.append(state)
    target.seen.append(("__state__", state, size_of(state)))
    hook = machine.hooks.get(target.type)
    if hook is not None:
        machine.stack[-1] = hook(target, machine)


def _persid(machine: Machine, argument: object) -> None:
    machine.stack.append(machine.persistent(str(argument)))


def _binpersid(machine: Machine, _: object) -> None:
    machine.stack.append(machine.persistent(machine.stack.pop()))


def _out_of_band(_: Machine, __: object) -> None:
    raise ArtifactUnreadable("its buffers were stored outside of the file")


HANDLERS: dict[str, Handler] = {
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
