# SPDX-License-Identifier: Apache-2.0
"""NumPy's dtypes, arrays and scalars out of the calls that pickle spells them as.

The states are those of `ndarray.__reduce__` and `dtype.__reduce__`; see "Methods for pickling"
in NumPy's reference. Nothing is trusted: an array exists only if its bytes are there.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, TypeGuard

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.pickle.stored import StoredArray, StoredBytes
from repro_action.readers.pickle.values import DictValue, Global, Instance, Value

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.generic]
    DType = np.dtype[np.generic]

_CODE = re.compile(r"[<>|=]?[biufcmMOSUV?]\d{0,9}")
_UNIT = re.compile(r"Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as|generic")
_NESTING = 16
_ORDERS = frozenset({"C", "F"})
_OBJECT_FLAGS = 63
"""NumPy's flags of the dtype of objects; with others, it would read memory that is none of them."""
_REFERENCES = 0x07
"""NumPy's flags of items that are references, are pickled as a list, or are pointers."""
_PLAIN = frozenset({"numpy.ndarray", "numpy.memmap"})


def as_dtype(value: Value, level: int = 0) -> DType | None:
    """Return the dtype that a value describes, or None if it does not describe one of plain bytes.

    Args:
        value: an instance of `numpy.dtype`, as pickles build it.
        level: how many structured or sub-array dtypes enclose it.

    Raises:
        ArtifactUnreadable: NumPy refuses the description.
    """
    import numpy as np

    if not isinstance(value, Instance) or value.type != "numpy.dtype" or level > _NESTING:
        return None
    match value.args:
        case (str() | bytes() as code, *_):
            text = code.decode("latin-1") if isinstance(code, bytes) else code
        case _:
            return None
    if not _CODE.fullmatch(text):
        return None
    try:
        return _with_state(np.dtype(text), value.states, level)
    except (ValueError, TypeError, OverflowError) as error:
        raise ArtifactUnreadable(f"a dtype is malformed: {str(error)[:100]!r}") from None


def _with_state(dtype: DType, states: list[Value], level: int) -> DType | None:
    import numpy as np

    match states:
        case []:
            return dtype
        case [(int(), order, subarray, names, fields, int(itemsize), int(), *rest)]:
            if subarray is not None:
                return _as_declared(_subarray(subarray, level), rest)
            if names is not None:
                return _as_declared(_record(names, fields, itemsize, level), rest)
            if dtype.hasobject and rest[:1] != [_OBJECT_FLAGS]:
                raise ArtifactUnreadable("a dtype of objects declares that it contains none")
            if itemsize not in {-1, dtype.itemsize}:
                return None
            if dtype.kind in "mM":
                dtype = np.dtype(dtype.kind + "8" + _unit(rest))
            dtype = dtype.newbyteorder(">") if _text(order) == ">" else dtype.newbyteorder("<")
            return _as_declared(dtype, rest)
    return None


def _as_declared(dtype: DType | None, rest: list[Value]) -> DType | None:
    """Return a dtype whose flags are its own: NumPy takes a state's at its word, and bytes for pointers.

    Raises:
        ArtifactUnreadable: the state declares others.
    """
    match rest:
        case [int(flags), *_] if dtype is not None and (flags ^ dtype.flags) & _REFERENCES:
            raise ArtifactUnreadable(
                f"a dtype declares flags {flags}, which are not those of {str(dtype)[:50]}"
            )
    return dtype


def _subarray(value: Value, level: int) -> DType | None:
    import numpy as np

    match value:
        case (base, tuple() as dimensions):
            inner, shape = as_dtype(base, level + 1), as_shape(dimensions)
            return None if inner is None or shape is None else np.dtype((inner, shape))
    return None


def _record(names: Value, fields: Value, itemsize: int, level: int) -> DType | None:
    import numpy as np

    table = fields.text_keys() if isinstance(fields, DictValue) else None
    if table is None or not isinstance(names, tuple):
        return None
    formats, offsets = [], []
    for name in names:
        match table.get(name if isinstance(name, str) else ""):
            case (described, int(offset), *_):
                inner = as_dtype(described, level + 1)
            case _:
                return None
        if inner is None or inner.hasobject:
            return None
        formats.append(inner)
        offsets.append(offset)
    if sum(inner.itemsize for inner in formats) > itemsize:
        # Overlapping fields would grow when they are laid out side by side.
        return None
    spec = {"names": list(names), "formats": formats, "offsets": offsets, "itemsize": itemsize}
    made: DType = np.dtype(spec)  # type: ignore[call-overload]  # NumPy's stubs want literal keys
    return made


def _unit(rest: list[Value]) -> str:
    match rest:
        case [_, (_, (unit, int(count), *_)), *_] if _UNIT.fullmatch(_text(unit)):
            return "" if _text(unit) == "generic" else f"[{count}{_text(unit)}]"
    return ""


def _text(value: Value) -> str:
    match value:
        case str():
            return value
        case bytes():
            return value.decode("latin-1")
    return ""


def as_shape(value: Value) -> tuple[int, ...] | None:
    """Return a value as a shape, `(n0, n1, …)`, or None if it is not one."""
    if not isinstance(value, tuple) or len(value) > 64:
        return None
    shape = tuple(size for size in value if isinstance(size, int) and 0 <= size < 1 << 62)
    return shape if len(shape) == len(value) else None


