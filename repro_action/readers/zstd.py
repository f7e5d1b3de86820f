# SPDX-License-Identifier: Apache-2.0
"""Zstandard, by the library of that name (the extra `zstd`), with a bound on what comes out at once."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any

from repro_action.errors import ArtifactUnreadable

MAGIC = b"\x28\xb5\x2f\xfd"
_FED = 1 << 10
"""Bytes that are given at once. Four make 128 KiB at most (RFC 8878, 3.1.1.2): 32 MiB come out."""

_WINDOW = 1 << 27
"""Bytes that a frame may refer back to: what the command line tool accepts without being asked."""


def library() -> Any:
    """Return the module.

    Raises:
        ArtifactUnreadable: it is not installed.
    """
    try:
        return importlib.import_module("zstandard")
    except ImportError as error:
        raise ArtifactUnreadable(
            "Zstandard is read where its library is installed: add the extra `repro-action[zstd]`"
        ) from error


@dataclass(slots=True)
class ZstdDecompressor:
    """One frame, with the interface of `bz2.BZ2Decompressor`.

    Raises ArtifactUnreadable where the library is not installed.
    """

    _stream: Any = field(init=False)
    _error: type[Exception] = field(init=False)
    _given: bytes = b""
    _made: memoryview = field(default_factory=lambda: memoryview(b""))

    def __post_init__(self) -> None:
        module = library()
        self._error = module.ZstdError
        self._stream = module.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()

    @property
    def eof(self) -> bool:
        """Whether the frame has ended, and all of it was asked for."""
        return bool(self._stream.eof) and not self._made

    @property
    def unused_data(self) -> bytes:
        """What was given of what follows the frame."""
        return bytes(self._stream.unused_data) + self._given if self._stream.eof else b""

    @property
    def needs_input(self) -> bool:
        """Whether nothing is left of what was given."""
        return not self._made and not self._given

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return up to `max_length` bytes.

        Raises:
            OSError: the frame is damaged.
        """
        self._given += data
        while not self._made and self._given and not self._stream.eof:
            fed, self._given = self._given[:_FED], self._given[_FED:]
            try:
                self._made = memoryview(self._stream.decompress(fed))
            except self._error as error:
                raise OSError(str(error)) from error
        out, self._made = bytes(self._made[:max_length]), self._made[max_length:]
        return out
