# SPDX-License-Identifier: Apache-2.0
"""Eigen, which TensorFlow carries inside: the sizes of caches by which it splits sums."""

from __future__ import annotations

from repro_action.determinism.knob import PORTABLE, X86, Knob, KnobCheck, Library
from repro_action.determinism.libraries.tensorflow import NEEDS

_CACHES = "32768,262144,8388608"
"""Bytes of a Haswell's three levels, as the other knobs of the profile are a Haswell's."""

LIBRARY = Library(
    key="eigen",
    name="Eigen",
    asks={"caches": (("repro_hook.eigen", "caches", ()),)},
    knobs=(
        Knob(
            variable="REPRO_EIGEN_CACHES",
            value=_CACHES,
            pins="the blocks in which the Eigen inside TensorFlow sums, which follow from the CPU's caches",
            profiles=PORTABLE,
            machines=X86,
            systems=("Linux",),
            needs=NEEDS,
            source="Eigen, setCpuCacheSizes; the hook sets them when tensorflow is imported",
            url="https://gitlab.com/libeigen/eigen/-/blob/master/Eigen/src/Core/products/GeneralBlockPanelKernel.h",
            checks=(
                KnobCheck(
                    fact="eigen.caches",
                    accepted=(_CACHES,),
                    reason="This TensorFlow keeps them elsewhere; its bits may be those of one model of CPU.",
                ),
            ),
            cost="not measured",
        ),
    ),
)
