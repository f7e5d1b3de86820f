# SPDX-License-Identifier: Apache-2.0
"""OpenBLAS, of which NumPy and SciPy carry one each: kernels and threads."""

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


def _decorated(name: str) -> tuple[str, ...]:
    # SciPy's own prefix, and the suffixes of builds with 64-bit integers.
    return tuple(f"{before}{name}{after}" for before in ("scipy_", "") for after in ("64_", "", "_64"))


_FELL_BACK = "This OpenBLAS has no such kernels and fell back, or the step set the variable."

LIBRARY = Library(
    key="openblas",
    name="OpenBLAS",
    shared=Shared(
        contains="blas",
        asks={
            "architecture": Symbol(names=_decorated("openblas_get_corename"), text=True),
            "threads": Symbol(names=_decorated("openblas_get_num_threads")),
            "version": Symbol(names=_decorated("openblas_get_config"), text=True),
        },
    ),
    knobs=(
        Knob(
            variable="OPENBLAS_CORETYPE",
            value="Haswell",
            pins="OpenBLAS kernels; `Zen` gives the same bits",
            profiles=PORTABLE,
            machines=X86,
            source="OpenBLAS, driver/others/dynamic.c; an unknown name falls back silently",
            url="https://github.com/OpenMathLib/OpenBLAS/blob/develop/driver/others/dynamic.c",
            checks=(KnobCheck(fact="openblas.architecture", accepted=("haswell", "zen"), reason=_FELL_BACK),),
            cost="matrix products take 1.7 times as long on a CPU with AVX-512",
        ),
        Knob(
            variable="OPENBLAS_CORETYPE",
            # NEOVERSEN1 is quicker, but is compiled for ARMv8.2: it may stop with an illegal
            # instruction on older cores (Cortex-A72). ARMV8 kernels run on every one of them.
            value="ARMV8",
            pins="OpenBLAS kernels",
            profiles=PORTABLE,
            machines=("aarch64",),
            systems=("Linux",),
            source="OpenBLAS, driver/others/dynamic_arm64.c",
            url="https://github.com/OpenMathLib/OpenBLAS/blob/develop/driver/others/dynamic_arm64.c",
            checks=(KnobCheck(fact="openblas.architecture", accepted=("armv8",), reason=_FELL_BACK),),
            cost="not measured",
        ),
        Knob(
            variable="OPENBLAS_NUM_THREADS",
            value="{threads}",
            pins=THREADS,
            profiles=PINNED,
            source="OpenBLAS",
            url="https://github.com/OpenMathLib/OpenBLAS#setting-the-number-of-threads-using-environment-variables",
            checks=(
                KnobCheck(
                    fact="openblas.threads",
                    accepted=("{threads}",),
                    reason="The program sets its own number, or the machine has fewer cores.",
                ),
            ),
        ),
    ),
)
