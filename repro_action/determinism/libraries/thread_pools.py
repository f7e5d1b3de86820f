# SPDX-License-Identifier: Apache-2.0
"""Libraries with threads of their own and one variable each, from numexpr to Accelerate."""

from __future__ import annotations

from repro_action.determinism.knob import PINNED, THREADS, Ask, Knob, KnobCheck, Library


def _pool(key: str, name: str, variable: str, url: str, *asks: Ask) -> Library:
    return Library(
        key=key,
        name=name,
        asks={"threads": asks},
        knobs=(
            Knob(
                variable=variable,
                value="{threads}",
                pins=THREADS,
                profiles=PINNED,
                source=name,
                url=url,
                # Each of them takes no more threads than there are cores.
                checks=(
                    KnobCheck(
                        fact=f"{key}.threads",
                        accepted=("{threads}",),
                        at_most=True,
                        reason="The program sets its own number.",
                    ),
                ),
            ),
        ),
    )


NUMEXPR = _pool(
    "numexpr",
    "numexpr",
    "NUMEXPR_NUM_THREADS",
    "https://numexpr.readthedocs.io/en/latest/user_guide.html#threadpool-configuration",
    ("numexpr", "get_num_threads", ()),
    ("numexpr", "nthreads"),
)
NUMBA = _pool(
    "numba",
    "Numba",
    "NUMBA_NUM_THREADS",
    "https://numba.readthedocs.io/en/stable/reference/envvars.html#threading-control",
    # `numba.get_num_threads` starts the threads where nothing has yet.
    ("numba.core.config", "NUMBA_NUM_THREADS"),
)
POLARS = _pool(
    "polars",
    "Polars",
    "POLARS_MAX_THREADS",
    "https://docs.pola.rs/api/python/stable/reference/api/polars.thread_pool_size.html",
    ("polars", "thread_pool_size", ()),
)
LOKY = _pool(
    "loky",
    "loky: what `n_jobs=-1` of joblib means",
    "LOKY_MAX_CPU_COUNT",
    "https://loky.readthedocs.io/en/stable/API.html",
    ("joblib.externals.loky", "cpu_count", ()),
    ("loky", "cpu_count", ()),
)
RAYON = Library(
    key="rayon",
    name="Rayon",
    knobs=(
        Knob(
            variable="RAYON_NUM_THREADS",
            value="{threads}",
            pins=THREADS,
            profiles=PINNED,
            source="Rayon: tokenizers, and other libraries in Rust",
            url="https://docs.rs/rayon/latest/rayon/struct.ThreadPoolBuilder.html",
            unconfirmable="Rayon is compiled into each extension module, and none of them exposes its "
            "settings",
        ),
    ),
)
ACCELERATE = Library(
    key="accelerate",
    name="Accelerate",
    knobs=(
        Knob(
            variable="VECLIB_MAXIMUM_THREADS",
            value="{threads}",
            pins=THREADS,
            profiles=PINNED,
            systems=("Darwin",),
            source="Accelerate, vecLib",
            url="https://developer.apple.com/documentation/accelerate",
            unconfirmable="Accelerate has no function that returns the number of threads",
        ),
    ),
)
