# SPDX-License-Identifier: Apache-2.0
"""PyTorch's tensors out of the calls that its pickles spell them as.

The calls are those of torch/_utils.py: `_rebuild_tensor_v2(storage, offset, size, stride,
requires_grad, hooks[, metadata])` and its relatives. Offsets and strides count elements.
"""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import array_leaf, stream_leaf
from repro_action.readers.pickle.numpy_values import as_shape
from repro_action.readers.pickle.parts import Expansion, Parts, Rule, generic, modelled
from repro_action.readers.pickle.values import DictValue, Global, Instance, Persistent, Value
from repro_action.readers.protocol import BytesSource, ReadContext, Source
from repro_action.readers.sources import RegionSource
from repro_action.tree import Leaf

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

STORAGE = "torch.Storage"
PARAMETER = "torch.nn.parameter.Parameter"
_FREE = 64 << 20

_DTYPES = MappingProxyType(
    {
        "float64": "<f8",
        "float32": "<f4",
        "float16": "<f2",
        "bfloat16": "bfloat16",
        "complex128": "<c16",
        "complex64": "<c8",
        "int64": "<i8",
        "int32": "<i4",
        "int16": "<i2",
        "int8": "|i1",
        "uint8": "|u1",
        "uint16": "<u2",
        "uint32": "<u4",
        "uint64": "<u8",
        "bool": "|b1",
        "float8_e4m3fn": "float8_e4m3fn",
        "float8_e5m2": "float8_e5m2",
        "float8_e8m0fnu": "float8_e8m0fnu",
        "qint8": "|i1",
        "quint8": "|u1",
        "qint32": "<i4",
    }
)
_STORAGES = MappingProxyType(
    {
        "DoubleStorage": "float64",
        "FloatStorage": "float32",
        "HalfStorage": "float16",
        "BFloat16Storage": "bfloat16",
        "ComplexDoubleStorage": "complex128",
        "ComplexFloatStorage": "complex64",
        "LongStorage": "int64",
        "IntStorage": "int32",
        "ShortStorage": "int16",
        "CharStorage": "int8",
        "ByteStorage": "uint8",
        "BoolStorage": "bool",
        "UntypedStorage": "uint8",
        "QInt8Storage": "qint8",
        "QUInt8Storage": "quint8",
        "QInt32Storage": "qint32",
    }
)
_WIDTHS = MappingProxyType({"bfloat16": 2, "float8_e4m3fn": 1, "float8_e5m2": 1, "float8_e8m0fnu": 1})


def persistent(id: Value) -> Value:  # the pickle protocol's own word
    """Return the storage that a persistent id names: `("storage", class, key, device, length)`."""
    match id:
        case ("storage", Global() as cls, str() as key, str(), int() as length):
            return Instance(Global(STORAGE), (cls, key, length))
    return Persistent(id)


def storage_width(cls: Global) -> int:
    """Return the bytes of an element of a storage.

    Raises:
        ArtifactUnreadable: its class is unknown.
    """
    name = cls.name.rpartition(".")[2]
    if name not in _STORAGES:
        raise ArtifactUnreadable(f"a storage is of the unknown type {name[:40]!r}")
    return _width(_DTYPES[_STORAGES[name]])


