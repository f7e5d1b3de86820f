# SPDX-License-Identifier: Apache-2.0
"""A multilayer perceptron in PyTorch, its batches shuffled by DataLoader workers."""

import sys

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Jittered(TensorDataset):
    """Adds noise drawn in the worker, as augmentation does."""

    def __getitem__(self, index):
        features, label = super().__getitem__(index)
        noise = torch.from_numpy(np.random.normal(0, 0.01, features.shape)).float()
        return features + noise, label


def main(out):
    source = np.random.RandomState(7)
    features = source.uniform(-1, 1, (512, 40)).astype(np.float32)
    labels = (features[:, :20].sum(axis=1) > features[:, 20:].sum(axis=1)).astype(np.int64)
    data = Jittered(torch.from_numpy(features), torch.from_numpy(labels))
    model = nn.Sequential(nn.Linear(40, 64), nn.Tanh(), nn.Dropout(0.1), nn.Linear(64, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(2):
        for batch, target in DataLoader(data, batch_size=32, shuffle=True, num_workers=2):
            loss = nn.functional.cross_entropy(model(batch), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    np.savez(out, **{name: value.detach().numpy() for name, value in model.named_parameters()})


if __name__ == "__main__":
    main(sys.argv[1])
