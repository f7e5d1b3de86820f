# SPDX-License-Identifier: Apache-2.0
"""Bytes that no reader knows: where two contents differ, how much, beside which text, and what is in them.

Both are walked side by side once, so memory does not grow with them. Nothing is unpacked but the first few
kilobytes of what looks like a deflated stream, to tell one from two bytes that read like its start.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from repro_action.compare.byte_facts import ByteFacts, EmbeddedArchive
from repro_action.compare.walk import ElementDifference, pieces, same
from repro_action.text import apart
from repro_action.tree import Leaf, Payload

SEARCHED: Final = 32 << 20
"""Bytes of a content in which archives are looked for."""

ARCHIVES: Final = 4
"""Archives that are named."""

_WINDOW: Final = 1 << 16
"""Bytes from the first difference on whose entropy is measured."""
_FEWEST: Final = 512
"""Bytes of which an entropy says something."""
_PACKED: Final = 0.15
"""Bits a byte by which packed bytes fall short of random ones at most; arrays of floats lack half a bit."""
_NEAR: Final = 256
"""Bytes ahead of the first difference and behind it in which text is looked for."""
_SHOWN: Final = 48
_OVERLAP: Final = 2048
"""Bytes of a deflated stream that are tried, and that two pieces share."""

_TRIES: Final = 10_000
"""Places that are unpacked to tell; as many random bytes as are searched have a fourth of them."""

_WORD: Final = 6
"""Characters of a text ahead of a difference: fewer stand in random bytes by chance."""

_TEXT = re.compile(rb"[\x20-\x7e]{4,}")
_MAGIC = re.compile(
    rb"(?P<zip>PK\x03\x04)|(?P<gzip>\x1f\x8b\x08[\x00-\x1f])|(?P<zstd>\x28\xb5\x2f\xfd)"
    rb"|(?P<xz>\xfd7zXZ\x00)|(?P<bzip2>BZh[1-9]1AY&SY)|(?P<zlib>\x78[\x01\x5e\x9c\xda])"
)
_DEFLATED: Final = {"gzip": 31, "zlib": 15}
"""Format → `wbits` of zlib."""


def compare_bytes(baseline: Leaf, candidate: Leaf) -> ElementDifference | None:
    """Say how two contents of any length differ; None where they do not, or neither is at hand.

    Where all that differs is in one printable text, that text is the first value of each side.

    Args:
        baseline: of bytes; its content need not be at hand.
        candidate: of bytes, with its content.

    Raises:
        ArtifactUnreadable: a file changed after it was read.
    """
    if candidate.payload is None:
        return None
    if baseline.payload is None:
        return _alone(candidate, candidate.payload)
    walk = _Walk()
    for position, left, right in pieces(baseline.payload, candidate.payload, 1):
        walk.add(position, left, right)
    return walk.result(baseline, candidate)


def _alone(leaf: Leaf, content: Payload) -> ElementDifference:
    """Describe a content whose other side is known by a digest alone."""
    walk = _Walk(first=0)
    position = 0
    for piece in content.chunks(1 << 18):
        walk.keep(position, b"", piece)
        position += len(piece)
        if position >= SEARCHED:
            break
    entropy, packed = _entropy(bytes(walk.after))
    total = math.prod(leaf.shape)
    facts = ByteFacts(total=total, entropy=entropy, packed=packed, archives=tuple(walk.archives))
    return ElementDifference(total=total, opaque=facts)


@dataclass(slots=True)
class _Walk:
    """Figures of two contents, and the bytes around their first difference."""

    first: int = -1
    last: int = -1
    differing: int = 0
    length: int = 0
    ahead: bytes = b""
    before: bytearray = field(default_factory=bytearray)
    after: bytearray = field(default_factory=bytearray)
    archives: list[EmbeddedArchive] = field(default_factory=list)
    rest: bytes = b""
    tries: int = _TRIES

    def add(self, position: int, left: memoryview, right: memoryview) -> None:
        """Take the next pieces of both sides."""
        import numpy as np

        self.length = max(self.length, position + max(len(left), len(right)))
        at = 0
        if not same(left, right):
            shared = min(len(left), len(right))
            unlike = np.flatnonzero(np.frombuffer(left[:shared], "u1") != np.frombuffer(right[:shared], "u1"))
            self.differing += len(unlike) + max(len(left), len(right)) - shared
            ended = len(left) != len(right)
            self.last = position + (max(len(left), len(right)) - 1 if ended else int(unlike[-1]))
            if self.first < 0:
                at = int(unlike[0]) if len(unlike) else shared
                self.first = position + at
                self.ahead = (self.ahead + bytes(right[:at]))[-_NEAR:]
        if self.first < 0:
            self.ahead = (self.ahead + bytes(right[-_NEAR:]))[-_NEAR:]
        self.keep(position, left[at:] if self.first >= 0 else b"", right, at)

    def keep(self, position: int, left: bytes | memoryview, right: bytes | memoryview, at: int = 0) -> None:
        """Keep what follows the first difference, and look for archives; `at`: where it is in the piece."""
        if self.first >= 0:
            self.before += left[: _WINDOW - len(self.before)]
            self.after += right[at:][: _WINDOW - len(self.after)]
        if position < SEARCHED and len(self.archives) < ARCHIVES:
            data = self.rest + bytes(right)
            start = position - len(self.rest)
            seen = {one.offset for one in self.archives}
            found = (one for one in self._archives(data, start) if one.offset not in seen)
            self.archives += [one for one, _ in zip(found, range(ARCHIVES - len(seen)), strict=False)]
            self.rest = data[-_OVERLAP:]

    def _archives(self, data: bytes, start: int) -> Iterator[EmbeddedArchive]:
        """Yield the archives that begin in a piece; `start` is its offset."""
        for found in _MAGIC.finditer(data):
            name = str(found.lastgroup)
            content = data[found.start() : found.start() + _OVERLAP]
            if name in _DEFLATED:
                self.tries -= 1
                if self.tries < 0:
                    return
                if not _inflates(content, _DEFLATED[name]):
                    continue
            yield EmbeddedArchive(format=name, offset=start + found.start())

    def result(self, baseline: Leaf, candidate: Leaf) -> ElementDifference | None:
        if self.first < 0:
            return None
        texts = [_around(self.ahead, bytes(window[:_NEAR])) for window in (self.before, self.after)]
        near = texts[1].text
        moved = baseline.shape != candidate.shape
        entropy, packed = _entropy(bytes(self.after))
        facts = ByteFacts(
            total=self.length,
            first=self.first,
            last=None if moved else self.last,
            differing=self.differing,
            near=near[-_SHOWN:] if texts[1].covers == 0 else near[:_SHOWN],
            entropy=entropy,
            packed=packed,
            archives=tuple(self.archives),
        )
        reach = self.last - self.first
        single = all(text.covers > reach for text in texts) and not moved
        return ElementDifference(
            total=math.prod(baseline.shape),
            first_index=f"byte {self.first}",
            first_values=apart(texts[0].text, texts[1].text, _SHOWN) if single else (None, None),
            opaque=facts,
        )


@dataclass(frozen=True, slots=True)
class _Text:
    """A printable text; `covers`: how many bytes of it follow the first difference, 0 where it ends ahead."""

    text: str = ""
    covers: int = 0


def _around(ahead: bytes, behind: bytes) -> _Text:
    """Return the printable text across the border of two windows, else the last one ahead of it."""
    found = list(_TEXT.finditer(ahead + behind))
    border = len(ahead)
    across = next((one for one in found if one.start() <= border < one.end()), None)
    if across is not None:
        return _Text(across[0].decode("ascii"), across.end() - border)
    earlier = [one for one in found if one.end() <= border and len(one[0]) >= _WORD]
    return _Text(earlier[-1][0].decode("ascii") if earlier else "")


def _entropy(data: bytes) -> tuple[float | None, bool]:
    """Return Shannon's entropy in bits a byte, and whether random bytes of this number have as much."""
    if len(data) < _FEWEST:
        return None, False
    import numpy as np

    counts = np.bincount(np.frombuffer(data, "u1"), minlength=256)
    shares = counts[counts > 0] / len(data)
    entropy = float(-(shares * np.log2(shares)).sum())
    # A sample of n random bytes has less than 8 bits: Miller and Madow's bias, (256 - 1) / (2 n ln 2).
    random = 8 - 255 / (2 * len(data) * math.log(2))
    return round(entropy, 2), entropy >= random - _PACKED


def _inflates(data: bytes, window: int) -> bool:
    """Whether the start of a stream can be unpacked: two bytes alone also stand in random data."""
    stream = zlib.decompressobj(window)
    try:
        made = stream.decompress(data, _OVERLAP)
    except zlib.error:
        return False
    return len(made) >= 16 or stream.eof
