# SPDX-License-Identifier: Apache-2.0
"""What the metadata of a Zarr array says: its shape, and how chunks become elements.

Sources: the Zarr storage specification version 2, and the Zarr core specification version 3.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.dtypes import NAMED

if TYPE_CHECKING:
    import numpy as np

_RANK = 32
TEXTS = "text"
"""The name of elements that are texts of any length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """The type of the elements.

    Attributes:
        plain: NumPy's dtype; that of Python's objects for texts.
        name: `text`, or a type that NumPy does not know; else "".
    """

    plain: np.dtype
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One step from elements to bytes.

    Attributes:
        name: as version 3 calls it.
        settings: what else is said of it.
    """

    name: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZarrLayout:
    """An array in chunks.

    Attributes:
        shape: of the array.
        chunk: shape of a chunk.
        elements: their type.
        fill: the element that was never written; None where none is given.
        codecs: from elements to bytes, in this order.
        prefix: what the keys of chunks start with.
        separator: between the numbers in a key.
        attributes: what the user says of the array.
        names: of its dimensions; None where they have none.
    """

    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    elements: Elements
    fill: object
    codecs: tuple[Codec, ...]
    prefix: str
    separator: str
    attributes: Mapping[str, object]
    names: object = None

    def key(self, index: tuple[int, ...]) -> str:
        """Return the key of a chunk."""
        numbers = self.separator.join(map(str, index))
        return (
            self.prefix
            + (self.separator if self.prefix and index else "")
            + (numbers or ("" if self.prefix else "0"))
        )

    def empty(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return an array of the element that was never written.

        Args:
            shape: of the array.

        Raises:
            ArtifactUnreadable: that element is malformed.
        """
        import numpy as np

        if self.elements.name == TEXTS:
            # Zarr 2 writes the number 0 for texts as well.
            none = self.fill is None or (type(self.fill) is int and self.fill == 0)
            if not none and not isinstance(self.fill, str):
                raise ArtifactUnreadable("its fill value is not a string")
            return np.full(shape, self.fill if isinstance(self.fill, str) else "", object)
        array = np.zeros(shape, self.elements.plain)
        if self.fill not in (None, 0, False, "") or str(self.fill) == "-0.0":
            array[...] = _fill(self.fill, self.elements)
        return array


def old_layout(meta: object, attributes: Mapping[str, object]) -> ZarrLayout:
    """Return what a `.zarray` of version 2 says.

    Raises:
        ArtifactUnreadable: malformed, or something that is not read.
    """
    if not isinstance(meta, dict) or meta.get("zarr_format") != 2:
        raise ArtifactUnreadable("its metadata is not that of an array of Zarr 2")
    codecs, filters = [], meta.get("filters") or []
    if not isinstance(filters, list):
        raise ArtifactUnreadable("its filters are malformed")
    texts = [one.get("id") for one in filters if isinstance(one, dict)] == ["vlen-utf8"]
    if filters and not texts:
        raise ArtifactUnreadable(
            f"its chunks went through filters that are not supported: {str(filters)[:100]}"
        )
    elements = _old_elements(meta.get("dtype"), texts=texts)
    shape = _sizes(meta.get("shape"))
    if meta.get("order") == "F":
        codecs.append(Codec(name="transpose", settings={"order": list(reversed(range(len(shape))))}))
    codecs.append(Codec(name="vlen-utf8" if texts else "bytes", settings={"endian": ""}))
    compressor = meta.get("compressor")
    if isinstance(compressor, dict):
        codecs.append(Codec(name=str(compressor.get("id")), settings=compressor))
    separator = meta.get("dimension_separator", ".")
    return ZarrLayout(
        shape=shape,
        chunk=_checked_chunk(shape, meta.get("chunks")),
        elements=elements,
        fill=meta.get("fill_value"),
        codecs=tuple(codecs),
        prefix="",
        separator=separator if separator in (".", "/") else ".",
        attributes=attributes,
    )


def new_layout(meta: object) -> ZarrLayout:
    """Return what a `zarr.json` of version 3 says.

    Raises:
        ArtifactUnreadable: malformed, or something that is not read.
    """
    if not isinstance(meta, dict) or meta.get("zarr_format") != 3 or meta.get("node_type") != "array":
        raise ArtifactUnreadable("its metadata is not that of an array of Zarr 3")
    shape = _sizes(meta.get("shape"))
    grid, keys = _named(meta.get("chunk_grid")), _named(meta.get("chunk_key_encoding"))
    if grid.name != "regular" or keys.name not in {"default", "v2"} or meta.get("storage_transformers"):
        raise ArtifactUnreadable(f"its chunks lie in a way that is not supported: {grid.name}, {keys.name}")
    given, names = meta.get("attributes") or {}, meta.get("dimension_names")
    if not isinstance(given, dict):
        raise ArtifactUnreadable("its attributes are malformed")
    separator = keys.settings.get("separator", "/" if keys.name == "default" else ".")
    return ZarrLayout(
        shape=shape,
        chunk=_checked_chunk(shape, grid.settings.get("chunk_shape")),
        elements=_new_elements(meta.get("data_type")),
        fill=meta.get("fill_value"),
        codecs=codecs_of(meta.get("codecs")),
        prefix="c" if keys.name == "default" else "",
        separator=separator if separator in (".", "/") else "/",
        attributes=given,
        names=names or None,
    )