def _width(dtype: str) -> int:
    import numpy as np

    return _WIDTHS.get(dtype) or np.dtype(dtype).itemsize


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Elements of a storage: which ones, and of what type.

    Attributes:
        key: of the storage.
        dtype: of the elements.
        length: of the storage, in elements of this dtype.
        offset: of the first element, in elements.
        shape, strides: of the tensor; strides in elements.
    """

    key: str
    dtype: str
    length: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def contiguous(self) -> bool:
        """Whether the elements lie side by side, in C order."""
        step = 1
        for size, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if size != 1 and stride != step:
                return False
            step *= size
        return True

    @property
    def start(self) -> int:
        """Bytes of the storage before the first element."""
        return self.offset * _width(self.dtype)

    @property
    def nbytes(self) -> int:
        """Bytes of all elements, side by side."""
        return math.prod(self.shape) * _width(self.dtype)

    def check(self, nbytes: int) -> None:
        """Raise ArtifactUnreadable unless every element is within the first `nbytes` bytes."""
        width = _width(self.dtype)
        if self.length * width != nbytes:
            raise ArtifactUnreadable(
                f"storage {self.key[:40]!r} has {nbytes} bytes, not {self.length * width}"
            )
        count = math.prod(self.shape)
        last = sum((size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True))
        if self.offset < 0 or min(self.strides, default=0) < 0:
            raise ArtifactUnreadable("a tensor starts before its storage, or runs backwards")
        if count and self.offset + last >= self.length:
            raise ArtifactUnreadable("a tensor extends beyond its storage")
        if count * width > max(_FREE, 200 * nbytes):
            raise ArtifactUnreadable(f"a tensor repeats its storage of {nbytes} bytes too often")


@dataclass(slots=True, kw_only=True)
class Storages:
    """The bytes behind the tensors of one file.

    Attributes:
        archive: the zip file.
        members: entries by storage key.
        little: whether numbers are little-endian.
        context: limits and digester.
        unread: keys that nothing referred to so far.
    """

    archive: Source
    members: dict[str, zipfile.ZipInfo]
    little: bool
    context: ReadContext
    unread: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.unread = set(self.members)

    def rules(self) -> dict[str, Rule]:
        """Return the readers of PyTorch's types, by full name."""
        utils = "torch._utils."
        return {
            STORAGE: self._storage,
            utils + "_rebuild_tensor": self._tensor,
            utils + "_rebuild_tensor_v2": self._tensor,
            utils + "_rebuild_tensor_v3": self._tensor,
            utils + "_rebuild_qtensor": self._quantized,
            utils + "_rebuild_parameter": self._parameter,
        }

    def resolved(self, instance: Instance) -> Instance:
        """Return a call with the storage that it names in place of what it is spelled as."""
        return instance

    def _storage(self, instance: Instance, _: ReadContext) -> Expansion | None:
        match instance.args:
            case (_, _, int() as length):
                return self._leaf(_view(instance, 0, (length,), (1,)))
        return None

    def _tensor(self, instance: Instance, _: ReadContext) -> Expansion | None:
        instance = self.resolved(instance)
        match instance.args:
            case (Instance(type="torch.Storage") as storage, int() as offset, size, stride, *rest):
                view = _view(storage, offset, size, stride, _element_type(rest))
            case _:
                return None
        leaf = self._leaf(view)
        extra = _extra(rest)
        return leaf if not extra else _with(leaf, instance, extra)

    def _parameter(self, instance: Instance, context: ReadContext) -> Expansion | None:
        match instance.args:
            case (Instance() as data, bool() as requires_grad, *hooks):
                plain = requires_grad and all(_empty(hook) for hook in hooks)
                rule = self.rules().get(data.type)
                if plain and rule is not None and modelled(data):
                    return rule(data, context)
                children: list[tuple[str, Value]] = [(".data", data), (".requires_grad", requires_grad)]
                children += [(f".hooks[{index}]", hook) for index, hook in enumerate(hooks)]
                return Parts(type=PARAMETER, children=children)
        return None

    def _quantized(self, instance: Instance, _: ReadContext) -> Expansion | None:
        instance = self.resolved(instance)
        match instance.args:
            case (Instance(type="torch.Storage") as storage, int() as offset, size, stride, scheme, *rest):
                view = _view(storage, offset, size, stride)
            case _:
                return None
        return _with(self._leaf(view), instance, [(".quantizer", scheme), *_extra(rest)])

    def _leaf(self, view: View) -> Leaf:
        info = self.members.get(view.key)
        if info is None:
            raise ArtifactUnreadable(f"its storage {view.key[:40]!r} is missing")
        self.unread.discard(view.key)
        view.check(info.file_size)
        stored = info.compress_type == zipfile.ZIP_STORED
        if stored and self.little and view.contiguous:
            return stream_leaf(
                self._region(info),
                offset=view.start,
                nbytes=view.nbytes,
                dtype=view.dtype,
                shape=view.shape,
                context=self.context,
            )
        return self._gathered(view, self._bytes(info))

    def _region(self, info: zipfile.ZipInfo) -> RegionSource:
        with self.archive.open() as file:
            file.seek(info.header_offset)
            header = file.read(30)
        if len(header) < 30 or not header.startswith(b"PK\3\4"):
            raise ArtifactUnreadable("the archive is damaged")
        start = (
            info.header_offset + 30 + sum(int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
        )
        if start + info.file_size > self.archive.size:
            raise ArtifactUnreadable("the archive is cut off")
        return RegionSource(self.archive, info.filename, start, info.file_size)

    def _bytes(self, info: zipfile.ZipInfo) -> bytes:
        self.context.expand(info.file_size)
        with self.archive.open() as file, zipfile.ZipFile(file) as archive:
            return archive.read(info)

    def _gathered(self, view: View, data: bytes) -> Leaf:
        """Return the leaf of elements that do not lie side by side."""
        import numpy as np

        width = _width(view.dtype)
        only_torch = view.dtype in _WIDTHS
        dtype = np.dtype(f"u{width}" if only_torch else view.dtype).newbyteorder("<" if self.little else ">")
        try:
            strided: npt.NDArray[np.generic] = np.ndarray(
                view.shape,
                dtype,
                data,
                view.offset * width if math.prod(view.shape) else 0,
                tuple(stride * width for stride in view.strides),
            )
        except (ValueError, TypeError, OverflowError) as error:
            raise ArtifactUnreadable(f"a tensor is malformed: {str(error)[:100]!r}") from None
        if not only_torch:
            return array_leaf(strided, self.context)
        plain = np.ascontiguousarray(strided, dtype=dtype.newbyteorder("<")).tobytes()
        return stream_leaf(
            BytesSource("tensor", plain),
            offset=0,
            nbytes=len(plain),
            dtype=view.dtype,
            shape=view.shape,
            context=self.context,
        )


def _view(storage: Instance, offset: int, size: Value, stride: Value, other: str = "") -> View:
    """Return the view on a storage; `other` is the dtype where the storage has none of its own."""
    cls, key, length = storage.args
    shape, strides = as_shape(size), stride
    storage_dtype = _STORAGES.get(cls.name.rpartition(".")[2]) if isinstance(cls, Global) else None
    typed = other or storage_dtype
    dtype = _DTYPES.get(typed or "")
    if dtype is None:
        raise ArtifactUnreadable(f"a tensor is of the unknown type {str(typed)[:40]!r}")
    steps = tuple(step for step in strides if isinstance(step, int)) if isinstance(strides, tuple) else ()
    if shape is None or not isinstance(strides, tuple) or not len(shape) == len(steps) == len(strides):
        raise ArtifactUnreadable("the size or stride of a tensor is malformed")
    if not isinstance(key, str) or not isinstance(length, int) or storage_dtype is None:
        raise ArtifactUnreadable("the storage of a tensor is malformed")
    if other:
        # An untyped storage counts bytes.
        length //= _width(dtype)
    return View(key=key, dtype=dtype, length=length, offset=offset, shape=shape, strides=steps)


def _element_type(rest: list[Value]) -> str:
    """Return the dtype that `_rebuild_tensor_v3` has behind `requires_grad` and the hooks."""
    match rest:
        case [_, _, Global(name=name), *_]:
            return name.removeprefix("torch.")
    return ""


def _empty(value: Value) -> bool:
    match value:
        case None | False | DictValue(pairs=[]):
            return True
        case Instance(type="collections.OrderedDict", args=(), pairs=[]):
            return True
    return False


def _extra(rest: list[Value]) -> list[tuple[str, Value]]:
    """Return what a tensor has besides its elements, where that is not what every tensor has."""
    names = (".requires_grad", ".hooks", ".metadata")
    shown = [value for value in rest if not (isinstance(value, Global) and value.name.startswith("torch."))]
    return [(name, value) for name, value in zip(names, shown, strict=False) if not _empty(value)]


def _with(leaf: Leaf, instance: Instance, extra: list[tuple[str, Value]]) -> Parts:
    parts = generic(instance, name="torch.Tensor", arguments=False)
    return Parts(type=parts.type, leaves=[(".data", leaf)], children=extra + parts.children)
