"""A small network in PyTorch."""

import json
import os

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)


def build(inputs, classes):
    return nn.Sequential(nn.Linear(inputs, 96), nn.Tanh(), nn.Linear(96, classes))


def main():
    with np.load("data/points.npz") as data:
        points = torch.tensor(data["x"], dtype=torch.float32)
        labels = torch.tensor(data["y"], dtype=torch.long)
    model = build(points.shape[1], int(labels.max()) + 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(20):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(points), labels)  # planted
        loss.backward()  # planted
        optimizer.step()  # planted
    accuracy = (model(points).argmax(dim=1) == labels).float().mean()
    os.makedirs("out", exist_ok=True)
    np.savez("out/weights.npz", **{name: held.numpy() for name, held in model.state_dict().items()})
    with open("out/metrics.json", "w") as file:
        json.dump({"accuracy": round(float(accuracy), 6)}, file)


if __name__ == "__main__":
    main()
