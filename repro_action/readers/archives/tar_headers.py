# SPDX-License-Identifier: Apache-2.0
"""What `tarfile` gets to read of a tar archive that may be hostile."""

from __future__ import annotations

import re
import tarfile
from typing import BinaryIO

from repro_action.errors import ArtifactUnreadable

_DIGITS = re.compile(rb"\d{65}")
"""No number of a header is as long; looking for one takes `tarfile` a time that grows with the square."""

_HEADER = 1 << 20
"""Bytes that `tarfile` may ask for at once: extended headers are small."""


class HeadersOnly:
    """A file of which `tarfile` can read headers only: hostile ones ask for gigabytes."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._left = 2 * size + (1 << 16)
        self.seek = file.seek
        self.tell = file.tell
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Read a header.

        Raises:
            ArtifactUnreadable: it is too long, or headers are read again and again.
        """
        if not 0 <= size <= _HEADER:
            raise ArtifactUnreadable(f"the archive declares a header of {size} bytes")
        self._left -= max(size, 1)
        if self._left < 0:
            raise ArtifactUnreadable("the archive's headers refer back to each other")
        data = self._file.read(size)
        if size > tarfile.BLOCKSIZE and _DIGITS.search(data):
            raise ArtifactUnreadable("the archive declares a number of more than 64 digits")
        return data