def codecs_of(value: object) -> tuple[Codec, ...]:
    """Return the codecs of a list of version 3.

    Raises:
        ArtifactUnreadable: it is no such list.
    """
    if not isinstance(value, list) or not 0 < len(value) <= 16:
        raise ArtifactUnreadable("its codecs are malformed")
    return tuple(map(_named, value))


def _named(value: object) -> Codec:
    match value:
        case str(name):
            return Codec(name=name, settings={})
        case {"name": str(name), **rest}:
            settings = rest.get("configuration", {})
            return Codec(name=name, settings=settings if isinstance(settings, dict) else {})
    raise ArtifactUnreadable("its metadata is malformed")


def _sizes(value: object) -> tuple[int, ...]:
    if (
        not isinstance(value, list)
        or len(value) > _RANK
        or any(type(one) is not int or one < 0 for one in value)
    ):
        raise ArtifactUnreadable("its shape is malformed")
    return tuple(value)


def _checked_chunk(shape: tuple[int, ...], value: object) -> tuple[int, ...]:
    chunk = _sizes(value)
    if len(chunk) != len(shape) or not all(chunk):
        raise ArtifactUnreadable("the shape of its chunks is malformed")
    return chunk


def _plain(value: object) -> np.dtype:
    import numpy as np

    words = f"its elements are of the type {str(value)[:80]}, which is not supported"
    try:
        found: np.dtype = np.dtype(value)  # type: ignore[call-overload]  # whatever the file says
    except (TypeError, ValueError, OverflowError, SyntaxError) as error:
        raise ArtifactUnreadable(words) from error
    if found.hasobject or not found.itemsize:
        raise ArtifactUnreadable(words)
    return found


def _old_elements(value: object, *, texts: bool) -> Elements:
    import numpy as np

    if texts:
        return Elements(plain=np.dtype(object), name=TEXTS)
    if isinstance(value, str) and value in NAMED:
        return Elements(plain=np.dtype(f"<u{NAMED[value] // 8}"), name=value)
    if isinstance(value, list):
        value = [tuple(one) if isinstance(one, list) else one for one in value]
    elif not isinstance(value, str) or value[:1] not in "<>|" or len(value) > 40:
        raise ArtifactUnreadable(f"its elements are of the type {str(value)[:80]}, which is not supported")
    return Elements(plain=_plain(value))


def _new_elements(value: object) -> Elements:
    import numpy as np

    match value:
        case "string":
            return Elements(plain=np.dtype(object), name=TEXTS)
        case str(name) if name in NAMED:
            return Elements(plain=np.dtype(f"<u{NAMED[name] // 8}"), name=name)
        case str(name) if name.rstrip("0123456789") in {"bool", "int", "uint", "float", "complex"}:
            return Elements(plain=_plain(name).newbyteorder("<"))
        case {"name": "fixed_length_utf32", "configuration": {"length_bytes": int(size)}}:
            return Elements(plain=_plain(f"<U{size // 4}"))
        case {"name": "null_terminated_bytes", "configuration": {"length_bytes": int(size)}}:
            return Elements(plain=_plain(f"S{size}"))
        case {
            "name": ("numpy.datetime64" | "numpy.timedelta64") as name,
            "configuration": {"unit": str(unit), "scale_factor": int(scale)},
        }:
            return Elements(plain=_plain(f"<{'M' if 'date' in name else 'm'}8[{scale}{unit}]"))
    raise ArtifactUnreadable(f"its elements are of the type {str(value)[:80]}, which is not supported")


def _fill(value: object, elements: Elements) -> object:
    """Return the element that JSON's `value` stands for.

    Raises:
        ArtifactUnreadable: it stands for none.
    """
    import numpy as np

    dtype = elements.plain
    try:
        match value:
            case str() if value.startswith("0x") and dtype.kind in "biufc":
                raw = int(value, 16).to_bytes(dtype.itemsize, "big")
                return np.frombuffer(raw, dtype.newbyteorder(">"))[0]
            case _ if elements.name:
                pass
            case str() if dtype.kind in "fc":
                return float(value.replace("Infinity", "inf"))
            case str() if dtype.kind == "U":
                return value
            case str() if dtype.kind in "SV":
                return np.frombuffer(base64.b64decode(value, validate=True), dtype)[0]
            case [real, imaginary] if dtype.kind == "c":
                return complex(_part(real), _part(imaginary))
            case int() if dtype.kind in "mM":
                return np.int64(value).view(dtype)
            case bool() | int() | float() if dtype.kind in "biufc" and math.prod(dtype.shape) == 1:
                return np.asarray([value]).astype(dtype)[0]
    except (ValueError, OverflowError, TypeError) as error:
        raise ArtifactUnreadable(f"its fill value is malformed: {error}") from error
    raise ArtifactUnreadable(f"its fill value is {str(value)[:80]}, which is not supported")


def _part(value: object) -> float:
    return float(str(value).replace("Infinity", "inf"))
