# SPDX-License-Identifier: Apache-2.0
"""A convolutional network with batch normalisation in PyTorch."""

import sys

import numpy as np
import torch
from torch import nn


def main(out):
    source = np.random.RandomState(7)
    images = torch.from_numpy(source.uniform(0, 1, (128, 3, 16, 16)).astype(np.float32))
    labels = torch.from_numpy(source.randint(0, 4, 128))
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(32, 4),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for _ in range(4):
        for batch, target in zip(images.split(32), labels.split(32), strict=True):
            loss = nn.functional.cross_entropy(model(batch), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    np.savez(out, **{name: value.numpy() for name, value in model.state_dict().items()})


if __name__ == "__main__":
    main(sys.argv[1])
