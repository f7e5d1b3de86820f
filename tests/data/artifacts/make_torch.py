# SPDX-License-Identifier: Apache-2.0
"""Wrote the .pt files beside it, with PyTorch 2.13.0 on x86-64 Linux; run it to write them anew."""

from pathlib import Path

import torch

HERE = Path(__file__).parent
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
block = torch.arange(12.0).reshape(3, 4)

torch.save(model.state_dict(), HERE / "torch_state.pt")
torch.save(
    {
        "bfloat16": torch.ones(2, dtype=torch.bfloat16),
        "bool": torch.tensor([True, False]),
        "column": block[:, 1],
        "complex": torch.full((2,), 1 + 2j, dtype=torch.complex64),
        "device": torch.device("cpu"),
        "dtype": torch.float32,
        "empty": torch.empty(0, 3),
        "expanded": torch.ones(1).expand(5),
        "float8": torch.ones(2).to(torch.float8_e4m3fn),
        "frozen": torch.nn.Parameter(block[0].clone(), requires_grad=False),
        "full": block,
        "half": torch.zeros(2, dtype=torch.float16),
        "narrow": torch.arange(6, dtype=torch.int16).narrow(0, 2, 3),
        "number": torch.tensor(3),
        "parameter": torch.nn.Parameter(block[0].clone()),
        "quantized": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
        "sparse": torch.eye(2).to_sparse(),
        "transposed": block.t(),
        "unsigned": torch.tensor([1, 65535]).to(torch.uint16),
        "transposed bfloat16": torch.arange(4.0).to(torch.bfloat16).reshape(2, 2).t(),
    },
    HERE / "torch_tensors.pt",
)
torch.save(model.state_dict(), HERE / "torch_legacy.pt", _use_new_zipfile_serialization=False)
