# SPDX-License-Identifier: Apache-2.0
"""What the files of the last run show beside its report: arrays, pictures and matrices before and after.

Files are read in a process of their own with hard limits, as for a comparison, and only where they
are what the run and its baseline recorded.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action import reading
from repro_action.errors import ReproError
from repro_action.fingerprint import Fingerprint, Metrics
from repro_action.readers.dtypes import decode, is_numeric
from repro_action.report.model import ArtifactDifference
from repro_action.report.render.html.extras import ArrayPlot, MatrixPair, PictureTriple
from repro_action.report.render.html.png import png
from repro_action.runs.project import Project
from repro_action.tree import Kind, Leaf, Node

if TYPE_CHECKING:
    import numpy as np

ARTIFACTS = 24
"""Artifacts that are read."""
ARRAYS = 24
PICTURES = 12
LARGEST = 64 << 20
"""Bytes of a file that is read for a page, and of an array in it."""
DRAWN = 240
"""Values of an array that are drawn one by one; of more, their histogram is."""
BINS = 32
EDGE = 320
"""Pixels of the longer edge of a picture as it is shown."""
CLASSES = 30
PER_ARTIFACT = 6

_CONFUSION = re.compile(r"confusion", re.IGNORECASE)
_CELL = re.compile(r"(.*confusion.*?)\[(\d{1,3})\]\[(\d{1,3})\]", re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class PageValues:
    """Collects what is drawn of a run.

    Attributes:
        project: whose run it was.
        before, after: the baseline's fingerprint, None for none, and the run's.
    """

    project: Project
    before: Fingerprint | None
    after: Fingerprint
    plots: list[ArrayPlot] = field(default_factory=list)
    pictures: list[PictureTriple] = field(default_factory=list)
    matrices: list[MatrixPair] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def collect(self, artifacts: tuple[ArtifactDifference, ...]) -> None:
        """Read artifacts that differ, as many as a page shows, and the matrices among the metrics."""
        for found in artifacts[:ARTIFACTS]:
            with contextlib.suppress(ReproError, OSError, ValueError):
                self._artifact(found.path)
        if len(artifacts) > ARTIFACTS:
            self.left_out.append(f"{len(artifacts) - ARTIFACTS} further artifacts are not drawn.")
        self.matrices += _of_metrics(self.before.metrics if self.before else {}, self.after.metrics)

    def _artifact(self, path: str) -> None:
        new = self._leaves(self._current(path))
        old = self._leaves(self._accepted(path))
        if not old:
            self.left_out.append(
                f"{path}: no copy of the accepted file is at hand to draw it beside this one."
            )
        drawn = 0
        for name, leaf in new.items():
            other = old.get(name)
            if drawn >= PER_ARTIFACT or (other is not None and other.digest == leaf.digest):
                continue
            drawn += self._leaf(path, name, other, leaf)

    def _leaf(self, path: str, name: str, old: Leaf | None, new: Leaf) -> bool:
        """Draw one array; whether there was something to draw."""
        after = _values(new)
        before = _values(old) if old is not None else None
        if after is None or not after.size:
            return False
        if _is_picture(after, new):
            return self._picture(path, before, after)
        if _CONFUSION.search(f"{path} {name}") and _is_matrix(after):
            same = before is not None and before.shape == after.shape
            rows = _rows(before) if same and before is not None else ()
            self.matrices.append(MatrixPair(name=f"{path} {name}".strip(), before=rows, after=_rows(after)))
            return True
        if len(self.plots) >= ARRAYS or before is None or after.size < 2 or not before.size:
            return False
        self.plots.append(_plot(path, name, before, after))
        return True

    def _picture(self, path: str, before: np.ndarray | None, after: np.ndarray) -> bool:
        if len(self.pictures) >= PICTURES:
            return False
        self.pictures.append(_triple(path, before, after))
        return True

    def _current(self, path: str) -> Path | None:
        product = self.after.products.get(path)
        place = self.project.config.root / path
        if product is None or not place.is_file() or place.is_symlink():
            return None
        return place if place.lstat().st_size == product.size <= LARGEST else None

    def _accepted(self, path: str) -> Path | None:
        product = self.before.products.get(path) if self.before is not None else None
        return self.project.store.kept(product, path) if product is not None else None

    def _leaves(self, path: Path | None) -> Mapping[str, Leaf]:
        if path is None or path.stat().st_size > LARGEST:
            return {}
        limits = reading.ReadingLimits.of(self.project.config.limits)
        return dict(_arrays("", reading.read(path, limits=limits).root))


def _arrays(path: str, node: Node) -> Iterator[tuple[str, Leaf]]:
    if isinstance(node, Leaf):
        if node.kind is Kind.ARRAY and node.payload is not None and is_numeric(node.dtype):
            yield path, node
        return
    for segment, child in node.children:
        yield from _arrays(path + segment, child)


def _values(leaf: Leaf) -> np.ndarray | None:
    """Return the values of an array in its shape; None where it is too large or complex."""
    if leaf.payload is None:
        return None
    parts, size = [], 0
    for chunk in leaf.payload.chunks(1 << 20):
        parts.append(bytes(chunk))
        size += len(chunk)
        if size > LARGEST:
            return None
    found = decode(b"".join(parts), leaf.dtype)
    return None if found.dtype.kind == "c" else found.reshape(leaf.shape)


def _is_picture(found: np.ndarray, leaf: Leaf) -> bool:
    wide = found.ndim in {2, 3} and min(found.shape[:2]) >= 8
    return leaf.dtype in {"|u1", "<u2"} and wide and (found.ndim == 2 or found.shape[2] in {1, 3, 4})


def _is_matrix(found: np.ndarray) -> bool:
    square = found.ndim == 2 and 2 <= found.shape[0] == found.shape[1] <= CLASSES
    return square and bool((found >= 0).all())


def _rows(found: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(cell) for cell in row) for row in found)


def _plot(path: str, name: str, before: np.ndarray, after: np.ndarray) -> ArrayPlot:
    import numpy as np

    old, new = (side.ravel().astype(np.float64) for side in (before, after))
    if old.size == new.size <= DRAWN:
        return ArrayPlot(
            artifact=path, leaf=name, before=tuple(old.tolist()), after=tuple(new.tolist()), elements=new.size
        )
    finite = [side[np.isfinite(side)] for side in (old, new)]
    low = min((float(side.min()) for side in finite if side.size), default=0.0)
    high = max((float(side.max()) for side in finite if side.size), default=1.0)
    if not low < high:
        low, high = low - 0.5, low + 0.5
    counts = [np.histogram(side, bins=BINS, range=(low, high))[0] for side in finite]
    return ArrayPlot(
        artifact=path,
        leaf=name,
        before=tuple(map(float, counts[0])),
        after=tuple(map(float, counts[1])),
        bins=(low, high),
        elements=new.size,
    )


def _triple(path: str, before: np.ndarray | None, after: np.ndarray) -> PictureTriple:
    """Return both pictures, and where they differ: grey where they are the same, red by how much not."""
    import numpy as np

    new = _shown(after)
    old = _shown(before) if before is not None else None
    difference, note = b"", ""
    if old is not None and before is not None and before.shape == after.shape:
        apart = np.abs(new.astype(np.int16) - old).max(axis=2)
        grey = (255 - (255 - new.mean(axis=2)) * 0.25).astype(np.uint8)
        strength = np.where(apart > 0, np.maximum(apart, 96), 0).astype(np.float64)[..., None] / 255
        mixed = grey[..., None] * (1 - strength) + np.array([196.0, 32.0, 38.0]) * strength
        difference = _encoded(mixed.astype(np.uint8))
        unlike = (before != after).reshape(*after.shape[:2], -1).any(axis=2)
        note = f"{int(unlike.sum()):,} of {unlike.size:,} pixels differ"
    elif old is not None and before is not None:
        note = (
            f"{before.shape[1]} x {before.shape[0]} pixels before, {after.shape[1]} x {after.shape[0]} after"
        )
    return PictureTriple(
        artifact=path,
        before=_encoded(old) if old is not None else b"",
        after=_encoded(new),
        difference=difference,
        width=new.shape[1],
        height=new.shape[0],
        note=note,
    )


def _shown(found: np.ndarray) -> np.ndarray:
    """Return pixels as RGB on white, each block of them as its mean, so that an edge fits the page."""
    import numpy as np

    pixels = (found >> 8).astype(np.uint8) if found.dtype.itemsize == 2 else found
    pixels = pixels.reshape(*pixels.shape[:2], -1).astype(np.float64)
    if pixels.shape[2] == 4:
        opacity = pixels[..., 3:] / 255
        pixels = pixels[..., :3] * opacity + 255 * (1 - opacity)
    if pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    block = -(-max(pixels.shape[:2]) // EDGE)
    if block > 1:
        height, width = (size // block for size in pixels.shape[:2])
        if not (height and width):
            return pixels[:EDGE, :EDGE].astype(np.uint8)
        cut = pixels[: height * block, : width * block]
        pixels = cut.reshape(height, block, width, block, 3).mean(axis=(1, 3))
    return np.rint(pixels).astype(np.uint8)


def _encoded(pixels: np.ndarray) -> bytes:
    return png(pixels.tobytes(), pixels.shape[1], pixels.shape[0])


def _of_metrics(before: Metrics, after: Metrics) -> Iterator[MatrixPair]:
    """Yield the confusion matrices that metrics hold cell by cell, such as `confusion_matrix[0][1]`."""
    for file, values in after.items():
        new, old = _cells(values), _cells(before.get(file, {}))
        for name, rows in new.items():
            earlier = old.get(name, ())
            yield MatrixPair(name=name, before=earlier if len(earlier) == len(rows) else (), after=rows)


def _cells(values: Mapping[str, object]) -> Mapping[str, tuple[tuple[float, ...], ...]]:
    found: dict[str, dict[tuple[int, int], float]] = {}
    for name, value in values.items():
        cell = _CELL.fullmatch(name)
        if cell is not None and isinstance(value, int | float) and value >= 0:
            found.setdefault(cell[1], {})[int(cell[2]), int(cell[3])] = float(value)
    made = {}
    for name, cells in found.items():
        size = 1 + max(max(place) for place in cells)
        if 2 <= size <= CLASSES and len(cells) == size * size:
            made[name] = tuple(tuple(cells[row, column] for column in range(size)) for row in range(size))
    return made
