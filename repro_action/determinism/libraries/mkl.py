# SPDX-License-Identifier: Apache-2.0
"""oneMKL: code path, memory alignment and threads; PyTorch's wheels carry one that exports nothing."""

from __future__ import annotations

from repro_action.determinism.knob import (
    PINNED,
    PORTABLE,
    THREADS,
    X86,
    Knob,
    KnobCheck,
    Library,
    Shared,
    Symbol,
)

_GUIDE = "https://www.intel.com/content/www/us/en/docs/onemkl/developer-guide-linux/2025-1"
_ALL, _AVX2_STRICT = -1, 0x10000 | 10  # MKL_CBWR_ALL, MKL_CBWR_STRICT | MKL_CBWR_AVX2 of mkl_types.h
_HIDDEN = "the MKL inside PyTorch's wheels exports no function that returns its settings"

LIBRARY = Library(
    key="mkl",
    name="oneMKL",
    shared=Shared(
        prefixes=("libmkl_rt",),
        asks={
            "threads": Symbol(names=("MKL_Get_Max_Threads",)),
            "dynamic": Symbol(names=("MKL_Get_Dynamic",)),
            "branch": Symbol(names=("MKL_CBWR_Get",), argument=_ALL),
        },
    ),
    knobs=(
        Knob(
            variable="MKL_CBWR",
            value="AVX2,STRICT",
            pins="MKL's code path and its independence of memory alignment",
            profiles=PORTABLE,
            machines=X86,
            source="oneMKL developer guide, Conditional Numerical Reproducibility",
            url=f"{_GUIDE}/set-env-var-for-cond-numerical-reproducibility.html",
            checks=(
                KnobCheck(
                    fact="mkl.branch",
                    accepted=(str(_AVX2_STRICT),),
                    expected=f"{_AVX2_STRICT} (AVX2, strict)",
                    reason="The program calls mkl_cbwr_set, the CPU has no AVX2, or the step sets its own.",
                ),
            ),
            unconfirmable=_HIDDEN,
            readers=("torch",),
            cost="not measured",
        ),
        Knob(
            variable="MKL_NUM_THREADS",
            value="{threads}",
            pins=THREADS,
            profiles=PINNED,
            source="oneMKL",
            url=f"{_GUIDE}/environment-variables-for-openmp-threading-control.html",
            checks=(
                KnobCheck(
                    fact="mkl.threads",
                    accepted=("{threads}",),
                    reason="The program sets its own number, or the machine has fewer cores.",
                ),
                KnobCheck(
                    fact="torch.mkl_threads",
                    accepted=("{threads}",),
                    reason="The program sets its own number, or the machine has fewer cores.",
                ),
            ),
        ),
        Knob(
            variable="MKL_DYNAMIC",
            value="FALSE",
            pins="that MKL does not choose fewer threads by load",
            profiles=PINNED,
            source="oneMKL developer guide",
            url=f"{_GUIDE}/mkl-dynamic.html",
            checks=(KnobCheck(fact="mkl.dynamic", accepted=("0",)),),
            unconfirmable=_HIDDEN,
            readers=("torch",),
        ),
    ),
)
