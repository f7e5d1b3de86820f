# SPDX-License-Identifier: Apache-2.0
"""Pixels as a PNG of the same bytes on every machine that has the same zlib: 8 bits, RGB, no metadata.

Source: the PNG specification, https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib

_MAGIC = b"\x89PNG\r\n\x1a\n"


def png(rows: bytes, width: int, height: int) -> bytes:
    """Return a PNG.

    Args:
        rows: `3 * width * height` bytes, red, green and blue of each pixel, row by row from the top.
        width: in pixels, at least 1.
        height: likewise.

    Raises:
        ValueError: there are not as many bytes.
    """
    stride = 3 * width
    if width < 1 or height < 1 or len(rows) != stride * height:
        raise ValueError(f"{len(rows)} bytes are not {width} x {height} pixels of three")
    # Each row begins with its filter; 0 is none.
    lines = b"".join(b"\0" + rows[start : start + stride] for start in range(0, len(rows), stride))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _MAGIC + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines, 9)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
