# SPDX-License-Identifier: Apache-2.0
"""Pictures opened by Pillow, whatever a damaged one makes it raise."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable

if TYPE_CHECKING:
    from PIL.Image import Image


class UndecodedSamples(ArtifactUnreadable):
    """Pillow does not decode such samples, or only a part of their bits."""


@contextmanager
def opened(data: bytes, format: str) -> Iterator[Image]:
    """Open a picture of one of Pillow's formats; the caller checks its size.

    Raises:
        ArtifactUnreadable: it cannot be opened, or not decoded in the body.
    """
    from PIL import Image, UnidentifiedImageError

    # Sizes are checked by the readers, against a limit that people can set; Pillow's own is fixed.
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=(format,)) as image:
                yield image
    except UnidentifiedImageError as error:
        # Pillow's own text has an address in memory.
        why = f"not a {format} file that can be decoded: it is damaged, cut off, or of another kind"
        raise (UndecodedSamples if format == "TIFF" else ArtifactUnreadable)(why) from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        AssertionError,
        struct.error,
        zlib.error,
        Image.DecompressionBombError,
    ) as error:
        raise ArtifactUnreadable(f"it cannot be decoded: {str(error)[:200]}") from error
    finally:
        Image.MAX_IMAGE_PIXELS = before
