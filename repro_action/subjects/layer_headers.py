# SPDX-License-Identifier: Apache-2.0
"""Headers of a layer that every program reads alike: what Go's `archive/tar` takes another way is refused.

Container runtimes unpack with Go, this program reads with Python. A layer that shows each another file
would have one model served and another one checked.
"""

from __future__ import annotations

import re
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repro_action.errors import FetchError
from repro_action.readers.archives.tar_headers import HeadersOnly

if TYPE_CHECKING:
    from typing import BinaryIO

_MEMBERS = b"01234567"
_EXTENDED = b"xgLK"
_PAX = b"xg"
_OCTAL = re.compile(rb" *([0-7]*)[ \0]*")
"""A NUL before its digits is nothing to Go, and the end of the number to Python."""

_LENGTH = re.compile(rb"([1-9][0-9]{0,8}) ")
_NAMES = (b"path", b"linkpath", b"size")


@dataclass(slots=True)
class _Pending:
    """Extended headers since the last member, and the one whose data comes next."""

    seen: list[int] = field(default_factory=list)
    kind: int = 0
    size: int = 0


class PlainHeaders(HeadersOnly):
    """A layer as `tarfile` may read it: headers alone, none of them with two meanings.

    Attributes:
        ended: whether the end of the archive was read, rather than a damaged header.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        super().__init__(file, size)
        self.ended = False
        self._pending = _Pending()

    def read(self, size: int = -1) -> bytes:
        """Read a header or what belongs to it.

        Raises:
            ArtifactUnreadable: as of `HeadersOnly`.
            FetchError: it has more than one meaning.
        """
        data = super().read(size)
        if self._pending.kind:
            kind, self._pending.kind = self._pending.kind, 0
            if kind in _PAX:
                _check_records(data[: self._pending.size], common=kind == ord("g"))
        elif size == tarfile.BLOCKSIZE:
            self.ended = not data.strip(b"\0")
            if len(data) == size and not self.ended:
                self._check(data)
        return data

    def _check(self, block: bytes) -> None:
        kind, magic = block[156], block[257:263]
        if kind not in _MEMBERS + _EXTENDED:
            raise _ambiguous(f"a member of the kind {chr(kind)!r}")
        # Of GNU's own headers, Python takes times for the beginning of a name; star's have a shorter one.
        if (block[345:500].strip(b"\0") and magic != b"ustar\0") or block[508:512] == b"tar\0":
            raise _ambiguous("a name with a prefix of another format")
        length = _OCTAL.fullmatch(block[124:136])
        if length is None and not block[124] & 0x80:
            raise _ambiguous("a size that is not an octal number")
        if kind in _MEMBERS:
            self._pending.seen.clear()
            return
        # Where two name one member, Python and Go follow different ones.
        seen = self._pending.seen
        if kind != ord("g") and (kind in seen or (ord("x") in {*seen, kind} and seen)):
            raise _ambiguous("two extended headers of one member")
        if kind != ord("g"):
            seen.append(kind)
        self._pending.kind = kind
        self._pending.size = int(length[1] or b"0", 8) if length is not None else 1 << 20


def _check_records(data: bytes, *, common: bool) -> None:
    """Refuse records that change what a member is called or how long it is in one program alone."""
    at = 0
    while at < len(data):
        found = _LENGTH.match(data, at)
        end = at + int(found[1]) if found is not None else 0
        key, equals, value = data[found.end() : end - 1].partition(b"=") if found is not None else (b"",) * 3
        if not equals or end > len(data) or data[end - 1 : end] != b"\n":
            raise _ambiguous("an extended header that is malformed")
        if key.startswith(b"GNU.sparse"):
            raise _ambiguous("a file with holes")
        if key in _NAMES and (common or not value or (key == b"size" and not value.isdigit())):
            raise _ambiguous(f"an extended header with a {key.decode()} that programs read differently")
        at = end


def _ambiguous(what: str) -> FetchError:
    return FetchError(
        f"a layer of the image has {what}",
        why="A container would be given another file than the one that is compared here.",
        remedy="Build the image again with a usual tool.",
    )
