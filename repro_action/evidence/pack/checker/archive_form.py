# SPDX-License-Identifier: Apache-2.0
"""The one form that the zip archive of a pack may have, written and read strictly.

Members are stored in the order of their names, with one time and one mode, and nothing is before, between or
after them: what two programs could read differently is refused.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

Data = bytes | memoryview


class Fault(NamedTuple):
    """One thing that is wrong: the item, and what is wrong with it."""

    item: str
    what: str


class Member(NamedTuple):
    """One file of a zip archive.

    Attributes:
        name: in ASCII.
        size: in bytes.
        crc: CRC-32 of its content.
    """

    name: str
    size: int
    crc: int


LOCAL, CENTRAL, END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
NEEDED, MADE_BY, DATE = 10, 3 << 8 | 20, 1 << 5 | 1
"""Version 1.0 to read; made by 2.0 on Unix; the first of January 1980."""
MOST = 10_000
"""Members of an archive."""
MODE = (stat.S_IFREG | 0o644) << 16
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")


def local_header(member: Member) -> bytes:
    """Return what stands before a member's content."""
    name = member.name.encode("ascii")
    sizes = (member.crc, member.size, member.size, len(name), 0)
    return LOCAL.pack(b"PK\3\4", NEEDED, 0, 0, 0, DATE, *sizes) + name


def central_entry(member: Member, offset: int) -> bytes:
    """Return a member's line of the directory at the end."""
    name = member.name.encode("ascii")
    sizes = (member.crc, member.size, member.size, len(name), 0, 0, 0, 0)
    return CENTRAL.pack(b"PK\1\2", MADE_BY, NEEDED, 0, 0, 0, DATE, *sizes, MODE, offset) + name


def end_record(count: int, size: int, offset: int) -> bytes:
    """Return the end of an archive."""
    return END.pack(b"PK\5\6", 0, 0, count, count, size, offset, 0)


def read_archive(data: Data) -> tuple[dict[str, Data], list[Fault]]:
    """Return the members of an archive by name, and what is wrong with the archive itself."""
    found: dict[str, Data] = {}
    faults: list[Fault] = []
    entries: list[bytes] = []
    names: list[str] = []
    lowered: set[str] = set()
    offset = 0
    while data[offset : offset + 4] == b"PK\3\4":
        read = (
            _member(data, offset) if len(names) < MOST else Fault("the archive", f"it has over {MOST} items")
        )
        if isinstance(read, Fault):
            return found, [*faults, read]
        member, start = read
        content = data[start : start + member.size]
        if zlib.crc32(content) != member.crc:
            faults.append(Fault(member.name, "its content is not what its checksum says"))
        faults += _name_faults(member.name, found, lowered, names[-1:])
        names.append(member.name)
        lowered.add(member.name.lower())
        entries.append(central_entry(member, offset))
        found[member.name] = content
        offset = start + member.size
    return found, [*faults, *_directory_faults(data, offset, entries, names)]


def _member(data: Data, offset: int) -> tuple[Member, int] | Fault:
    """Read one local header strictly; return the member and where its content starts, or why not."""
    head = bytes(data[offset : offset + LOCAL.size])
    if len(head) < LOCAL.size:
        return Fault("the archive", "it is truncated inside a header")
    _, needed, flags, method, time, date, crc, packed, size, length, extra = LOCAL.unpack(head)
    raw = bytes(data[offset + LOCAL.size : offset + LOCAL.size + length])
    name = raw.decode("ascii", "backslashreplace")[:200]
    if flags & 1:
        return Fault(name, "it is encrypted")
    if method or packed != size:
        return Fault(name, "it is compressed; the items of a pack are stored")
    if (needed, flags, time, date, extra) != (NEEDED, 0, 0, DATE, 0):
        return Fault(name, "its header is not that of a pack: flags, time, version or an extra field")
    start = offset + LOCAL.size + length
    if start + size > len(data):
        return Fault(name, "the archive is truncated inside it")
    return Member(name, size, crc), start


def _name_faults(
    name: str, earlier: Mapping[str, Data], lowered: AbstractSet[str], last: list[str]
) -> Iterator[Fault]:
    if not NAME.fullmatch(name) or len(name) >= 200:
        yield Fault(name, "its name may lead out of the pack, or is no plain relative path")
    if name in earlier:
        yield Fault(name, "it is there twice")
    elif name.lower() in lowered:
        yield Fault(name, "another item has this name in other letters")
    elif last and name < last[0]:
        yield Fault(name, "it is not in the order of names")


def _directory_faults(data: Data, offset: int, entries: list[bytes], names: list[str]) -> Iterator[Fault]:
    """Compare the directory at the end with the one that the members ask for, byte for byte."""
    at = offset
    for entry, name in zip(entries, names, strict=True):
        if data[at : at + len(entry)] != entry:
            yield Fault(name, f"the directory says something else of it{_mode(data, at)}")
        at += len(entry)
    end = end_record(len(entries), at - offset, offset)
    if data[at : at + len(end)] != end:
        start = not entries and "it does not begin as a zip archive of one pack"
        yield Fault("the archive", start or "it is truncated, or its end does not fit its members")
    elif len(data) > at + len(end):
        yield Fault("the archive", f"{len(data) - at - len(end)} bytes follow its end")


def _mode(data: Data, at: int) -> str:
    entry = bytes(data[at : at + CENTRAL.size])
    if len(entry) < CENTRAL.size or entry[:4] != b"PK\1\2":
        return ""
    return ": a link" if stat.S_ISLNK(CENTRAL.unpack(entry)[-2] >> 16) else ""
