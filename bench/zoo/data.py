# SPDX-License-Identifier: Apache-2.0
"""The data that the estimators are fitted to: made once, pinned by digest, the same bytes everywhere.

Only integers are drawn, added and multiplied (NumPy's integer loops are exact), and at the very
end divided once, which IEEE 754 rounds correctly on every machine. `sklearn.datasets` would not
do: `make_classification` changes with glibc's variants for FMA. The divisor is no power of two,
so that values fill their mantissa and sums of their products must be rounded.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.digest import digest_bytes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS, UNSEEN, COLUMNS, LATENT = 2000, 400, 40, 8
DIVISOR = 7919.0
PINNED = "blake3:e7ebd8b0b0c41f33d4e83c439ae112db330e43c8849e4c152263dddaff026036"
"""Digest over all files; a change of the data is a change of this line."""

_WORDS = 400


def make(folder: Path) -> str:
    """Write the data unless it is there, and return its digest.

    Raises:
        SystemExit: the bytes are not the pinned ones.
    """
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix="data-", dir=folder.parent))
        _write(scratch)
        try:
            scratch.rename(folder)
        except OSError:  # another process was quicker, with the same bytes
            shutil.rmtree(scratch)
    names = sorted(path for path in folder.iterdir() if path.suffix in {".npy", ".json"})
    digest = str(digest_bytes("blake3", *(path.name.encode() + path.read_bytes() for path in names)))
    if digest != PINNED:
        raise SystemExit(f"{folder} holds {digest}, pinned is {PINNED}: remove that folder")
    return digest


def _write(folder: Path) -> None:
    import numpy as np

    # NOTE: `RandomState.randint` is frozen by NEP 19; the streams of `Generator` are not.
    draw = np.random.RandomState(0)
    for name, array in _arrays(draw).items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    texts = [
        " ".join(f"w{word * word % _WORDS}" for word in line) for line in draw.randint(0, _WORDS, (600, 40))
    ]
    records = [
        {"colour": f"c{row[0]}", f"size{row[1]}": int(row[2]), "weight": int(row[3]) / 7}
        for row in draw.randint(0, 9, (600, 4))
    ]
    labels = [sorted({f"l{label}" for label in row}) for row in draw.randint(0, 12, (600, 3))]
    for name, held in (("texts", texts), ("records", records), ("labels", labels)):
        (folder / f"{name}.json").write_text(json.dumps(held), encoding="ascii")


def _bell(draw: np.random.RandomState, *shape: int) -> NDArray[np.int64]:
    """Draw integers that are nearly normal, of standard deviation about 209."""
    summed: NDArray[np.int64] = draw.randint(0, 256, (*shape, 8)).sum(axis=-1) - 1020
    return summed


def _arrays(draw: np.random.RandomState) -> dict[str, NDArray[np.generic]]:
    import numpy as np

    rows = ROWS + UNSEEN
    latent = _bell(draw, rows, LATENT)
    mixed = latent @ draw.randint(-9, 10, (LATENT, COLUMNS)) + 3 * _bell(draw, rows, COLUMNS)
    mixed *= draw.randint(1, 4, COLUMNS)
    classes = np.argmax(latent[:, :3] + _bell(draw, rows, 3) // 4, axis=1)
    numbers = latent @ draw.randint(-9, 10, (LATENT, 3)) + _bell(draw, rows, 3)
    partly = np.where(draw.randint(0, 3, rows) == 0, classes, -1)
    holes = mixed / DIVISOR
    holes[draw.randint(0, 10, holes.shape) == 0] = np.nan
    inner = mixed[:300, :12]
    return {
        "features": mixed / DIVISOR,
        "positive": np.abs(mixed) / DIVISOR,
        "holes": holes,
        "counts": (np.abs(mixed) // 2500).astype(np.float64),
        "categories": draw.randint(0, 7, (rows, 8)) + classes[:, None] // 2,
        "kernel": (inner @ inner.T) / DIVISOR,
        "images": draw.randint(0, 256, (6, 24, 24)) / 255.0,
        "classes": classes,
        "binary": (classes == 1).astype(np.int64),
        "several": np.stack([classes, draw.randint(0, 2, rows)], axis=1),
        "flags": (numbers > 0).astype(np.int64),
        "partly": partly,
        "numbers": numbers[:, 0] / DIVISOR,
        "targets": numbers / DIVISOR,
        "amounts": (np.abs(numbers[:, 0]) + 1) / DIVISOR,
    }
