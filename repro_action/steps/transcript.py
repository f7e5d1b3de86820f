# SPDX-License-Identifier: Apache-2.0
"""Takes a step's output as it comes: to the log, to the screen, and its end to the record."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from repro_action.progress import Progress
from repro_action.steps.record import TAIL_LIMIT

LOG_LIMIT = 64 << 20
"""Bytes of output that a log holds; of longer output it holds the start and the tail."""
LINE_LIMIT = 64 << 10
"""Characters of one line that are shown at once; a longer line is shown in parts."""

# Only these end a line: `str.splitlines` would also break at form feeds and U+2028. A carriage
# return at the very end may still become `\r\n`.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r(?!\Z))")


class Transcript:
    r"""Receives bytes; memory stays below about 0.5 MiB whatever comes.

    The log gets the bytes as they are. `Progress.output` gets text (UTF-8, U+FFFD for what
    is not), one call a line with its terminator, so that a lone `\r` of a progress bar is
    known; a line that stays open or is very long comes in parts.
    """

    def __init__(self, step: str, log: Path, progress: Progress, *, stdout: Path | None = None) -> None:
        """Prepare to receive.

        Args:
            step: its name.
            log: file that receives everything.
            progress: receives it as text.
            stdout: file that receives standard output alone, all of it; None where both streams are one.
        """
        self._stdout_path = stdout
        self._stdout: BinaryIO | None = None
        self._step = step
        self._progress = progress
        self._path = log
        self._log: BinaryIO | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._open: list[str] = []
        self._open_length = 0
        self._tail = bytearray()
        self._size = 0

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)  # a new file, whose birth tells when the step started
        self._log = self._path.open("wb")
        if self._stdout_path is not None:
            self._stdout = self._stdout_path.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stdout is not None:
            self._stdout.close()
        if self._log is not None:
            with self._log:
                left_out = self._size - LOG_LIMIT - len(self.tail)
                if left_out > 0:
                    self._log.write(b"\n[repro: %d bytes are left out here]\n" % left_out)
                if self._size > LOG_LIMIT:
                    self._log.write(self.tail[-(self._size - LOG_LIMIT) :])

    @property
    def tail(self) -> bytes:
        """The last `TAIL_LIMIT` bytes."""
        return bytes(self._tail[-TAIL_LIMIT:])

    @property
    def apart(self) -> bool:
        """Whether standard output is to come apart from standard error."""
        return self._stdout_path is not None

    @property
    def pending(self) -> bool:
        """Whether part of a line waits to be shown."""
        return self._open_length > 0

    def feed(self, data: bytes, *, stdout: bool = True) -> None:
        """Take output; `data` is at most a pipe's content, `stdout` whether it is standard output."""
        if self._stdout is not None and stdout:
            self._stdout.write(data)
        if self._log is not None and self._size < LOG_LIMIT:
            self._log.write(data[: LOG_LIMIT - self._size])
            self._log.flush()
        self._size += len(data)
        self._tail += data[-TAIL_LIMIT:]
        if len(self._tail) > 4 * TAIL_LIMIT:
            del self._tail[:-TAIL_LIMIT]
        self._show(self._decoder.decode(data))

    def flush(self, *, final: bool = False) -> None:
        """Show the part of a line that waits."""
        if final:
            self._show(self._decoder.decode(b"", final=True))
        if self._open_length:
            text = "".join(self._open)
            self._open.clear()
            self._open_length = 0
            self._progress.output(self._step, text)

    def _show(self, text: str) -> None:
        if "\n" in text or "\r" in text or (self._open and self._open[-1].endswith("\r")):
            text = "".join([*self._open, text])
            self._open.clear()
            self._open_length = 0
            end = 0
            for match in _LINE.finditer(text):
                self._progress.output(self._step, match[0])
                end = match.end()
            text = text[end:]
        if text:
            self._open.append(text)
            self._open_length += len(text)
        if self._open_length >= LINE_LIMIT:
            self.flush()
