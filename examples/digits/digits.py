# SPDX-License-Identifier: Apache-2.0
"""The handwritten digits, split the same way for training and evaluation."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

Pixels = NDArray[np.float64]  # (digits, 64), from 0 to 1
Labels = NDArray[np.uint8]  # (digits,), from 0 to 9


def load_split(*, test_fraction: float, seed: int) -> tuple[Pixels, Pixels, Labels, Labels]:
    """Return training pixels, test pixels, training labels and test labels."""
    images = np.load(Path("data/images.npy"), allow_pickle=False)
    labels = np.load(Path("data/labels.npy"), allow_pickle=False)
    pixels = images.reshape(len(images), -1) / 16.0  # the scanner counted 0 to 16 dots a cell
    train, test, train_labels, test_labels = train_test_split(
        pixels, labels, test_size=test_fraction, random_state=seed, stratify=labels
    )
    return train, test, train_labels, test_labels
