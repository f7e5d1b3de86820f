# SPDX-License-Identifier: Apache-2.0
"""Files as the one zip archive that they make: stored, since builds of zlib compress differently."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from repro_action.errors import ReproError
from repro_action.evidence.pack.checker.archive_form import (
    MOST,
    Member,
    central_entry,
    end_record,
    local_header,
)

LARGEST = (1 << 31) - 1
"""Bytes of an archive, which every program reads without the extensions for larger ones."""


class PackTooLarge(ReproError):
    """What is to be packed takes more room than a pack has."""


def write_archive(members: Mapping[str, bytes]) -> bytes:
    """Return the archive of files by name.

    Raises:
        PackTooLarge: they are too many or too large.
    """
    total = sum(len(content) + 2 * len(name) + 100 for name, content in members.items())
    if total > LARGEST or len(members) > MOST:
        raise PackTooLarge(
            f"the pack would have {len(members)} items and {total} bytes",
            why=f"A pack has at most {MOST} items and {LARGEST} bytes.",
            remedy="Leave out --with-artifacts: the model's files can be checked beside the pack.",
        )
    return b"".join(_pieces(dict(sorted(members.items()))))


def _pieces(members: dict[str, bytes]) -> Iterator[bytes]:
    directory: list[bytes] = []
    offset = 0
    for name, content in members.items():
        member = Member(name, len(content), zlib.crc32(content))
        directory.append(central_entry(member, offset))
        head = local_header(member)
        yield head
        yield content
        offset += len(head) + len(content)
    yield from directory
    yield end_record(len(directory), sum(map(len, directory)), offset)
