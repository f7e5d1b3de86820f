# SPDX-License-Identifier: Apache-2.0
"""The zip file of a stranger's artifact: one member of a known name, or nothing; never written to disk."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from repro_action.errors import ArtifactUnreadable

RATIO = 200
"""How many times larger a member may be than it is packed, beyond `FREE` bytes."""

FREE = 1 << 20

DIRECTORY = 4_096
"""Bytes of the list of members: one name fits, and the clutter that tools add."""

_END = struct.Struct("<4s4H2LH")
_END_MAGIC = b"PK\x05\x06"
_LOCATOR_MAGIC = b"PK\x06\x07"
_LOCATOR_BYTES = 20
_ENCRYPTED = 0x1 | 0x40 | 0x2000


def read(data: bytes, name: str, *, limit: int, where: str = "") -> bytes:
    """Return the only member of an archive.

    Args:
        data: the archive.
        name: that the member must have, to the letter.
        limit: bytes of the member.
        where: name of the artifact, for messages.

    Raises:
        ArtifactUnreadable: it is not exactly that, or exceeds a bound.
    """
    _check_end(data, where)
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) != 1:
                raise _refused("it should hold one file", where)
            _check(members[0], name, limit, where)
            with archive.open(members[0]) as file:
                # One byte more than it says, so that the checksum is read and compared.
                content = file.read(members[0].file_size + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise _refused("not a valid zip file", where) from error
    except (ValueError, OverflowError, LookupError, struct.error) as error:
        raise _refused("not a valid zip file", where) from error
    if len(content) != members[0].file_size:
        raise _refused("its member does not have the length that it declares", where)
    return content


def _check_end(data: bytes, where: str) -> None:
    """Look at the end before anything is parsed, so that a list of a million members costs nothing."""
    if len(data) < _END.size or data[-_END.size : -_END.size + 4] != _END_MAGIC:
        raise _refused("not a zip file, or there is data after its end", where)
    _, disk, first, here, total, size, start, comment = _END.unpack(data[-_END.size :])
    locator = data[-_END.size - _LOCATOR_BYTES :][:4]
    if disk or first or comment or locator == _LOCATOR_MAGIC or 0xFFFFFFFF in {size, start}:
        raise _refused("it is a kind of zip file that runners do not write", where)
    if here != 1 or total != 1 or size > DIRECTORY:
        raise _refused("it should hold one file", where)
    if start + size != len(data) - _END.size:
        raise _refused("there is data between its parts", where)


def _check(member: ZipInfo, name: str, limit: int, where: str) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if member.orig_filename != name or member.filename != name:
        raise _refused(f"its only file should be called {name}", where)
    if member.is_dir() or kind not in {0, stat.S_IFREG}:
        raise _refused("its only member should be a plain file", where)
    if member.flag_bits & _ENCRYPTED:
        raise _refused("it is encrypted", where)
    if member.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise _refused("it is packed in a way that runners do not use", where)
    if member.file_size > limit:
        raise _refused(f"its file has more than {limit:,} bytes", where)
    if member.file_size > FREE and member.file_size > RATIO * max(member.compress_size, 1):
        raise _refused(f"its file is more than {RATIO} times larger than its packed size", where)


def _refused(what: str, where: str) -> ArtifactUnreadable:
    return ArtifactUnreadable(
        what,
        where=f"artifact {where}" if where else "the artifact",
        remedy="Upload only the report that the action writes.",
    )
