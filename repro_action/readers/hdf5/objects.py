# SPDX-License-Identifier: Apache-2.0
"""Object headers of HDF5: the messages of a group or dataset."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.hdf5.blocks import Blocks, HdfCursor

DATASPACE, LINK_INFO, DATATYPE, OLD_FILL, FILL, LINK, LAYOUT = 1, 2, 3, 4, 5, 6, 8
FILTERS, ATTRIBUTE, SYMBOLS, ATTRIBUTE_INFO = 11, 12, 17, 21
EXTERNAL = 7
ONCE = frozenset({DATASPACE, DATATYPE, OLD_FILL, FILL, EXTERNAL, LAYOUT, FILTERS})
"""Messages of which a dataset has one at most; which of two counts, programs do not agree on."""

_CONTINUATION = 16
_MOST = 100_000
_SHARED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of an object header.

    Attributes:
        type: what it says.
        data: its content.
    """

    type: int
    data: bytes


def messages(blocks: Blocks, address: int) -> list[Message]:
    """Return the messages of the object at an address.

    Raises:
        ArtifactUnreadable: malformed, or there are too many.
    """
    start = blocks.upto(address, 64)
    signed = bytes(start.data[:4]) == b"OHDR"
    begin = _signed(start, address) if signed else _plain(start, address)
    found: list[Message] = []
    # Where the messages of a piece lie, and whether the order of their creation is kept.
    waiting, tracked = [begin[:2]], begin[2]
    done: set[int] = set()
    while waiting:
        place, size = waiting.pop(0)
        if place in done or len(found) > _MOST:
            raise ArtifactUnreadable("the pieces of an object header refer to each other")
        done.add(place)
        piece = blocks.at(place, size)
        for message in _piece(piece, signed=signed, tracked=tracked):
            if message.type == _CONTINUATION:
                more = piece.inner(message.data)
                target, length = more.address(), more.length()
                # A piece that goes on has its own magic number and check sum.
                waiting.append((target + 4, length - 8) if signed else (target, length))
                if signed:
                    blocks.at(target, 4, b"OCHK")
            else:
                found.append(_resolved(blocks, piece, message))
    return found


def _plain(start: HdfCursor, address: int) -> tuple[int, int, bool]:
    if start.number("B") != 1:
        raise ArtifactUnreadable(f"there is no object at {address}")
    start.take(7)
    return address + 16, start.number("I"), False


def _signed(start: HdfCursor, address: int) -> tuple[int, int, bool]:
    start.take(4)
    version, flags = start.number("B"), start.number("B")
    if version != 2:
        raise ArtifactUnreadable(f"an object header has the unknown version {version}")
    start.take((16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0))
    size = start.little(1 << (flags & 3))
    return address + start.place, size, bool(flags & 4)


def _piece(piece: HdfCursor, *, signed: bool, tracked: bool) -> list[Message]:
    found: list[Message] = []
    head = (6 if tracked else 4) if signed else 8
    while piece.place + head <= len(piece.data):
        kind = piece.number("B" if signed else "H")
        size, flags = piece.number("H"), piece.number("B")
        piece.take(head - (4 if signed else 5))
        data = piece.take(size)
        if kind:
            found.append(Message(type=kind if not flags & _SHARED else -kind, data=data))
    return found


def _resolved(blocks: Blocks, piece: HdfCursor, message: Message) -> Message:
    """Return a message that is shared, such as a named type, from where it lies."""
    if message.type >= 0:
        return message
    return Message(type=-message.type, data=shared(blocks, piece.inner(message.data), -message.type))


def shared(blocks: Blocks, cursor: HdfCursor, kind: int) -> bytes:
    """Return the content of a message that lies in another object.

    Raises:
        ArtifactUnreadable: it is in a heap of shared messages, or not there.
    """
    version, place = cursor.number("B"), cursor.number("B")
    if version == 1:
        cursor.take(6)
    elif version == 3 and place != 2:
        raise ArtifactUnreadable("it has a heap of shared messages, which is not supported")
    address = cursor.address()
    other = blocks.upto(address, 64)
    signed = bytes(other.data[:4]) == b"OHDR"
    place, size, tracked = _signed(other, address) if signed else _plain(other, address)
    for message in _piece(blocks.at(place, size), signed=signed, tracked=tracked):
        if message.type == kind:
            return message.data
    raise ArtifactUnreadable("a shared message is not where it is expected")


def fill_value(by_type: dict[int, HdfCursor]) -> bytes:
    """Return the bytes of the element that was never written; `b""` where they are zeros."""
    if FILL in by_type:
        cursor = by_type[FILL]
        version = cursor.number("B")
        if version in {1, 2}:
            cursor.take(2)
            defined = cursor.number("B") or version == 1
        else:
            defined = cursor.number("B") & 0x20
        return cursor.take(cursor.number("I")) if defined and not cursor.at_end() else b""
    cursor = by_type.get(OLD_FILL, HdfCursor(bytes(4)))
    return cursor.take(cursor.number("I"))
