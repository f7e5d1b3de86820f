# SPDX-License-Identifier: Apache-2.0
"""A transformer encoder and an LSTM over short sequences in PyTorch."""

import sys

import numpy as np
import torch
from torch import nn


class Tagger(nn.Module):
    """Embedding, attention, recurrence, a class for each sequence."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(50, 32)
        layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.recur = nn.LSTM(32, 32, batch_first=True)
        self.head = nn.Linear(32, 3)

    def forward(self, tokens):
        states, _ = self.recur(self.encoder(self.embed(tokens)))
        return self.head(states[:, -1])


def main(out):
    source = np.random.RandomState(7)
    tokens = torch.from_numpy(source.randint(0, 50, (96, 20)))
    labels = torch.from_numpy(source.randint(0, 3, 96))
    model = Tagger()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(3):
        for batch, target in zip(tokens.split(24), labels.split(24), strict=True):
            loss = nn.functional.cross_entropy(model(batch), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    np.savez(out, **{name: value.numpy() for name, value in model.state_dict().items()})


if __name__ == "__main__":
    main(sys.argv[1])
