# SPDX-License-Identifier: Apache-2.0
"""Write a pickle with PyTorch's tensors, with PyTorch 2.13.0: `write_torch.py FILE FILLER`.

The filler moves what comes after it in memory, and a storage's key is its address.
"""

import pickle
import sys
from pathlib import Path

import torch

torch.manual_seed(0)
filler = [torch.zeros(100) for _ in range(int(sys.argv[2]))]
net = torch.nn.Linear(3, 2)
block = torch.arange(6.0).reshape(2, 3)
content = {"net": net, "t": block, "view": block.t(), "half": torch.ones(2, dtype=torch.bfloat16)}
Path(sys.argv[1]).write_bytes(pickle.dumps(content))
