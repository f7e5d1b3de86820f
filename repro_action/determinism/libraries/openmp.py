# SPDX-License-Identifier: Apache-2.0
"""OpenMP runtimes, which scikit-learn, PyTorch, XGBoost and LightGBM load: number of threads."""

from __future__ import annotations

from repro_action.determinism.knob import PINNED, THREADS, Knob, KnobCheck, Library, Shared, Symbol

_OWN = "The program sets its own number, or the machine has fewer cores."

LIBRARY = Library(
    key="openmp",
    name="OpenMP",
    shared=Shared(
        prefixes=("libgomp", "libomp", "libiomp", "vcomp"),
        asks={
            "threads": Symbol(names=("omp_get_max_threads",)),
            "dynamic": Symbol(names=("omp_get_dynamic",)),
        },
    ),
    knobs=(
        Knob(
            variable="OMP_NUM_THREADS",
            value="{threads}",
            pins=THREADS,
            profiles=PINNED,
            source="OpenMP 5.2, section 21.1.2; scikit-learn, PyTorch, XGBoost, LightGBM",
            url="https://www.openmp.org/specifications/",
            checks=(
                KnobCheck(fact="openmp.threads", accepted=("{threads}",), reason=_OWN),
                KnobCheck(fact="torch.threads", accepted=("{threads}",), reason=_OWN),
            ),
        ),
        Knob(
            variable="OMP_DYNAMIC",
            value="FALSE",
            pins="that the OpenMP runtime does not choose fewer threads by load",
            profiles=PINNED,
            source="OpenMP 5.2, section 21.1.1",
            url="https://www.openmp.org/specifications/",
            checks=(KnobCheck(fact="openmp.dynamic", accepted=("0",)),),
        ),
    ),
)
