# SPDX-License-Identifier: Apache-2.0
"""Datatypes and dataspaces of HDF5."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.hdf5.blocks import HdfCursor

if TYPE_CHECKING:
    import numpy as np

_MEMBERS = 1000
_DEPTH = 8
_LABEL = 4000
"""Characters of a label; of a longer one the rest is a digest."""

_FLOATS = MappingProxyType({(2, 5, 10): "f2", (4, 8, 23): "f4", (8, 11, 52): "f8"})
_BOOLEAN = ((b"FALSE", b"\0"), (b"TRUE", b"\1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class HdfType:
    """A datatype.

    Attributes:
        size: bytes of an element in the file.
        plain: NumPy's dtype where elements are plain bytes.
        name: `bfloat16`, `text`, `sequence`, `reference`, `region`, `compound`; else "".
        base: the type of a sequence's elements.
        members: name, offset and type of the members of a compound that are not all plain bytes.
        label: what a dtype does not say, such as the names of an enumeration.
    """

    size: int
    plain: np.dtype | None = None
    name: str = ""
    base: HdfType | None = None
    members: tuple[tuple[str, int, HdfType], ...] = ()
    label: str = ""


def read_type(cursor: HdfCursor, depth: int = _DEPTH) -> HdfType:
    """Return the datatype at a place.

    Raises:
        ArtifactUnreadable: malformed, or of a class that is not read.
    """
    import numpy as np

    mark, flags = cursor.number("B"), cursor.little(3)
    kind, version, size = mark & 15, mark >> 4, cursor.number("I")
    if depth < 0 or not 1 <= version <= 5 or not 0 < size < 1 << 31:
        raise ArtifactUnreadable("a datatype in it is malformed")
    order = ">" if flags & 1 else "<"
    match kind:
        case 0:
            offset, precision = cursor.number("H"), cursor.number("H")
            if offset or precision != 8 * size or size not in {1, 2, 4, 8}:
                return _opaque(size, f"integer of {precision} bits")
            return HdfType(size=size, plain=np.dtype(f"{order}{'i' if flags & 8 else 'u'}{size}"))
        case 1:
            return _float(cursor, size, order)
        case 3:
            return HdfType(size=size, plain=np.dtype(f"S{size}"), label="utf-8" if flags >> 4 & 15 else "")
        case 4:
            cursor.take(4)
            return _opaque(size, "bits")
        case 5:
            return _opaque(size, cursor.take(flags & 255).rstrip(b"\0").decode("utf-8", "replace"))
        case 6:
            return _compound(cursor, size, version, flags & 0xFFFF, depth)
        case 7:
            return HdfType(size=size, name="reference" if not flags & 15 else "region")
        case 8:
            return _enumeration(cursor, version, flags & 0xFFFF, depth)
        case 9:
            base = read_type(cursor, depth - 1)
            return HdfType(size=size, name="text" if flags & 15 == 1 else "sequence", base=base)
        case 10:
            return _array(cursor, size, version, depth)
    raise ArtifactUnreadable(f"a datatype of the class {kind} is not supported")


def _opaque(size: int, label: str) -> HdfType:
    import numpy as np

    return HdfType(size=size, plain=np.dtype(f"V{size}"), label=label)


def _float(cursor: HdfCursor, size: int, order: str) -> HdfType:
    import numpy as np

    cursor.take(5)
    exponent = cursor.number("B")
    cursor.take(1)
    mantissa = cursor.number("B")
    cursor.take(4)
    if (size, exponent, mantissa) == (2, 8, 7) and order == "<":
        return HdfType(size=2, plain=np.dtype("<u2"), name="bfloat16")
    code = _FLOATS.get((size, exponent, mantissa))
    if code is None:
        return _opaque(size, f"float of {exponent} and {mantissa} bits")
    return HdfType(size=size, plain=np.dtype(order + code))


def _name(cursor: HdfCursor, version: int) -> str:
    begin = cursor.place
    name = cursor.until_zero()
    if version < 3:
        cursor.take(-(cursor.place - begin) % 8)
    return name


def _compound(cursor: HdfCursor, size: int, version: int, count: int, depth: int) -> HdfType:
    import numpy as np

    if count > _MEMBERS:
        raise ArtifactUnreadable(f"a datatype has {count} members")
    names, formats, offsets, members = [], [], [], []
    for _ in range(count):
        names.append(_name(cursor, version))
        offsets.append(cursor.number("I") if version < 3 else cursor.little((size.bit_length() + 7) // 8))
        shape: tuple[int, ...] = ()
        if version == 1:
            rank = cursor.number("B")
            cursor.take(11)
            shape = tuple(cursor.number("I") for _ in range(4))[:rank]
        member = read_type(cursor, depth - 1)
        members.append((names[-1], offsets[-1], member))
        if member.plain is None or member.name:
            continue
        formats.append((member.plain, shape) if shape else member.plain)
    if len({*names}) != count or any(offset + member.size > size for _, offset, member in members):
        raise ArtifactUnreadable("a datatype in it is malformed")
    if len(formats) < count:
        return HdfType(size=size, name="compound", members=tuple(members))
    try:
        plain = np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size})
    except (ValueError, TypeError) as error:
        raise ArtifactUnreadable(f"a datatype in it is malformed: {str(error)[:100]}") from error
    return HdfType(size=size, plain=plain)


def _enumeration(cursor: HdfCursor, version: int, count: int, depth: int) -> HdfType:
    import numpy as np

    base = read_type(cursor, depth - 1)
    if base.plain is None or count > _MEMBERS:
        raise ArtifactUnreadable("an enumeration in it is malformed")
    names = [_name(cursor, version).encode() for _ in range(count)]
    pairs = tuple(zip(names, (cursor.take(base.size) for _ in names), strict=True))
    if base.size == 1 and pairs == _BOOLEAN:
        return HdfType(size=1, plain=np.dtype("|b1"))
    return HdfType(size=base.size, plain=base.plain, label=_short(f"enum {pairs!r}"))


def _short(label: str) -> str:
    """Return a label that is not long, and another one for another text."""
    if len(label) <= _LABEL:
        return label
    return f"{label[:_LABEL]} {hashlib.sha256(label.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _array(cursor: HdfCursor, size: int, version: int, depth: int) -> HdfType:
    import numpy as np

    rank = cursor.number("B")
    cursor.take(3 if version < 3 else 0)
    shape = tuple(cursor.number("I") for _ in range(rank))
    cursor.take(4 * rank if version < 3 else 0)
    base = read_type(cursor, depth - 1)
    if base.plain is None or base.name or rank > 32:
        raise ArtifactUnreadable("an array in a datatype has elements that are not supported")
    try:
        plain = np.dtype((base.plain, shape))
    except (ValueError, OverflowError) as error:
        raise ArtifactUnreadable("an array in a datatype is malformed") from error
    if plain.itemsize != size:
        raise ArtifactUnreadable("an array in a datatype is malformed")
    return HdfType(size=size, plain=plain)


def read_space(cursor: HdfCursor) -> tuple[int, ...] | None:
    """Return the shape of a dataspace; None for one without elements.

    Raises:
        ArtifactUnreadable: malformed.
    """
    version, rank, flags = cursor.number("B"), cursor.number("B"), cursor.number("B")
    if version == 1:
        cursor.take(5)
        kind = 1 if rank else 0
    elif version == 2:
        kind = cursor.number("B")
    else:
        raise ArtifactUnreadable(f"a dataspace has the unknown version {version}")
    if rank > 32:
        raise ArtifactUnreadable(f"a dataset has {rank} dimensions")
    shape = tuple(cursor.length() for _ in range(rank))
    del flags
    return shape if kind != 2 else None


def read_limits(cursor: HdfCursor) -> tuple[int, ...]:
    """Return how far each dimension of a dataspace can grow, wherever in it the place is; -1 for no limit.

    Raises:
        ArtifactUnreadable: malformed.
    """
    cursor = cursor.inner(bytes(cursor.data))
    version, rank, flags = cursor.number("B"), cursor.number("B"), cursor.number("B")
    cursor.take(5 if version == 1 else 1)
    shape = tuple(cursor.length() for _ in range(rank))
    if not flags & 1:
        return shape
    most = (1 << 8 * cursor.lengths) - 1
    return tuple(-1 if size == most else size for size in (cursor.length() for _ in range(rank)))
