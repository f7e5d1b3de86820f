# SPDX-License-Identifier: Apache-2.0
"""Types whose pickled form says more than arguments and state: one rule a type."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import number_leaf
from repro_action.readers.pickle import numpy_values
from repro_action.readers.pickle.parts import (
    Expansion,
    Parts,
    Rule,
    attributes,
    checked_array_leaf,
    expand,
    generic,
    numbered,
    reference_leaf,
)
from repro_action.readers.pickle.stored import StoredArray
from repro_action.readers.pickle.values import DictValue, Global, Instance, Pair, Value
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Leaf

if TYPE_CHECKING:
    from repro_action.readers.pickle.numpy_values import Array

MASKED = "numpy.ma.MaskedArray"
OBJECT_ARRAY = "numpy.ndarray"
"""Type of the instance that stands for an array of objects: `(shape,)` and the items in C order."""


def _dtype(instance: Instance, context: ReadContext) -> Expansion | None:
    dtype = numpy_values.as_dtype(instance)
    if dtype is None:
        return reference_leaf("numpy.dtype('O')", context) if instance.args[:1] in [("O8",), ("O",)] else None
    text = dtype.descr if dtype.names is not None else dtype.str
    return reference_leaf(f"numpy.dtype({text!r})", context)


def _array(instance: Instance, context: ReadContext) -> Expansion | None:
    array = instance.states[0] if len(instance.states) == 1 else None
    if not isinstance(array, StoredArray) and not numpy_values.is_array(array):
        array = numpy_values.array(instance)
    if array is None:
        return None
    cls = numpy_values.subclass(instance)
    if isinstance(array, list):
        return object_array(array, numpy_values.shape_of(instance), cls)
    return Parts(type=cls, children=[(".data", array)]) if cls else expand(array, context, {})


def object_array(items: list[Value], shape: tuple[int, ...], cls: str = "") -> Parts:
    """Return the parts of an array of objects, `[row, column]` where it has several axes.

    Raises:
        ArtifactUnreadable: the number of objects does not match the shape.
    """
    if math.prod(shape) != len(items):
        raise ArtifactUnreadable(f"an array of {math.prod(shape)} objects has {len(items)}")
    places = itertools.product(*(range(size) for size in shape))
    children = [(f"[{', '.join(map(str, place))}]", item) for place, item in zip(places, items, strict=True)]
    # Without elements, nothing else would tell (0, 3) from (3, 0).
    extra: list[tuple[str, Value]] = [] if children else [(".shape", shape)]
    return Parts(type=cls or "numpy.ndarray", children=children + extra)


def _from_buffer(instance: Instance, context: ReadContext) -> Expansion | None:
    array = numpy_values.from_buffer(instance)
    return None if array is None else expand(array, context, {})


def _scalar(instance: Instance, context: ReadContext) -> Expansion | None:
    array = numpy_values.scalar(instance)
    return None if array is None else scalar_leaf(array, context)


def scalar_leaf(array: Array, context: ReadContext) -> Leaf:
    """Return the leaf of a NumPy scalar, given as an array without axes: a number with its dtype."""
    item = array.item()
    plain = array.dtype.kind in "biuf" and array.dtype.itemsize <= 8
    if plain and item == item:  # noqa: PLR0124  # NaN is not equal to itself, and has bits of its own
        return number_leaf(item, context, dtype=array.dtype.newbyteorder("<").str)
    return checked_array_leaf(array, context)


def _masked_state(instance: Instance, context: ReadContext) -> Expansion | None:
    import numpy as np

    match instance.args:
        case (Global(name="numpy.ma.MaskedArray" | "numpy.ma.core.MaskedArray"), *_):
            pass
        case _:
            return None
    match instance.states:
        case [(version, shape, dtype, fortran, content, mask, fill)]:
            plain = Instance(Global("_"), states=[(version, shape, dtype, fortran, content)])
        case _:
            return None
    found, dimensions = numpy_values.array(plain), numpy_values.as_shape(shape)
    values = found.load() if isinstance(found, StoredArray) else found
    bits = numpy_values.as_bytes(mask)
    if values is None or dimensions is None or bits is None or len(bits) != math.prod(dimensions):
        return None
    hidden = numpy_values.from_bytes(bits, np.dtype(bool), dimensions, "F" if fortran else "C")
    data = Instance(Global(OBJECT_ARRAY), (dimensions,), items=values) if isinstance(values, list) else values
    return _masked(Instance(Global(MASKED), (data, hidden, fill)), context)


def _masked(instance: Instance, context: ReadContext) -> Expansion | None:  # noqa: ARG001  # a Rule's signature
    import numpy as np

    # The values under a mask are whatever was in memory before: not content.
    match tuple(map(numpy_values.loaded, instance.args)):
        case (Instance(type="numpy.ndarray") as objects, hidden, fill) if numpy_values.is_array(hidden):
            flags = hidden.ravel().tolist()
            if len(flags) != len(objects.items):
                return None
            shown = [None if flag else item for item, flag in zip(objects.items, flags, strict=True)]
            data: Value = Instance(objects.callee, objects.args, items=shown)
        case (values, hidden, fill) if numpy_values.is_array(values) and numpy_values.is_array(hidden):
            if values.shape != hidden.shape:
                return None
            kept = values.copy()
            kept[hidden.astype(bool)] = np.zeros((), kept.dtype)
            data = kept
        case _:
            return None
    return Parts(type=MASKED, children=[(".data", data), (".mask", hidden), (".fill_value", fill)])


def _object_array(instance: Instance, context: ReadContext) -> Expansion | None:  # noqa: ARG001  # a Rule's signature
    match instance.args:
        case (shape,):
            dimensions = numpy_values.as_shape(shape)
            return None if dimensions is None else object_array(instance.items, dimensions)
    return None


def _random_state(instance: Instance, context: ReadContext) -> Expansion | None:  # noqa: ARG001  # a Rule's signature
    # The bit generator among the arguments repeats the state.
    return generic(instance, name="numpy.random.RandomState", arguments=not instance.states)


def _generator(instance: Instance, context: ReadContext) -> Expansion | None:  # noqa: ARG001  # a Rule's signature
    match instance.args:
        case (Instance() as source, *_):
            return Parts(type="numpy.random.Generator", children=[(".bit_generator", source)])
    return None


def _bit_generator(instance: Instance, context: ReadContext) -> Expansion | None:  # noqa: ARG001  # a Rule's signature
    match instance.args, instance.states:
        case (str() | Global() as cls, *_), [(DictValue() as state, seeds), *_]:
            name = cls.name.rpartition(".")[2] if isinstance(cls, Global) else cls
            children: list[tuple[str, Value]] = [(".state", by_name(state)), (".seed_seq", seeds)]
            return Parts(type=f"numpy.random.{name}", children=children)
    return None


def by_name(state: DictValue, level: int = 0) -> DictValue:
    """Return the state of a bit generator without an order: NumPy sets each of its parts by name."""
    pairs: list[Pair] = [
        (key, by_name(item, level + 1) if isinstance(item, DictValue) and level < 4 else item)
        for key, item in state.pairs
    ]
    return DictValue(pairs, by_name=True)


def _partial(instance: Instance, context: ReadContext) -> Expansion | None:  # noqa: ARG001  # a Rule's signature
    match instance.states:
        case [(func, tuple() as args, kwargs, names)]:
            children = [(".func", func), *((f".args{place}", item) for place, item in numbered(args))]
            if isinstance(kwargs, DictValue) and kwargs.pairs:
                children.append((".keywords", kwargs))
            return Parts(type=instance.type, children=children + attributes([names]))
    return None


def _default_dict(instance: Instance, context: ReadContext) -> Expansion | None:  # noqa: ARG001  # a Rule's signature
    if len(instance.args) > 1:
        return None
    factory = [(".default_factory", item) for item in instance.args]
    return Parts(type=instance.type, children=factory + attributes(instance.states), keyed=instance.pairs)


def _counter(instance: Instance, context: ReadContext) -> Expansion | None:  # noqa: ARG001  # a Rule's signature
    match instance.args:
        case (DictValue(pairs=pairs),):
            return Parts(
                type=instance.type, children=attributes(instance.states), keyed=pairs + instance.pairs
            )
    return None


def _deque(instance: Instance, context: ReadContext) -> Expansion | None:  # noqa: ARG001  # a Rule's signature
    match instance.args:
        case (list() | tuple() as items, *length):
            children = [*numbered([*items, *instance.items]), *((".maxlen", size) for size in length)]
            return Parts(type=instance.type, children=children + attributes(instance.states))
    return None


def _fields(*names: str) -> Rule:
    def rule(instance: Instance, context: ReadContext) -> Expansion | None:  # noqa: ARG001  # a Rule's signature
        if len(instance.args) != len(names) or instance.states:
            return None
        children = [(f".{name}", item) for name, item in zip(names, instance.args, strict=True)]
        return Parts(type=instance.type.removeprefix("builtins."), children=children)

    return rule


RULES: dict[str, Rule] = {
    "numpy.dtype": _dtype,
    "numpy._core.multiarray._reconstruct": _array,
    "numpy._core.numeric._frombuffer": _from_buffer,
    "numpy._core.multiarray.scalar": _scalar,
    "numpy.ma.core._mareconstruct": _masked_state,
    MASKED: _masked,
    OBJECT_ARRAY: _object_array,
    "numpy.random._pickle.__randomstate_ctor": _random_state,
    "numpy.random._pickle.__generator_ctor": _generator,
    "numpy.random._pickle.__bit_generator_ctor": _bit_generator,
    "functools.partial": _partial,
    "collections.defaultdict": _default_dict,
    "collections.Counter": _counter,
    "collections.deque": _deque,
    "builtins.slice": _fields("start", "stop", "step"),
    "builtins.range": _fields("start", "stop", "step"),
}
