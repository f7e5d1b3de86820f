# SPDX-License-Identifier: Apache-2.0
"""Numba's compiled functions, which a pickle keeps as another pickle in its bytes.

The inner pickle is `(class, state)`; its state has the source function and an id that is drawn anew in
each process. Source: `_reduce_class` and `ReduceMixin` of numba/core/serialize.py, `_uuid` of
numba/core/dispatcher.py. UMAP and pynndescent keep such functions in their models.
"""

from __future__ import annotations

from repro_action.readers.pickle.interpreter import interpret
from repro_action.readers.pickle.machine import Effects, Machine
from repro_action.readers.pickle.parts import Expansion, Parts, Rule, attributes
from repro_action.readers.pickle.stored import StoredBytes
from repro_action.readers.pickle.stream import Stream
from repro_action.readers.pickle.values import DictValue, Global, Instance
from repro_action.readers.protocol import BytesSource, ReadContext

_CUSTOM = "numba.core.serialize._unpickle__CustomPickled"


def numba_rules(effects: Effects) -> dict[str, Rule]:
    """Return the readers of Numba's types, by full name.

    Args:
        effects: where what loading the inner pickles would do is noted.
    """

    def custom_pickled(instance: Instance, context: ReadContext) -> Expansion | None:
        match instance:
            case Instance(
                args=(bytes() | StoredBytes() as data,), kwargs=None, states=[], items=[], pairs=[], calls=[]
            ):
                return _inner(data if isinstance(data, bytes) else data.load(), context, effects)
        return None

    return {_CUSTOM: custom_pickled}


def _inner(data: bytes, context: ReadContext, effects: Effects) -> Expansion | None:
    context.expand(len(data))
    with BytesSource("numba", data).open() as file:
        stream = Stream(file, len(data))
        value = interpret(Machine(stream, context, effects=effects))
        whole = stream.at_end()
    match value:
        case (Global() as cls, DictValue() as state) if whole:
            return Parts(type=cls.name, children=attributes([state]))
    return None
