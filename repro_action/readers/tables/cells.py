# SPDX-License-Identifier: Apache-2.0
"""Where the cells of a table in text lie, block by block, by NumPy: exactly where `csv` finds them.

What is not of plain form is left to `csv`: a quotation mark inside a cell that has none at both ends,
a carriage return that ends no line, cells beyond csv's limit, bytes that are not UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.tables.decimals import AHEAD

if TYPE_CHECKING:
    import numpy as np

BLOCK = 1 << 20
"""Bytes that are looked at together; what NumPy makes of them stays in the processor's cache."""

_LONGEST = 100_000
"""Bytes of a cell; csv takes no more than 131,072 characters."""

_BOM = b"\xef\xbb\xbf"


class IrregularTable(Exception):
    """The table, if it is one, is for `csv` to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Cells of some rows.

    Attributes:
        data: uint8; `AHEAD` bytes that mean nothing, the rows, and one byte more.
        starts: shape (columns, rows): the first byte of each cell.
        ends: behind its last byte.
        points: its last point, or -1.
    """

    data: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    points: np.ndarray

    def text(self, column: int, row: int) -> str:
        """Return one cell."""
        part = self.data[self.starts[column, row] : self.ends[column, row]]
        return part.tobytes().decode()

    def without_rows(self, count: int) -> Grid:
        """Return the grid without its first rows."""
        if not count:
            return self
        starts, ends, points = (part[:, count:] for part in (self.starts, self.ends, self.points))
        return Grid(data=self.data, starts=starts, ends=ends, points=points)

    def joined(self, column: int) -> bytes:
        """Return the cells of a column, a line feed behind each."""
        import numpy as np

        starts, sizes = self.starts[column], self.ends[column] - self.starts[column] + 1
        stops = np.cumsum(sizes)
        picked = np.repeat(starts - (stops - sizes), sizes)
        picked += np.arange(len(picked))
        out = self.data[picked]
        out[stops - 1] = 10
        joined: bytes = out.tobytes()
        return joined


def grids(source: Source, separator: str, width: int, context: ReadContext) -> Iterator[Grid]:
    """Find the cells of a table, header included.

    Args:
        source: the file.
        separator: one character.
        width: cells of a row.
        context: the time that is left.

    Raises:
        IrregularTable: for `csv` to read.
    """
    rest = b""
    with source.open() as file:
        if file.read(len(_BOM)) != _BOM:
            file.seek(0)
        while True:
            context.check_time()
            piece = file.read(BLOCK)
            text = rest + piece
            if not piece:
                if text:
                    yield _grid(text if text.endswith(b"\n") else text + b"\n", separator, width, last=True)[
                        0
                    ]
                return
            if len(text) > 4 * BLOCK:
                raise IrregularTable("a quoted cell is long")
            if b"\n" not in piece and len(text) < 4 * BLOCK:
                rest = text
                continue
            found, used = _grid(text, separator, width, last=False)
            rest = text[used:]
            if used:
                yield found


def _grid(text: bytes, separator: str, width: int, *, last: bool) -> tuple[Grid, int]:
    """Return the cells of whole rows, and how many bytes those take."""
    import numpy as np

    quoted = _outside(text, separator) if b'"' in text else None
    used = text.rfind(b"\n") + 1 if quoted is None else quoted[1]
    if last and used < len(text):
        raise IrregularTable("a quotation mark is not closed")
    data = np.frombuffer(b"\n" * AHEAD + text[:used] + b"\n", np.uint8)
    body = data[AHEAD:-1]
    if not used:
        nothing = np.zeros((width, 0), np.intp)
        return Grid(data=data, starts=nothing, ends=nothing, points=nothing), 0
    if quoted is None:
        ends, lines = np.flatnonzero((body == ord(separator)) | (body == 10)), text.count(b"\n", 0, used)
    else:
        ends = quoted[0]
        lines = int(np.count_nonzero(body[ends] == 10))
    # As many lines as rows, one at the end of each: then no line ends elsewhere.
    if len(ends) != lines * width or not (body[ends[width - 1 :: width]] == 10).all():
        raise IrregularTable("a row has more or fewer cells than the first")
    return _cells(data, ends, width), used


def _outside(text: bytes, separator: str) -> tuple[np.ndarray, int]:
    """Return where cells end, and behind the last row: inside of quotation marks, such marks are text."""
    import numpy as np

    body = np.frombuffer(text, np.uint8)
    at = np.flatnonzero((body == ord(separator)) | (body == 10) | (body == ord('"')))
    kinds = body[at]
    quotes = kinds == ord('"')
    ends = at[~quotes & ((np.cumsum(quotes) & 1) == 0)]
    lines = np.flatnonzero(body[ends] == 10)
    if not len(lines):
        return ends[:0], 0
    ends = ends[: lines[-1] + 1]
    return ends, int(ends[-1]) + 1


def _cells(data: np.ndarray, ends: np.ndarray, width: int) -> Grid:
    import numpy as np

    text = data[AHEAD:-1].tobytes()
    _check_text(text)
    ends = ends + AHEAD
    starts = np.empty_like(ends)
    starts[0], starts[1:] = AHEAD, ends[:-1] + 1
    dots = np.flatnonzero(data == ord("."))
    points = np.full(len(ends), -1, ends.dtype)
    points[np.searchsorted(ends, dots)] = dots
    if b"\r" in text:
        final = ends[width - 1 :: width]
        final -= (data[final - 1] == 13) & (final > starts[width - 1 :: width])
    if int((ends - starts).max()) > _LONGEST:
        raise IrregularTable("a cell is long")
    if b'"' in text:
        data = _unquote(data, starts, ends, points)
    starts, ends, points = (
        np.ascontiguousarray(each.reshape(-1, width).T) for each in (starts, ends, points)
    )
    return Grid(data=data, starts=starts, ends=ends, points=points)


def _check_text(text: bytes) -> None:
    if b"\r" in text and text.count(b"\r") != text.count(b"\r\n"):
        raise IrregularTable("a carriage return does not end a line")
    if not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError as error:
            raise IrregularTable("it is not UTF-8") from error


def _unquote(data: np.ndarray, starts: np.ndarray, ends: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Take the quotation marks off, in place; return the data with cells in which some are doubled."""
    import numpy as np

    # The end of a row may have lost its carriage return: what is behind it belongs to no cell.
    owners = np.searchsorted(ends, np.flatnonzero(data == ord('"')))
    counts = np.bincount(owners, minlength=len(ends))
    quoted = np.flatnonzero(counts)
    fine = (
        (ends[quoted] - starts[quoted] >= 2) & (data[starts[quoted]] == 34) & (data[ends[quoted] - 1] == 34)
    )
    if not fine.all():
        raise IrregularTable("a quotation mark is not at the ends of a cell")
    starts[quoted] += 1
    ends[quoted] -= 1
    extra, size = [data], len(data)
    for cell in np.flatnonzero(counts > 2).tolist():
        halves = data[starts[cell] : ends[cell]].tobytes().split(b'""')
        if any(b'"' in half for half in halves):
            raise IrregularTable("a quotation mark is not at the ends of a cell")
        whole = b'"'.join(halves)
        starts[cell], ends[cell], points[cell] = size, size + len(whole), -1
        extra.append(np.frombuffer(whole + b"\n", np.uint8))
        size += len(whole) + 1
    return np.concatenate(extra) if len(extra) > 1 else data
