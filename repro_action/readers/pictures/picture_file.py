# SPDX-License-Identifier: Apache-2.0
"""JPEG, WebP, GIF, TIFF and BMP: the pixels of every frame, as Pillow decodes them.

How they were compressed is the container's. What only tells about the picture, such as EXIF, comments and
resolution, is left out by the rule `picture-metadata`; durations of frames and colour profiles are content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import array_leaf, bytes_leaf
from repro_action.readers.cursor import whole
from repro_action.readers.pictures.decoding import opened
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Excluded, Node, Tree, branch

if TYPE_CHECKING:
    from PIL.Image import Image

RULE = "picture-metadata"
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


class PictureReader:
    """Reads pictures but PNG."""

    name = "picture"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic numbers."""
        del source
        return bool(_format(head))

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Decode the picture.

        Raises:
            ArtifactUnreadable: damaged, or larger than fits into the limit of memory.
        """
        data = whole(source, context, copies=1)
        with opened(data, _format(data)) as image:
            return _picture(image, context)


def _format(head: bytes) -> str:
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head.startswith((b"II*\0", b"MM\0*")):
        return "TIFF"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    return "BMP" if head.startswith(b"BM") and head[6:10] == bytes(4) else ""


def _picture(image: Image, context: ReadContext) -> Tree:
    import numpy as np
    from PIL import ImageSequence

    name = str(image.format)
    count = int(getattr(image, "n_frames", 1))
    width, height = image.size
    context.expand(8 * width * height * count)
    if (
        count > _FRAMES
        or 16 * width * height > context.limits.memory
        or 8 * width * height * count > 4 * context.limits.memory
    ):
        raise ArtifactUnreadable(f"{count} frames of {width} x {height} pixels do not fit into memory")
    children: list[tuple[str, Node]] = []
    excluded: set[str] = set()
    for number, frame in enumerate(ImageSequence.Iterator(image)):
        context.check_time()
        if frame.size != (width, height):
            raise ArtifactUnreadable("its frames have different sizes")
        # Frames of a GIF change their mode with what was drawn before.
        shown = frame.convert("RGBA") if name == "GIF" or frame.mode == "P" else frame
        segment = ".pixels" if count == 1 else f".frames[{number}]"
        children.append((segment, array_leaf(np.asarray(shown), context)))
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
