# SPDX-License-Identifier: Apache-2.0
"""oneDNN, which PyTorch's and TensorFlow's wheels carry inside: its instruction set."""

from __future__ import annotations

from repro_action.determinism.knob import PORTABLE, X86, Knob, KnobCheck, Library, Shared, Symbol

_AVX2 = 0x7  # dnnl_cpu_isa_avx2 of dnnl_types.h

LIBRARY = Library(
    key="onednn",
    name="oneDNN",
    shared=Shared(prefixes=("libdnnl",), asks={"isa": Symbol(names=("dnnl_get_effective_cpu_isa",))}),
    knobs=(
        Knob(
            variable="ONEDNN_MAX_CPU_ISA",
            value="AVX2",
            pins="oneDNN's convolutions and recurrent layers",
            profiles=PORTABLE,
            machines=X86,
            source="oneDNN, CPU Dispatcher Control",
            url="https://uxlfoundation.github.io/oneDNN/dev_guide_cpu_dispatcher_control.html",
            checks=(KnobCheck(fact="onednn.isa", accepted=(str(_AVX2),), expected=f"{_AVX2} (AVX2)"),),
            unconfirmable="the oneDNN inside PyTorch's and TensorFlow's wheels exports no function "
            "that returns its settings",
            readers=("torch", "tensorflow"),
            cost="not measured",
        ),
    ),
)
