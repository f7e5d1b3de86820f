# SPDX-License-Identifier: Apache-2.0
"""The arrays that joblib writes between the opcodes of a pickle.

In place of an array, joblib pickles a `NumpyArrayWrapper` that holds shape, order and dtype, and
writes behind it a byte with the length of a padding, the padding, and the elements; arrays of
objects follow as a pickle of their own. See `NumpyArrayWrapper` in joblib/numpy_pickle.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import array_leaf
from repro_action.readers.pickle.interpreter import interpret
from repro_action.readers.pickle.machine import Hook, Machine
from repro_action.readers.pickle.numpy_values import as_dtype, as_shape, check_length, from_bytes, stored
from repro_action.readers.pickle.stored import StoredArray
from repro_action.readers.pickle.stream import Stream
from repro_action.readers.pickle.values import DictValue, Global, Instance, Value

if TYPE_CHECKING:
    from repro_action.readers.pickle.numpy_values import DType

_PLAIN = frozenset({"numpy.ndarray", "numpy.memmap"})


def read_array(wrapper: Instance, machine: Machine) -> Value:
    """Read the array behind its wrapper.

    Raises:
        ArtifactUnreadable: the wrapper is malformed, or the file holds fewer bytes.
    """
    match wrapper.states:
        case [DictValue() as state]:
            fields = state.text_keys() or {}
        case _:
            raise ArtifactUnreadable("joblib's description of an array is malformed")
    dtype, shape = as_dtype(fields.get("dtype")), as_shape(fields.get("shape"))
    if dtype is None or dtype.hasobject:
        inner = Machine(machine.stream, machine.context, memory=machine.memory, effects=machine.effects)
        array = interpret(inner)
        machine.memory = inner.memory
        return array
    if shape is None:
        raise ArtifactUnreadable("joblib's description of an array is malformed")
    if fields.get("numpy_array_alignment_bytes") is not None:
        machine.stream.read(machine.stream.read(1)[0])
    values = _values(machine, dtype, shape, str(fields.get("order")))
    match fields.get("subclass"):
        case Global(name=name) as cls if name not in _PLAIN:
            return Instance(Global("numpy._core.multiarray._reconstruct"), (cls,), states=[values])
    return values


def _values(machine: Machine, dtype: DType, shape: tuple[int, ...], order: str) -> Value:
    """Return the array that follows; a large one stays in its file."""
    stream, nbytes = machine.stream, math.prod(shape) * dtype.itemsize
    if nbytes > 0:
        stream.require(nbytes)
    if stream.keeps(nbytes) or (stream.source is None and stream.again is None):
        return from_bytes(_elements(machine, dtype, shape), dtype, shape, order)
    if stream.source is not None:
        return stored(stream.store(nbytes), dtype, shape, order)
    check_length(nbytes, dtype, shape)
    again = _Again(stream, stream.position, nbytes)
    array = StoredArray(payload=again, dtype=dtype, shape=shape, order=order)
    if array.canonical:
        passing = replace(array, payload=_Passing(stream, nbytes))
        return replace(array, made=replace(passing.leaf(machine.context), payload=again))
    made = array_leaf(from_bytes(_elements(machine, dtype, shape), dtype, shape, order), machine.context)
    return replace(array, made=replace(made, payload=array.canonical_payload(machine.context)))


@dataclass(frozen=True, slots=True)
class _Passing:
    """The next bytes of a stream, which can be read once."""

    stream: Stream
    nbytes: int

    def chunks(self, size: int) -> Iterator[memoryview]:
        """Yield them."""
        return self.stream.pieces(self.nbytes, size)


@dataclass(frozen=True, slots=True)
class _Again:
    """Bytes of a compressed stream; everything before them is expanded again each time."""

    stream: Stream
    offset: int
    nbytes: int

    def chunks(self, size: int) -> Iterator[memoryview]:
        """Yield them.

        Raises:
            ArtifactUnreadable: the file changed.
        """
        assert self.stream.again is not None  # noqa: S101 -- the caller asked
        with self.stream.again() as anew:
            anew.skip(self.offset)
            yield from anew.pieces(self.nbytes, size)


def _elements(machine: Machine, dtype: DType, shape: tuple[int, ...]) -> memoryview:
    import numpy as np

    size = math.prod(shape) * dtype.itemsize
    machine.stream.require(size)
    try:
        data = np.empty(size, np.uint8).data
    except MemoryError:
        raise ArtifactUnreadable(f"an array of {size} bytes does not fit into memory") from None
    machine.stream.read_into(data)
    return data


def _too_old(_: Instance, __: Machine) -> Value:
    raise ArtifactUnreadable(
        "the file was written by a joblib older than 0.10, which keeps arrays in files of their own",
        remedy="Load it and write it again with a current joblib.",
    )


HOOKS: dict[str, Hook] = {
    f"{package}.{name}": hook
    for package in ("joblib", "sklearn.externals.joblib")
    for name, hook in (
        ("numpy_pickle.NumpyArrayWrapper", read_array),
        ("numpy_pickle.NDArrayWrapper", _too_old),
        ("numpy_pickle.ZNDArrayWrapper", _too_old),
        ("numpy_pickle_compat.NDArrayWrapper", _too_old),
        ("numpy_pickle_compat.ZNDArrayWrapper", _too_old),
    )
}
