# SPDX-License-Identifier: Apache-2.0
"""Pickles read without hands: nothing that they name is imported, called or built.

```
stream ─► machine (opcodes, calls) ─► inert values ─► canonical (parts, rules) ─► tree
             └─ joblib_arrays: raw elements between the opcodes
```
"""

from __future__ import annotations

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.pickle.canonical import Canonical
from repro_action.readers.pickle.effects import check_effects
from repro_action.readers.pickle.interpreter import interpret
from repro_action.readers.pickle.joblib_arrays import HOOKS
from repro_action.readers.pickle.machine import Effects, Machine
from repro_action.readers.pickle.numba_values import numba_rules
from repro_action.readers.pickle.rules import RULES
from repro_action.readers.pickle.stream import Stream
from repro_action.readers.pickle.torch_legacy import embedded_storages
from repro_action.readers.pickle.values import Global, Instance, Value
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Node

__all__ = ["read_node", "read_values"]


def read_values(stream: Stream, context: ReadContext, effects: Effects) -> list[Value]:
    """Read all pickles that follow each other up to the end of the stream.

    Args:
        stream: at the first opcode.
        context: bounds.
        effects: where what loading would do is noted.

    Raises:
        ArtifactUnreadable: the bytes are not a valid pickle, are cut off, or exceed a limit.
    """
    values: list[Value] = []
    memory = 0
    while not values or not stream.at_end():
        machine = Machine(stream, context, hooks=HOOKS, memory=memory, effects=effects)
        values.append(interpret(machine))
        memory = machine.memory
    return values


def read_node(stream: Stream, context: ReadContext) -> Node:
    """Read a stream of pickles into a tree; several of them become a branch of type `pickles`.

    Raises:
        ArtifactUnreadable: malformed, beyond a limit, or it does more than make values.
    """
    effects = Effects()
    try:
        values = read_values(stream, context, effects)
    except OSError as error:
        raise ArtifactUnreadable(f"the file cannot be decompressed: {str(error)[:100]!r}") from None
    root = values[0] if len(values) == 1 else Instance(Global("pickles"), items=values)
    storages = embedded_storages(context)
    canonical = Canonical(context, {**RULES, **storages.rules(), **numba_rules(effects)})
    node = canonical.node(root)
    check_effects(effects, canonical, used=storages.used)
    return node