def from_bytes(
    data: bytes | bytearray | memoryview, dtype: DType, shape: tuple[int, ...], order: str
) -> Array:
    """Return an array over `data` without a copy.

    Args:
        data: exactly the elements.
        dtype: of an element; no objects in it.
        shape: lengths of the axes.
        order: `F` if the first axis runs fastest, else C.

    Raises:
        ArtifactUnreadable: the length of `data` is not what dtype and shape say.
    """
    import numpy as np

    check_length(len(data), dtype, shape)
    try:
        if not len(data):
            return np.empty(shape, dtype)
        flat = np.frombuffer(data, dtype)
        return flat.reshape(shape[::-1]).T if order == "F" else flat.reshape(shape)
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise ArtifactUnreadable(f"an array is malformed: {str(error)[:100]!r}") from None


def stored(content: StoredBytes, dtype: DType, shape: tuple[int, ...], order: str) -> StoredArray | None:
    """Return an array over bytes that stay in their file; None where its elements are objects.

    Args:
        content: bytes of the elements.
        dtype: of the elements.
        shape: of the array.
        order: `C` or `F`, of the bytes.

    Raises:
        ArtifactUnreadable: the number of bytes is not what dtype and shape say.
    """
    if dtype.hasobject:
        return None
    check_length(content.nbytes, dtype, shape)
    return StoredArray(payload=content.payload, dtype=dtype, shape=shape, order=order)


def check_length(nbytes: int, dtype: DType, shape: tuple[int, ...]) -> None:
    """Raise ArtifactUnreadable unless an array has so many bytes.

    Raises:
        ArtifactUnreadable: `nbytes` is not what dtype and shape need.
    """
    expected = math.prod(shape) * dtype.itemsize
    if not dtype.itemsize and 0 not in shape:
        raise ArtifactUnreadable("an array whose elements have zero bytes")
    if expected != nbytes:
        raise ArtifactUnreadable(f"an array of {expected} bytes has {nbytes}")


def is_array(value: Value) -> TypeGuard[Array]:
    """Return whether a value is a NumPy array in memory, as in joblib's files."""
    return hasattr(value, "__array_interface__")


def loaded(value: Value) -> Value:
    """Return an array in memory in place of one that is still in its file."""
    return value.load() if isinstance(value, StoredArray) else value


def as_bytes(value: Value) -> bytes | bytearray | memoryview | None:
    """Return the raw bytes of a value, or None if it has none."""
    match value:
        case bytes() | bytearray():
            return value
        case StoredBytes():
            return value.load()
        case str():
            # Python 2 wrote the bytes of arrays as a text.
            try:
                return value.encode("latin-1")
            except UnicodeEncodeError:
                return None
    return None


def array(instance: Instance) -> Array | StoredArray | list[Value] | None:
    """Return the array of an `ndarray.__reduce__`: itself, or its items if they are objects.

    None if the instance is not of that form; the items are in C order, `prod(shape)` of them.

    Raises:
        ArtifactUnreadable: dtype, shape and content contradict each other.
    """
    match instance.states:
        case [(int(), dimensions, described, bool() | int() as fortran, content)]:
            shape, dtype = as_shape(dimensions), as_dtype(described)
        case _:
            return None
    if shape is None or dtype is None:
        return None
    if isinstance(content, list) and dtype.char == "O":
        return in_c_order(content, shape) if fortran else content
    if isinstance(content, StoredBytes):
        return stored(content, dtype, shape, "F" if fortran else "C")
    data = as_bytes(content)
    if data is None or dtype.hasobject:
        return None
    return from_bytes(data, dtype, shape, "F" if fortran else "C")


def shape_of(instance: Instance) -> tuple[int, ...]:
    """Return the shape in an `ndarray.__reduce__`, `()` if there is none."""
    match instance.states:
        case [(_, dimensions, *_)]:
            return as_shape(dimensions) or ()
    return ()


def in_c_order(items: list[Value], shape: tuple[int, ...]) -> list[Value]:
    """Return items in C order.

    Args:
        items: in Fortran order, `prod(shape)` of them.
        shape: of the array.

    Raises:
        ArtifactUnreadable: the number of items is another one.
    """
    import numpy as np

    if math.prod(shape) != len(items):
        raise ArtifactUnreadable(f"an array of {math.prod(shape)} objects has {len(items)}")
    places = np.arange(len(items)).reshape(shape[::-1]).T.ravel()
    return [items[place] for place in places.tolist()]


def from_buffer(instance: Instance) -> Array | StoredArray | None:
    """Return the array of `numpy._core.numeric._frombuffer(data, dtype, shape, order, axes)`."""
    match instance.args:
        case (StoredBytes() as content, described, tuple() as dimensions, str(order)) if order in _ORDERS:
            dtype, shape = as_dtype(described), as_shape(dimensions)
            return None if dtype is None or shape is None else stored(content, dtype, shape, order)
        case (content, described, tuple() as dimensions, str(order), *rest):
            data, dtype, shape = as_bytes(content), as_dtype(described), as_shape(dimensions)
        case _:
            return None
    if data is None or dtype is None or shape is None or dtype.hasobject:
        return None
    made = from_bytes(data, dtype, shape, order)
    match rest:
        case [tuple() as axes] if order == "K":
            if sorted(axis for axis in axes if isinstance(axis, int)) != list(range(len(shape))):
                return None
            return made.transpose([axis for axis in axes if isinstance(axis, int)])
    return made


def scalar(instance: Instance) -> Array | None:
    """Return the 0-dimensional array of `numpy._core.multiarray.scalar(dtype, bytes)`."""
    match instance.args:
        case (described, content):
            data, dtype = as_bytes(content), as_dtype(described)
            if data is not None and dtype is not None and not dtype.hasobject:
                return from_bytes(data, dtype, (), "C")
    return None


def subclass(instance: Instance) -> str:
    """Return the name of the array class that `_reconstruct` is asked for; empty if plain."""
    match instance.args:
        case (Global(name=name), *_) if name not in _PLAIN:
            return name
    return ""
