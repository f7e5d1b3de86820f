# SPDX-License-Identifier: Apache-2.0
"""JPEG, WebP, GIF, TIFF and BMP: the pixels of every frame, as Pillow decodes them.

How they were compressed is the container's. What only tells about the picture, such as EXIF, comments and
resolution, is left out by the rule `picture-metadata`; durations of frames and colour profiles are content.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import CHUNK, array_leaf, bytes_leaf, payload_leaf
from repro_action.readers.pictures.decoding import UndecodedSamples, opened
from repro_action.readers.pictures.tiff_pages import RULE, tiff_tree
from repro_action.readers.pieces import even
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, Source, too_large
from repro_action.readers.whole import SizeLimit, whole
from repro_action.tree import Excluded, Leaf, Node, Tree, branch

if TYPE_CHECKING:
    from PIL.Image import Image

_METADATA = frozenset(
    {
        "exif",
        "comment",
        "dpi",
        "xmp",
        "XML:com.adobe.xmp",
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "photoshop",
        "resolution",
        "timestamp",
        "extension",
        "version",
        "compression",
    }
)
_FRAMES = 10_000
_BITS_PER_SAMPLE, _SUB_PICTURES = 258, 330
_BIG = "BigTIFF"


class PictureReader:
    """Reads pictures but PNG."""

    name = "picture"
    size_limit = SizeLimit(copies=3, also="pixels: {count}; of several frames {count/2}")

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic numbers."""
        del source
        return bool(_format(head))

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Decode the picture.

        Raises:
            ArtifactUnreadable: damaged, or larger than fits into the limit of memory.
        """
        data = whole(source, context, copies=self.size_limit.copies)
        kind = _format(data)
        try:
            if kind == _BIG:
                return tiff_tree(data, context)
            with opened(data, kind) as image:
                return _picture(image, source, context)
        except UndecodedSamples:
            return tiff_tree(data, context)


def _format(head: bytes) -> str:
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head.startswith((b"II*\0", b"MM\0*")):
        return "TIFF"
    if head.startswith((b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0")):
        return _BIG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    return "BMP" if head.startswith(b"BM") and head[6:10] == bytes(4) else ""


@dataclass(frozen=True, slots=True)
class _Pixels:
    """The pixels of a picture of one frame; decoded again each time, and copied some rows at a time."""

    source: Source
    context: ReadContext

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the pixels; see `repro_action.tree.Payload`.

        Raises:
            ArtifactUnreadable: damaged or cut off.
        """
        data = whole(self.source, self.context, copies=1)
        with opened(data, _format(data)) as image:
            yield from even(_bands(image, str(image.format)), size)


@dataclass(frozen=True, slots=True)
class _FramePixels:
    """The pixels of a frame that is open."""

    frame: Image
    format: str

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the pixels; see `repro_action.tree.Payload`."""
        return even(_bands(self.frame, self.format), size)


def _bands(frame: Image, format: str) -> Iterator[bytes]:
    import numpy as np

    width, height = frame.size
    step = max(1, CHUNK // (4 * width))
    for top in range(0, height, step):
        band = np.asarray(_shown(frame.crop((0, top, width, min(top + step, height))), format))
        yield band.astype(band.dtype.newbyteorder("<"), copy=False).tobytes()


def _pixels(frame: Image, format: str, count: int, source: Source, context: ReadContext) -> Leaf:
    import numpy as np

    width, height = frame.size
    if count > 1 or 4 * width * height <= CHUNK:
        return array_leaf(np.asarray(_shown(frame, format)), context)
    one = np.asarray(_shown(frame.crop((0, 0, 1, 1)), format))
    leaf = payload_leaf(
        _FramePixels(frame, format),
        nbytes=one.nbytes * width * height,
        dtype=one.dtype.newbyteorder("<").str,
        shape=(height, width, *one.shape[2:]),
        context=context,
    )
    return replace(leaf, payload=_Pixels(source, context.again()))


def _check_depth(frame: Image) -> None:
    """Refuse what Pillow decodes to eight bits a sample though there are more.

    Raises:
        ArtifactUnreadable: pixels that differ could look the same.
    """
    tags = getattr(frame, "tag_v2", None)
    if tags is not None and _SUB_PICTURES in tags:
        raise UndecodedSamples("it has pictures inside of pictures")
    depths = tags.get(_BITS_PER_SAMPLE, ()) if tags is not None else ()
    depths = depths if isinstance(depths, tuple) else (depths,)
    if len(depths) > 1 and max(depths) > 8:
        raise UndecodedSamples(f"its pixels have {len(depths)} samples of {max(depths)} bits")


def _shown(frame: Image, format: str) -> Image:
    """Return what is drawn; frames of a GIF change their mode with what was drawn before."""
    return frame.convert("RGBA") if format == "GIF" or frame.mode == "P" else frame


def _picture(image: Image, source: Source, context: ReadContext) -> Tree:
    from PIL import ImageSequence

    name = str(image.format)
    count = int(getattr(image, "n_frames", 1))
    width, height = image.size
    # Pillow takes up to four bytes a pixel, and so does what is kept of several frames.
    most = context.limits.memory if count == 1 else context.limits.memory // 2
    if count > _FRAMES or width * height * count > most:
        raise too_large(f"{count} frames of {width} x {height} pixels", f"{most} pixels")
    context.expand(8 * width * height * count)
    children: list[tuple[str, Node]] = []
    excluded: set[str] = set()
    for number, frame in enumerate(ImageSequence.Iterator(image)):
        context.check_time()
        if frame.size != (width, height):
            raise ArtifactUnreadable("its frames have different sizes")
        _check_depth(frame)
        segment = ".pixels" if count == 1 else f".frames[{number}]"
        children.append((segment, _pixels(frame, name, count, source, context)))
        for key, value in frame.info.items():
            path = f".info['{key}']" if count == 1 else f".frames[{number}].info['{key}']"
            if key in _METADATA:
                excluded.add(path.removeprefix("."))
            elif isinstance(value, bytes):
                children.append((path, bytes_leaf(value, context)))
            elif isinstance(value, int | float | str | tuple | None):
                children.append((path, value_tree(value, context)))
            else:
                raise ArtifactUnreadable(f"it has the entry {str(key)[:80]!r}, which is not supported")
    root = branch(
        children, type=f"{name} {image.mode}" if name != "GIF" else name, algorithm=context.digester.algorithm
    )
    return Tree(
        format=name.lower(),
        root=root,
        excluded=tuple(Excluded(path=path, rule=RULE) for path in sorted(excluded)),
    )
