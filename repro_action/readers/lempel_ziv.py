# SPDX-License-Identifier: Apache-2.0
"""Blocks of LZ4, Snappy, BloscLZ and LZF: literals, and copies of what came before.

Sources: lz4_Block_format.md of lz4/lz4, format_description.txt of google/snappy, `blosclz.c` of
Blosc/c-blosc, and `lzf_d.c` of LibLZF.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protobuf import varint

_FAR = 8191
"""The distance from which on BloscLZ writes it in full."""


@dataclass(slots=True)
class _Out:
    """What comes out; each step is checked against the number of bytes that are expected."""

    data: bytes
    size: int
    made: bytearray = field(default_factory=bytearray)

    def literals(self, place: int, length: int) -> int:
        """Take bytes as they are; return the place behind them."""
        if place + length > len(self.data):
            raise IndexError
        self._check(length)
        self.made += self.data[place : place + length]
        return place + length

    def copy(self, back: int, length: int) -> None:
        """Repeat bytes that came before."""
        out = self.made
        if not 0 < back <= len(out):
            raise IndexError
        self._check(length)
        begin = len(out) - back
        if back >= length:
            out += out[begin : begin + length]
        else:
            pattern = bytes(out[begin:])
            out += (pattern * (length // back + 1))[:length]

    def _check(self, length: int) -> None:
        if len(self.made) + length > self.size:
            raise ArtifactUnreadable("a compressed block is damaged: it expands to another size")


def decompress(name: str, data: bytes, size: int) -> bytes:
    """Return the `size` bytes of a block.

    Args:
        name: `lz4`, `snappy`, `blosclz` or `lzf`.
        data: the block.
        size: bytes that come out.

    Raises:
        ArtifactUnreadable: it is damaged, or holds another number of bytes.
    """
    out = _Out(data, size)
    try:
        _DECODERS[name](data, out)
    except IndexError as error:
        raise ArtifactUnreadable("a compressed block is cut off or damaged") from error
    if len(out.made) != size:
        raise ArtifactUnreadable("a compressed block is damaged: it expands to another size")
    return bytes(out.made)


def snappy_size(data: bytes, most: int) -> int:
    """Return how many bytes a block of Snappy declares.

    Raises:
        ArtifactUnreadable: more than `most`, or malformed.
    """
    size, _ = _declared(data)
    if size > most:
        raise ArtifactUnreadable("a compressed block is damaged: it expands to another size")
    return size


def _declared(data: bytes) -> tuple[int, int]:
    """Return how many bytes a block of Snappy declares, and the place behind that number of 32 bits."""
    return varint(data[:5], 0, what="compressed block")


def _lz4(data: bytes, out: _Out) -> None:
    place, end = 0, len(data)
    while place < end:
        mark = data[place]
        place, literals = _more(data, place + 1, mark >> 4)
        place = out.literals(place, literals)
        if place == end:
            return
        back = data[place] | data[place + 1] << 8
        place, length = _more(data, place + 2, mark & 15)
        out.copy(back, length + 4)


def _more(data: bytes, place: int, length: int) -> tuple[int, int]:
    if length == 15:
        while True:
            more = data[place]
            place += 1
            length += more
            if more != 255:
                break
    return place, length


def _snappy(data: bytes, out: _Out) -> None:
    size, place = _declared(data)
    if size != out.size:
        raise IndexError
    while place < len(data):
        mark, place = data[place], place + 1
        if mark & 3 == 0:
            length = mark >> 2
            if length >= 60:
                wide = length - 59
                length, place = int.from_bytes(data[place : place + wide], "little"), place + wide
            place = out.literals(place, length + 1)
        elif mark & 3 == 1:
            out.copy((mark >> 5) << 8 | data[place], (mark >> 2 & 7) + 4)
            place += 1
        else:
            wide = 2 if mark & 3 == 2 else 4
            out.copy(int.from_bytes(data[place : place + wide], "little"), (mark >> 2) + 1)
            place += wide


def _blosclz(data: bytes, out: _Out) -> None:
    mark, place = data[0] & 31, 1
    while True:
        if mark < 32:
            place = out.literals(place, mark + 1)
        else:
            length, back = (mark >> 5) - 1, (mark & 31) << 8
            while length >= 6:
                more, place = data[place], place + 1
                length += more
                if more != 255:
                    break
            low, place = data[place], place + 1
            back += low
            if low == 255 and back == _FAR:
                back, place = (data[place] << 8 | data[place + 1]) + _FAR, place + 2
            out.copy(back + 1, length + 3)
        if place >= len(data):
            return
        mark, place = data[place], place + 1


def _lzf(data: bytes, out: _Out) -> None:
    place = 0
    while place < len(data):
        mark, place = data[place], place + 1
        if mark < 32:
            place = out.literals(place, mark + 1)
            continue
        length = mark >> 5
        if length == 7:
            length, place = length + data[place], place + 1
        out.copy(((mark & 31) << 8 | data[place]) + 1, length + 2)
        place += 1


_DECODERS = {"lz4": _lz4, "snappy": _snappy, "blosclz": _blosclz, "lzf": _lzf}
