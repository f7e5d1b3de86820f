# SPDX-License-Identifier: Apache-2.0
"""PyTorch: vectorised loops, deterministic algorithms, and what it tells of the MKL inside it."""

from __future__ import annotations

import re

from repro_action.determinism.knob import PINNED, PORTABLE, X86, Facts, Knob, KnobCheck, Library


def _derive(facts: Facts) -> Facts:
    # This text is the only way to MKL's number of threads in PyTorch's wheels.
    found = re.search(r"mkl_get_max_threads\(\) : (\d+)", str(facts.get("torch.parallel", "")))
    return {"torch.mkl_threads": int(found[1])} if found else {}


LIBRARY = Library(
    key="torch",
    name="PyTorch",
    asks={
        "version": (("torch", "__version__"),),
        "capability": (("torch.backends.cpu", "get_cpu_capability", ()),),
        "threads": (("torch", "get_num_threads", ()),),
        "deterministic": (("torch", "are_deterministic_algorithms_enabled", ()),),
        "parallel": (("torch.__config__", "parallel_info", ()),),
    },
    derive=_derive,
    knobs=(
        Knob(
            variable="ATEN_CPU_CAPABILITY",
            value="avx2",
            pins="PyTorch's vectorised loops, samplers among them",
            profiles=PORTABLE,
            machines=X86,
            source="PyTorch, aten/src/ATen/native/DispatchStub.cpp",
            url="https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/DispatchStub.cpp",
            checks=(
                KnobCheck(
                    fact="torch.capability",
                    accepted=("AVX2",),
                    reason="The step set the variable, or this PyTorch has no such code.",
                ),
            ),
            cost="not measured",
        ),
        Knob(
            variable="torch.use_deterministic_algorithms",
            value="True, warn_only=True",
            pins="PyTorch's choice among kernels",
            profiles=PINNED,
            source="PyTorch; the hook calls it when torch is imported",
            url="https://docs.pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html",
            checks=(
                KnobCheck(
                    fact="torch.deterministic",
                    accepted=("1",),
                    expected="deterministic algorithms",
                    reason="The program switched them off; what differs between runs may come from there.",
                ),
            ),
            call=True,
            cost="not measured",
        ),
    ),
)
