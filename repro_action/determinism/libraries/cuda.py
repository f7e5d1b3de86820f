# SPDX-License-Identifier: Apache-2.0
"""cuBLAS: its workspace."""

from __future__ import annotations

from repro_action.determinism.knob import PINNED, Knob, Library, Shared

LIBRARY = Library(
    key="cublas",
    name="cuBLAS",
    shared=Shared(prefixes=("libcublas.",)),
    knobs=(
        Knob(
            variable="CUBLAS_WORKSPACE_CONFIG",
            value=":4096:8",
            pins="cuBLAS's workspace, without which PyTorch refuses deterministic mode",
            profiles=PINNED,
            systems=("Linux",),
            source="cuBLAS, results reproducibility",
            url="https://docs.nvidia.com/cuda/cublas/#results-reproducibility",
            loaded_as="cublas",
            unconfirmable="cuBLAS has no function that returns its workspace",
            cost="about 24 MiB of device memory",
        ),
    ),
)
