# SPDX-License-Identifier: Apache-2.0
"""Values of well-known libraries as plain parts: arrays, tables, tensors, generators; nothing is imported.

A library that the program has not loaded is
not asked for. Arrays are digested by dtype, shape and little-endian bytes in C order.
"""

from __future__ import annotations

import sys
from hashlib import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    import numpy as np

    Parts = list[tuple[str, object]] | None
    """Parts of a value, each with its segment of the path; None where the value is of another kind."""

    class PartVisitor(Protocol):
        """What visits the parts."""

        def leaf(self, path: str, content: bytes, text: str) -> None:
            """Add a mark for content."""

        def visit(self, path: str, value: object, depth: int) -> None:
            """Add the marks of a value."""

        def sequence(self, path: str, items: list[object], depth: int, name: str) -> None:
            """Add the marks of a list."""


LIMIT = 256 << 20
"""Bytes of one array that are digested; of a larger one, blocks spread evenly over it."""
BUDGET = 8 << 30
"""Bytes digested in one process, after which arrays above 1 MiB are sampled."""
BLOCK = 4 << 20
BLOCKS = 16
COLUMNS = 100

_STANDARD = frozenset(
    {"datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta", "decimal.Decimal"}
    | {"fractions.Fraction", "uuid.UUID"}
)
_PATHS = frozenset({"PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath"})


class _Spent:
    bytes = 0


def _type(module: str, name: str) -> type | None:
    """Return a class of a module that is loaded, else None."""
    found = getattr(sys.modules.get(module), "__dict__", {}).get(name)
    return found if isinstance(found, type) else None


# Straight from `type`: a metaclass may have attributes, equality and a hash of its own.
_MRO, _MODULE, _QUALNAME = (type.__dict__[name] for name in ("__mro__", "__module__", "__qualname__"))


def names(kind: type) -> tuple[str, str]:
    """Return module and qualified name of a class."""
    module = _MODULE.__get__(kind)
    return (module if type(module) is str else ""), str(_QUALNAME.__get__(kind))


def bases(value: object) -> tuple[type, ...]:
    """Return the classes that a value is an instance of, without asking a metaclass."""
    found: tuple[type, ...] = _MRO.__get__(type(value))
    return found


def _is(value: object, module: str, name: str) -> bool:
    kind = _type(module, name)
    return kind is not None and any(base is kind for base in bases(value))


def plain(value: object) -> bytes | None:
    """Return the bytes of a NumPy number or of a plain value of the standard library, else None."""
    kind = type(value)
    if kind is range or kind is slice or kind is bytearray or value is ...:
        return f"{value!r}".encode()
    module, name = names(kind)
    if module == "numpy" and _is(value, "numpy", "generic"):
        return _number(value)
    if f"{module}.{name}" in _STANDARD:
        return f"{name}:{value!r}".encode("utf-8", "surrogatepass")
    return None


def _number(value: Any) -> bytes | None:
    dtype = value.dtype
    if dtype.hasobject or dtype.names is not None or dtype.char in "gG":
        return None
    content: bytes = value.astype(dtype.newbyteorder("<")).tobytes()
    return f"n{dtype.newbyteorder('<').str}:".encode() + content


def shown(value: object) -> str:
    """Return a value of `plain`, or the name of its type, for people."""
    return str(value)[:120] if plain(value) is not None else names(type(value))[1]


def visit(walk: PartVisitor, path: str, value: object, depth: int) -> bool:
    """Mark the parts of a value of a known kind; return whether it was one.

    Args:
        walk: collects the marks.
        path: of the value.
        value: any.
        depth: of the value below what is recorded.
    """
    if _is(value, "numpy", "ndarray"):
        array(walk, path, value, depth)
        return True
    kind = type(value)
    if id(kind) in _UNKNOWN:
        return False
    for read_parts in PART_READERS:
        parts = read_parts(value)
        if parts is not None:
            for segment, part in parts:
                walk.visit(path + segment, part, depth + 1)
            return True
    _UNKNOWN[id(kind)] = kind
    return False


_UNKNOWN: dict[int, type] = {}
"""Classes that nothing below knows; a class is there only after the library that it comes from."""


def _path(value: object) -> Parts:
    module, name = names(type(value))
    is_path = module.partition(".")[0] == "pathlib" and name in _PATHS
    return [("", str(value))] if is_path else None


def _enum(value: object) -> Parts:
    if not _is(value, "enum", "Enum"):
        return None
    return [("", f"{names(type(value))[1]}.{object.__getattribute__(value, '_name_')}")]


def _generator(value: Any) -> Parts:
    """Take the state of a generator of random numbers: it parts before the first number is drawn."""
    if _is(value, "numpy.random", "Generator"):
        return [(".bit_generator", value.bit_generator)]
    if _is(value, "numpy.random", "BitGenerator"):
        return [(".state", value.state)]
    if _is(value, "numpy.random", "RandomState"):
        return [(".state", value.get_state(legacy=False))]
    kind = _type("random", "Random")
    if kind is not None and type(value) is kind:  # a subclass may have a method of its own
        generator: Any = value
        return [(".state", generator.getstate())]
    return None


