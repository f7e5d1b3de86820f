# SPDX-License-Identifier: Apache-2.0
"""A seeded network, pickled without `torch.save`."""
import pickle
from pathlib import Path

import joblib
import torch

torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
Path("out").mkdir(exist_ok=True)
with open("out/net.pkl", "wb") as file:
    pickle.dump(net, file)
joblib.dump({"scale": 2.0, "state": net.state_dict()}, "out/state.joblib")
