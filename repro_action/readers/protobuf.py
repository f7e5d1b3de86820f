# SPDX-License-Identifier: Apache-2.0
"""Messages of Protocol Buffers, walked without their description.

See https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import ReadContext

_FIXED = {1: 8, 5: 4}


Bytes = TypeVar("Bytes", bytes, memoryview)


def fields(
    data: Bytes, context: ReadContext, *, what: str = "message"
) -> Iterator[tuple[int, int, int | Bytes]]:
    """Yield `(number, wire type, value)` of each field of a message; of a view, contents are views.

    Raises:
        ArtifactUnreadable: malformed, or time is up.
    """
    place = 0
    while place < len(data):
        context.check_time()
        tag, place = varint(data, place, what=what)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, place = varint(data, place, what=what)
            yield number, kind, value
            continue
        if kind == 2:
            size, place = varint(data, place, what=what)
        else:
            size = _FIXED.get(kind, len(data) + 1)
        if not number or place + size > len(data):
            raise ArtifactUnreadable(f"not a valid {what}: a field in it is malformed or cut off")
        yield number, kind, data[place : place + size]
        place += size


def varint(data: bytes | memoryview, place: int, *, what: str = "message") -> tuple[int, int]:
    """Return a whole number of variable length, and the place after it.

    Raises:
        ArtifactUnreadable: malformed.
    """
    value = shift = 0
    while place < len(data) and shift < 70:
        value |= (data[place] & 127) << shift
        place, shift = place + 1, shift + 7
        if data[place - 1] < 128:
            return value, place
    raise ArtifactUnreadable(f"not a valid {what}: a number in it is malformed or cut off")


def signed(value: int) -> int:
    """Return a varint as the whole number of 64 bits that it stands for."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


def message(data: bytes, context: ReadContext, *, what: str = "message") -> dict[int, list[int | bytes]]:
    """Return the fields of a message by number; numbers of wire types 1 and 5 are bytes.

    Raises:
        ArtifactUnreadable: malformed.
    """
    found: dict[int, list[int | bytes]] = {}
    for number, _, value in fields(data, context, what=what):
        found.setdefault(number, []).append(value)
    return found


def one_text(found: dict[int, list[int | bytes]], number: int) -> str:
    """Return the last text of a field; `""` where it has none.

    Raises:
        ArtifactUnreadable: not a text.
    """
    value = found.get(number, [b""])[-1]
    if not isinstance(value, bytes):
        raise ArtifactUnreadable(f"its field {number} is a number where a string is expected")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArtifactUnreadable(f"its field {number} is not valid UTF-8") from error


def one_number(found: dict[int, list[int | bytes]], number: int) -> int:
    """Return the last whole number of a field; 0 where it has none.

    Raises:
        ArtifactUnreadable: not a whole number.
    """
    value = found.get(number, [0])[-1]
    if not isinstance(value, int):
        raise ArtifactUnreadable(f"its field {number} is not a whole number")
    return signed(value)
