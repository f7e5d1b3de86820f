# SPDX-License-Identifier: Apache-2.0
"""NumPy: the features of the CPU that its own loops dispatch to."""

from __future__ import annotations

from repro_action.determinism.knob import PORTABLE, X86, Facts, Knob, KnobCheck, Library, Needs

_CORES = ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath")  # from 2.0 on, before

_URL = "https://numpy.org/doc/stable/reference/simd/build-options.html"
_CHECK = KnobCheck(
    fact="numpy.features",
    accepted=("x86_v3", "avx2"),
    forbidden=("avx512", "x86_v4"),
    expected="X86_V3 or AVX2, and no AVX-512",
    reason="NumPy does not know these names and turned everything off, ignores them, or was built for "
    "this CPU; or the step set the variable.",
)


def _derive(facts: Facts) -> Facts:
    """Return what NumPy was built for or dispatches to.

    What the CPU could do stays "on" in `__cpu_features__`; only what is dispatched matters.
    """
    baseline, dispatch, on = (facts.get(f"numpy.{name}") for name in ("baseline", "dispatch", "on"))
    if not isinstance(baseline, tuple) or not isinstance(dispatch, tuple) or not isinstance(on, tuple):
        return {}
    return {"numpy.features": (*baseline, *(name for name in dispatch if name in on))}


LIBRARY = Library(
    key="numpy",
    name="NumPy",
    asks={
        "version": (("numpy", "__version__"),),
        "baseline": tuple((core, "__cpu_baseline__") for core in _CORES),
        "dispatch": tuple((core, "__cpu_dispatch__") for core in _CORES),
        "on": tuple((core, "__cpu_features__") for core in _CORES),
    },
    derive=_derive,
    knobs=(
        Knob(
            variable="NPY_ENABLE_CPU_FEATURES",
            value="X86_V3",
            pins="NumPy's dispatched loops and sorts",
            profiles=PORTABLE,
            machines=X86,
            needs=Needs(name="numpy", at_least=(2, 4)),
            source="NumPy reference, CPU build and dispatch options; an allow-list that fails closed",
            url=_URL,
            checks=(_CHECK,),
        ),
        Knob(
            variable="NPY_ENABLE_CPU_FEATURES",
            # The allow-list rather than NPY_DISABLE_CPU_FEATURES: the AVX512 names differ from
            # release to release (2.3 added AVX512_SPR), these do not.
            value="SSSE3 SSE41 POPCNT SSE42 AVX F16C FMA3 AVX2",
            pins="NumPy's dispatched loops and sorts",
            profiles=PORTABLE,
            machines=X86,
            needs=Needs(name="numpy", at_least=(1, 26), below=(2, 4)),
            source="NumPy reference; names verified with 1.26, 2.0, 2.1, 2.2 and 2.3",
            url=_URL,
            checks=(_CHECK,),
        ),
    ),
)
