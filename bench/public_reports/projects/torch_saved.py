# SPDX-License-Identifier: Apache-2.0
"""A seeded network, saved twice by `torch.save`."""
from pathlib import Path

import torch

torch.manual_seed(0)
net = torch.nn.Linear(3, 2)
Path("out").mkdir(exist_ok=True)
torch.save(net.state_dict(), "out/state.pt")
torch.save({"net": net, "step": 3}, "out/whole.pt", _use_new_zipfile_serialization=False)