def _pandas(value: Any) -> Parts:
    if _is(value, "pandas", "Timestamp") or _is(value, "pandas", "Timedelta"):
        return [(".value", str(value))]
    if _is(value, "pandas", "Index"):
        return [("", _values(value))]
    if _is(value, "pandas", "Series"):
        return [(".index", _values(value.index)), (".values", _values(value))]
    if not _is(value, "pandas", "DataFrame"):
        return None
    columns = list(value.columns)
    found: list[tuple[str, object]] = [(".columns", columns), (".index", _values(value.index))]
    for index, name in enumerate(columns[:COLUMNS]):
        text = repr(name) if type(name) in (str, int) else f"#{index}"
        found.append((f"[{text}]", _values(value.iloc[:, index])))
    if len(columns) > COLUMNS:
        found.append(("[…]", _values(value.iloc[:, COLUMNS:])))
    return found


def _values(table: Any) -> object:
    return table.to_numpy()


def _torch(value: Any) -> Parts:
    if _is(value, "torch", "Tensor"):
        tensor = value.detach().cpu()
        torch = sys.modules["torch"]
        if tensor.dtype is torch.bfloat16:
            tensor = tensor.view(torch.int16)
        if tensor.layout is not torch.strided or tensor.is_quantized:
            return [(".layout", str(tensor.layout))]
        return [("", tensor.resolve_conj().resolve_neg().numpy())]
    if _is(value, "torch.nn", "Module"):
        own = vars(value)
        names = ("_parameters", "_buffers", "_modules")
        return [(f".{key}", part) for name in names for key, part in own.get(name, {}).items()]
    if _is(value, "torch", "Generator"):
        return [(".state", value.get_state())]
    return None


def _foreign(value: Any) -> Parts:
    """Take arrays of JAX and TensorFlow, and the weights of Keras models, through NumPy."""
    module, name = names(type(value))
    package = module.partition(".")[0]
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    tensor = _is(value, "jax", "Array") or name in ("EagerTensor", "ResourceVariable", "ArrayImpl")
    if package in ("jax", "jaxlib", "tensorflow") and tensor:
        return [("", numpy.asarray(value))]
    if _is(value, "keras", "Model"):
        return [(".weights", value.get_weights())]
    return None


def _tree(value: Any) -> Parts:
    if _is(value, "sklearn.tree._tree", "Tree"):
        return [("", value.__getstate__())]
    return None


def _booster(value: Any) -> Parts:
    if _is(value, "xgboost", "Booster"):
        return [(".raw", bytes(value.save_raw("ubj")))]
    if _is(value, "lightgbm", "Booster"):
        return [(".model", value.model_to_string())]
    return None


def array(walk: PartVisitor, path: str, value: object, depth: int) -> None:
    """Mark an array; one with fields field by field, one of objects as the list of them.

    Args:
        walk: collects the marks.
        path: of the array.
        value: an array of any dtype and shape.
        depth: of the array below what is recorded.
    """
    numpy = sys.modules["numpy"]
    plain: np.ndarray = numpy.asarray(value)  # of a subclass, the plain array below it
    if plain.dtype.hasobject or plain.dtype.kind == "T":
        items = plain.reshape(-1).tolist()
        walk.sequence(path, items, depth, f"{plain.dtype} {plain.shape}")
        return
    if plain.dtype.names is not None:
        for name in plain.dtype.names:
            array(walk, f"{path}[{name!r}]", plain[name], depth)
        return
    content, sampled = _content(plain)
    dtype = plain.dtype.newbyteorder("<").str
    text = f"{plain.dtype.name} {plain.shape} {_first(plain)}{' (sampled)' if sampled else ''}"
    walk.leaf(path, f"a{dtype}{plain.shape}".encode() + content, text)


def _first(plain: np.ndarray) -> str:
    first = [str(item)[:40] for item in plain.flat[:3].tolist()]
    return ", ".join([*first, *(["…"] if plain.size > 3 else [])])


def _content(plain: np.ndarray) -> tuple[bytes, bool]:
    """Return the digest of an array's bytes, and whether only blocks of it were read."""
    item = max(plain.dtype.itemsize, 1)
    step = max(BLOCK // item, 1)
    limit = LIMIT if _Spent.bytes < BUDGET else 1 << 20
    sampled = plain.nbytes > limit
    starts = list(range(0, plain.size, step))
    if sampled:
        step = min(step, max(limit // BLOCKS // item, 1))
        starts = [(plain.size - step) * index // (BLOCKS - 1) for index in range(BLOCKS)]
    # `flat` copies only the slice that is asked for, whatever the strides.
    flat = plain.reshape(-1) if plain.flags.c_contiguous else plain.flat
    hasher = blake2b(digest_size=16)
    for start in starts:
        hasher.update(_bytes(flat[start : start + step]))
    _Spent.bytes += len(starts) * step * item
    return hasher.digest(), sampled


def _bytes(block: np.ndarray) -> bytes:
    if block.dtype.char in "gG" and block.dtype.itemsize in (16, 32):
        # The x87 format has 10 bytes; the rest of each 16 is whatever memory held before.
        raw = block.copy().view("u1").reshape(-1, 16)
        return raw[:, :10].tobytes() if sys.modules["numpy"].finfo("g").nmant == 63 else raw.tobytes()
    return block.astype(block.dtype.newbyteorder("<"), copy=False).tobytes()


PART_READERS = (_path, _enum, _generator, _pandas, _torch, _foreign, _tree, _booster)
