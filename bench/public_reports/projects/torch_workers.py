# SPDX-License-Identifier: Apache-2.0
"""Workers of a loader that draw from Python's generator."""
import random
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Rows(Dataset):
    def __len__(self):
        return 16

    def __getitem__(self, number):
        return torch.tensor([number, random.uniform(0, 1)])


random.seed(2018)
torch.manual_seed(2018)
batches = [batch.numpy() for batch in DataLoader(Rows(), batch_size=4, num_workers=2, shuffle=True)]
Path("out").mkdir(exist_ok=True)
np.save("out/batches.npy", np.concatenate(batches))
