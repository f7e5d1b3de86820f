# SPDX-License-Identifier: Apache-2.0
"""What loading a pickle would do must show in its tree: what does not makes the pickle unreadable.

A call may change what was made before, or the world. Its result can be thrown away, put under a key
that is set again, or handed to a type whose reader has no use for it; the loaded value differs, and
the tree would not. Such a pickle is compared by its bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.pickle.canonical import Canonical
from repro_action.readers.pickle.machine import Effects
from repro_action.readers.pickle.values import DictValue, Global, Instance, SetValue, Value

_PURE = frozenset(
    {
        "collections.OrderedDict",
        "functools.partial",
        "joblib.numpy_pickle.NumpyArrayWrapper",
        "numpy.dtype",
        "numpy._core.multiarray._reconstruct",
        "numpy._core.numeric._frombuffer",
        "numpy._core.multiarray.scalar",
        "numpy.random._pickle.__bit_generator_ctor",
        "numpy.random._pickle.__generator_ctor",
        "numpy.random.bit_generator.SeedSequence",
        "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper",
        "torch._utils._rebuild_qtensor",
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_tensor_v3",
    }
)
"""Calls that only make a value. Types with a reader of their own use theirs up without showing it."""


def check_effects(effects: Effects, canonical: Canonical, *, used: Collection[int] = ()) -> None:
    """Refuse a pickle that does something which its tree does not show.

    Args:
        effects: what the opcodes did.
        canonical: what made the tree; it knows every value that went into it.
        used: identities of calls whose whole result went into the tree in another shape.

    Raises:
        ArtifactUnreadable: a call or an import leaves no trace.
    """
    for made in effects.calls:
        if id(made) not in used and not canonical.shows(made) and (made.type not in _PURE or made.calls):
            raise _lost(made)
    called = {id(made.callee) for made in effects.calls}
    for value in _inside([*effects.dropped, *canonical.replaced]):
        if isinstance(value, Global) and id(value) not in called and not canonical.shows(value):
            raise _lost(value)


def _inside(values: list[Value]) -> Iterator[Value]:
    """Yield the values and what their containers hold, each once."""
    visited: set[int] = set()
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if id(value) in visited:
            continue
        visited.add(id(value))
        yield value
        match value:
            case list() | tuple():
                waiting.extend(value)
            case SetValue(items=items):
                waiting.extend(items)
            case DictValue(pairs=pairs):
                waiting.extend(item for pair in pairs for item in pair)


def _lost(value: Instance | Global) -> ArtifactUnreadable:
    if isinstance(value, Global):
        return ArtifactUnreadable(f"it imports {value.name[:80]} and discards it")
    name = value.type[:80] or "something"
    return ArtifactUnreadable(f"it calls {name} and discards the result: what that changes is unknown")
