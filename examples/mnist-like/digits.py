# SPDX-License-Identifier: Apache-2.0
"""The handwritten digits as pictures of one channel, split the same way for training and evaluation."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.float32]  # (digits, 8, 8, 1), from 0 to 1
Labels = NDArray[np.uint8]  # (digits,), from 0 to 9


def load_split(*, test_fraction: float, seed: int) -> tuple[Images, Images, Labels, Labels]:
    """Return training images, test images, training labels and test labels."""
    images = np.load(Path("data/images.npy"), allow_pickle=False)
    labels = np.load(Path("data/labels.npy"), allow_pickle=False)
    pixels = (images[..., None] / 16.0).astype(np.float32)  # the scanner counted 0 to 16 dots a cell
    order = np.random.default_rng(seed).permutation(len(images))
    count = round(test_fraction * len(images))
    test, train = order[:count], order[count:]
    return pixels[train], pixels[test], labels[train], labels[test]
