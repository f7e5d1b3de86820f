# SPDX-License-Identifier: Apache-2.0
"""TIFF as scientists write it: samples of any type and number, and BigTIFF, which Pillow does not decode.

Strips and tiles, without compression or in Deflate, LZW or PackBits, with horizontal or floating-point
predictors. Sources: TIFF 6.0, Adobe's technical notes 1 and 3 of Photoshop's TIFF, and "BigTIFF design".
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import array_leaf
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, size_text, too_large
from repro_action.tree import Excluded, Node, Tree, branch

if TYPE_CHECKING:
    import numpy as np

_SIZES = MappingProxyType({1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8})
_CODES = MappingProxyType({1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q"})
_MOST, _PAGES = 1_000_000, 10_000
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIPS, _SAMPLES, _ROWS, _STRIP_SIZES, _PLANAR, _PREDICTOR = 273, 277, 278, 279, 284, 317
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES, _FORMAT = 322, 323, 324, 325, 339
_FILL_ORDER, _SUB_PICTURES = 266, 330
_SHOWN = MappingProxyType({274: "orientation", 320: "color_map", 332: "ink_set", 338: "extra_samples"})
"""Tags that say how the samples are to be shown: content, where a page has them."""

_KINDS = MappingProxyType({1: "u", 2: "i", 3: "f", 4: "u"})

_DEFAULTS = MappingProxyType({274: (1,), 332: (1,)})
_SUBSAMPLED = 6

RULE = "picture-metadata"
"""What only tells about a picture is left out."""

Tags = Mapping[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TiffPage:
    """One picture of a file.

    Attributes:
        data: the file.
        order: of its bytes.
        tags: number → values, of whole numbers.
    """

    data: bytes
    order: str
    tags: Tags

    def one(self, tag: int, default: int) -> int:
        """Return the first value of a tag."""
        return self.tags.get(tag, (default,))[0]

    @property
    def samples(self) -> int:
        """Samples of a pixel."""
        return self.one(_SAMPLES, 1)

    def pixels(self, context: ReadContext) -> np.ndarray:
        """Return the samples, of shape (height, width) or (height, width, samples).

        Raises:
            ArtifactUnreadable: damaged, too large, or compressed in a way that is not read.
        """
        import numpy as np

        width, height, samples = self.one(_WIDTH, 0), self.one(_HEIGHT, 0), self.samples
        kind = self._dtype()
        nbytes, most = width * height * samples * kind.itemsize, 4 * context.limits.memory
        if not nbytes or samples > 1 << 16:
            raise ArtifactUnreadable("it has no pixels, or too many samples")
        if self.one(_FILL_ORDER, 1) != 1 or self.one(_PHOTOMETRIC, 0) == _SUBSAMPLED:
            raise ArtifactUnreadable("its bits are in reverse order, or its colours subsampled")
        if nbytes > most:
            raise too_large(f"its {width} x {height} pixels take {size_text(nbytes)}", size_text(most))
        context.expand(nbytes)
        found = np.zeros((height, width, samples), kind.newbyteorder("<"))
        planes = samples if self.one(_PLANAR, 1) == 2 else 1
        tiled = _TILES in self.tags
        wide = self.one(_TILE_WIDTH, 0) if tiled else width
        high = self.one(_TILE_HEIGHT, 0) if tiled else min(self.one(_ROWS, height), height)
        if not wide or not high or wide * high * samples * kind.itemsize > most:
            raise ArtifactUnreadable("its strips or tiles are malformed")
        places = self._places(tiled)
        across, down = -(-width // wide), -(-height // high)
        if len(places) != across * down * planes:
            raise ArtifactUnreadable("it has another number of strips or tiles than its size needs")
        for number, (offset, size) in enumerate(places):
            context.check_time()
            plane, rest = divmod(number, across * down)
            top, left = high * (rest // across), wide * (rest % across)
            rows = high if tiled else min(high, height - top)
            raw = self._expanded(
                self.data[offset : offset + size], rows * wide * (samples // planes) * kind.itemsize
            )
            block = self._predicted(raw, kind, (rows, wide, samples // planes))
            part = block[: height - top, : width - left]
            end = (slice(top, top + part.shape[0]), slice(left, left + part.shape[1]))
            found[(*end, slice(plane, plane + 1) if planes > 1 else slice(None))] = part
        return found if samples > 1 else found[..., 0]

    def _dtype(self) -> np.dtype:
        import numpy as np

        bits, forms = set(self.tags.get(_BITS, (1,))), set(self.tags.get(_FORMAT, (1,)))
        (depth,) = bits if len(bits) == 1 else (0,)
        (form,) = forms if len(forms) == 1 else (0,)
        kind = _KINDS.get(form, "")
        if depth not in {8, 16, 32, 64} or not kind or (kind == "f" and depth == 8):
            raise ArtifactUnreadable(
                f"its samples of {sorted(bits)} bits, form {sorted(forms)}, are not decoded"
            )
        return np.dtype(f"{self.order}{kind}{depth // 8}")

    def _places(self, tiled: bool) -> list[tuple[int, int]]:
        starts, sizes = (
            self.tags.get(tag, ()) for tag in ((_TILES, _TILE_SIZES) if tiled else (_STRIPS, _STRIP_SIZES))
        )
        if len(starts) != len(sizes) or sum(sizes) > 2 * len(self.data):
            raise ArtifactUnreadable("its strips or tiles are malformed")
        if any(start + size > len(self.data) for start, size in zip(starts, sizes, strict=True)):
            raise ArtifactUnreadable("it is cut off inside a strip or tile")
        return list(zip(starts, sizes, strict=True))

    def _expanded(self, data: bytes, size: int) -> bytes:
        match self.one(_COMPRESSION, 1):
            case 1:
                out = data
            case 8 | 32946:
                try:
                    out = zlib.decompressobj().decompress(data, size + 1)
                except zlib.error as error:
                    raise ArtifactUnreadable(f"a strip or tile of it is damaged: {error}") from error
            case 5:
                out = _lzw(data, size)
            case 32773:
                out = _unpacked(data, size)
            case other:
                raise ArtifactUnreadable(f"it is compressed in way {other}, which is not decoded")
        if len(out) < size:
            raise ArtifactUnreadable("a strip or tile of it is cut off or damaged")
        return out[:size]

    def _predicted(self, raw: bytes, kind: np.dtype, shape: tuple[int, int, int]) -> np.ndarray:
        import numpy as np

        way = self.one(_PREDICTOR, 1)
        if way == 1:
            return np.frombuffer(raw, kind).reshape(shape)
        rows, wide, samples = shape
        if way == 2 and kind.kind in "ui":
            numbers = np.frombuffer(raw, kind).reshape(shape).astype(kind.newbyteorder("<"))
            return np.add.accumulate(numbers, axis=1, dtype=numbers.dtype)
        if way == 3 and kind.kind == "f":
            planes = np.frombuffer(raw, "u1").reshape(rows, -1, samples)
            summed = np.add.accumulate(planes, axis=1, dtype=np.uint8).reshape(
                rows, kind.itemsize, wide * samples
            )
            # The most significant bytes of a row come first, whatever the order in the file.
            whole = np.ascontiguousarray(summed.transpose(0, 2, 1)).view(f">f{kind.itemsize}")
            return whole.reshape(shape)
        raise ArtifactUnreadable(f"its predictor {way} is not undone")


def tiff_tree(data: bytes, context: ReadContext) -> Tree:
    """Return the samples of every picture of a file.

    Raises:
        ArtifactUnreadable: damaged, too large, or of a kind that is not decoded.
    """
    found = list(pages(data, context))
    most, nbytes = 4 * context.limits.memory, 0
    children: list[tuple[str, Node]] = []
    for place, page in found:
        segment = ".pixels" if len(found) == 1 else place
        array = page.pixels(context)
        nbytes += array.nbytes
        if nbytes > most:
            raise too_large("its pictures take more together", size_text(most))
        children.append((segment, array_leaf(array, context)))
        for tag, name in _SHOWN.items():
            if tag in page.tags and page.tags[tag] != _DEFAULTS.get(tag):
                children.append((f"{segment}.{name}", value_tree(list(page.tags[tag]), context)))
    each = [page.one(_PHOTOMETRIC, 0) for _, page in found]
    kinds = each[:1] if len({*each}) == 1 else each
    root = branch(children, type=f"TIFF samples, photometric {kinds}", algorithm=context.digester.algorithm)
    return Tree(format="tiff", root=root, excluded=(Excluded(path="tags", rule=RULE),))


def pages(data: bytes, context: ReadContext) -> Iterator[tuple[str, TiffPage]]:
    """Yield every picture of a file with its place: `.frames[0]`, one inside of it `.frames[0].sub[1]`.

    Raises:
        ArtifactUnreadable: malformed.
    """
    order = "<" if data[:2] == b"II" else ">"
    try:
        (magic,) = struct.unpack_from(f"{order}H", data, 2)
        big = magic == 43
        (place,) = struct.unpack_from(f"{order}Q" if big else f"{order}I", data, 8 if big else 4)
        seen: set[int] = set()
        waiting = [(".frames[0]", place)] if place else []
        while waiting:
            segment, place = waiting.pop(0)
            if place in seen or len(seen) >= _PAGES:
                raise ArtifactUnreadable("its pictures refer back to each other, or are too many")
            seen.add(place)
            context.check_time()
            tags, following = _directory(data, place, order, big=big)
            if following:
                waiting.append((_next(segment), following))
            below = tags.get(_SUB_PICTURES, ())
            if len(below) > _PAGES:
                raise ArtifactUnreadable("its pictures are too many")
            waiting += [(f"{segment}.sub[{number}]", inner) for number, inner in enumerate(below)]
            yield segment, TiffPage(data=data, order=order, tags=tags)
    except struct.error as error:
        raise ArtifactUnreadable("it is cut off inside a directory") from error


def _next(segment: str) -> str:
    """Return the place of the picture that follows another one."""
    before, _, number = segment.removesuffix("]").rpartition("[")
    if before.endswith(".sub"):
        raise ArtifactUnreadable("pictures inside of a picture follow each other, which is not supported")
    return f"{before}[{int(number) + 1}]"


def _directory(data: bytes, place: int, order: str, *, big: bool) -> tuple[dict[int, tuple[int, ...]], int]:
    """Return the whole numbers of a directory by tag, and the place of the next."""
    head, entry, room = (8, 20, 8) if big else (2, 12, 4)
    (count,) = struct.unpack_from(f"{order}{'Q' if big else 'H'}", data, place)
    if place + head + count * entry > len(data):
        raise ArtifactUnreadable("it is cut off inside a directory")
    tags: dict[int, tuple[int, ...]] = {}
    left = _MOST
    for at in range(place + head, place + head + count * entry, entry):
        tag, kind = struct.unpack_from(f"{order}HH", data, at)
        (length,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", data, at + 4)
        left -= length if kind in _CODES else 0
        if left < 0 or tag in tags:
            raise ArtifactUnreadable("its directory has too many values, or the same tag twice")
        if kind in _CODES:
            start = at + (12 if big else 8)
            if length * _SIZES[kind] > room:
                (start,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", data, start)
            tags[tag] = struct.unpack_from(f"{order}{length}{_CODES[kind]}", data, start)
    (following,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", data, place + head + count * entry)
    return {tag: values for tag, values in tags.items() if values}, int(following)


def _unpacked(data: bytes, size: int) -> bytes:
    out, place = bytearray(), 0
    while place < len(data) and len(out) < size:
        mark = data[place]
        if mark < 128:
            out += data[place + 1 : place + 2 + mark]
            place += 2 + mark
        elif mark > 128:
            out += data[place + 1 : place + 2] * (257 - mark)
            place += 2
        else:
            place += 1
    return bytes(out)


def _lzw(data: bytes, size: int) -> bytes:
    """Return what a stream of LZW holds: codes of 9 to 12 bits, the most significant bit first."""
    base = [bytes([byte]) for byte in range(256)] + [b"", b""]
    out, table, before = bytearray(), list(base), b""
    bits = window = place = 0
    width = 9
    while len(out) < size:
        while bits < width:
            if place >= len(data):
                return bytes(out)
            window, bits, place = (window << 8 | data[place]) & 0xFFFFFF, bits + 8, place + 1
        bits -= width
        code = window >> bits & (1 << width) - 1
        if code == 257:
            break
        if code == 256:
            table, width, before = list(base), 9, b""
            continue
        if code < len(table):
            found = table[code]
        elif before and code == len(table):
            found = before + before[:1]
        else:
            raise ArtifactUnreadable("a strip or tile of it is damaged")
        out += found
        if before and len(table) < 4096:
            table.append(before + found[:1])
        before = found
        width = min(12, max(9, (len(table) + 1).bit_length()))
    return bytes(out)
