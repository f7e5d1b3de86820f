# SPDX-License-Identifier: Apache-2.0
"""Datatypes and dataspaces of HDF5."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
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
UTF8 = "utf-8"
"""Label of a text of a fixed size that says its encoding; its bytes are the same without."""

_BOOLEAN = ((b"FALSE", b"\0"), (b"TRUE", b"\1"))


class Ending(Enum):
    """What ends a text of a fixed size; one that is padded with NUL ends with the padding."""

    NUL = 0
    SPACES = 2


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
        texts: of texts of a fixed size, the members that lead to them and how they end.
    """

    size: int
    plain: np.dtype | None = None
    name: str = ""
    base: HdfType | None = None
    members: tuple[tuple[str, int, HdfType], ...] = ()
    label: str = ""
    texts: tuple[tuple[tuple[str, ...], Ending], ...] = ()

    @property
    def described(self) -> str:
        """All that tells the type from others, as a text."""
        parts = [str(self.plain)] if self.plain is not None else []
        parts += [part for part in (self.name, self.label) if part]
        parts += [f"of {self.base.described}"] if self.base is not None else []
        parts += [f"{name!r} {member.described}" for name, _, member in self.members]
        return _short(f"({', '.join(parts)})")


def ended(array: np.ndarray, kind: HdfType) -> None:
    """Blank what follows the end of texts of a fixed size, which nothing that loads them sees."""
    import numpy as np

    for path, ending in kind.texts:
        texts = array
        for name in path:
            texts = texts[name]
        raw = np.ascontiguousarray(texts)[..., np.newaxis].view("u1")
        if ending is Ending.NUL:
            behind = np.logical_or.accumulate(raw == 0, axis=-1)
        else:
            behind = np.logical_and.accumulate(raw[..., ::-1] == ord(" "), axis=-1)[..., ::-1]
        raw[behind] = 0
        texts[...] = raw.view(texts.dtype)[..., 0]


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
                sign, end = "" if flags & 8 else "unsigned ", ", big-endian" if flags & 1 else ""
                return _opaque(size, f"{sign}integer of {precision} bits from bit {offset}{end}")
            return HdfType(size=size, plain=np.dtype(f"{order}{'i' if flags & 8 else 'u'}{size}"))
        case 1:
            return _float(cursor, size, flags)
        case 3:
            if flags & 15 > 2:
                raise ArtifactUnreadable("a text in it is padded in an unknown way")
            texts = () if flags & 15 == 1 else (((), Ending(flags & 15)),)
            label = UTF8 if flags >> 4 & 15 else ""
            return HdfType(size=size, plain=np.dtype(f"S{size}"), label=label, texts=texts)
        case 4:
            places = f" {cursor.number('H')} {cursor.number('H')} {flags & 1}".removesuffix(
                f" 0 {8 * size} 0"
            )
            return _opaque(size, f"bits{places}")
        case 5:
            return _opaque(size, f"opaque {cursor.take(flags & 255).rstrip(bytes(1))!r}")
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


def _float(cursor: HdfCursor, size: int, flags: int) -> HdfType:
    import numpy as np

    offset, precision = cursor.number("H"), cursor.number("H")
    high, exponent, low, mantissa = (cursor.number("B") for _ in range(4))
    found = (offset, precision, high, low, cursor.number("I"), flags >> 8 & 255, flags >> 4 & 3)
    # Sign, exponent and mantissa side by side, whose first bit is implied; those of x86 with 80 bits have it.
    bits, bias, implied = 1 + exponent + mantissa, (1 << exponent >> 1) - 1, 2 * (mantissa != 64)
    usual = found == (0, bits, mantissa, 0, bias, bits - 1, implied) and not flags & 64
    order = ">" if flags & 1 else "<"
    if usual and (size, exponent, mantissa) == (2, 8, 7) and order == "<":
        return HdfType(size=2, plain=np.dtype("<u2"), name="bfloat16")
    code = _FLOATS.get((size, exponent, mantissa))
    if usual and code is not None:
        return HdfType(size=size, plain=np.dtype(order + code))
    more = "" if usual and order == "<" else f" {found} {flags & 65}"
    return _opaque(size, f"float of {exponent} and {mantissa} bits{more}")


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
    label = "; ".join(f"{name!r} {kind.label}" for name, _, kind in members if kind.label not in {"", UTF8})
    texts = tuple(((name, *path), ending) for name, _, kind in members for path, ending in kind.texts)
    if len(formats) < count:
        return HdfType(size=size, name="compound", members=tuple(members))
    try:
        plain = np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size})
    except (ValueError, TypeError) as error:
        raise ArtifactUnreadable(f"a datatype in it is malformed: {str(error)[:100]}") from error
    return HdfType(size=size, plain=plain, label=_short(label), texts=texts)


def _enumeration(cursor: HdfCursor, version: int, count: int, depth: int) -> HdfType:
    import numpy as np

    base = read_type(cursor, depth - 1)
    if base.plain is None or count > _MEMBERS:
        raise ArtifactUnreadable("an enumeration in it is malformed")
    names = [_name(cursor, version).encode() for _ in range(count)]
    pairs = tuple(zip(names, (cursor.take(base.size) for _ in names), strict=True))
    if base.size == 1 and pairs == _BOOLEAN and not base.label:
        return HdfType(size=1, plain=np.dtype("|b1"))
    return HdfType(size=base.size, plain=base.plain, label=_short(f"enum {pairs!r}{base.label}"))


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
    return HdfType(size=size, plain=plain, label=base.label, texts=base.texts)


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
