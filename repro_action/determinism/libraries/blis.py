# SPDX-License-Identifier: Apache-2.0
"""BLIS: threads; which kernels it uses is recorded, and there is no variable for them here."""

from __future__ import annotations

from repro_action.determinism.knob import PINNED, THREADS, Knob, KnobCheck, Library, Shared, Symbol

LIBRARY = Library(
    key="blis",
    name="BLIS",
    shared=Shared(
        contains="blis",
        asks={
            "architecture": Symbol(names=("bli_arch_string",), text=True, argument="bli_arch_query_id"),
            "threads": Symbol(names=("bli_thread_get_num_threads",)),
        },
    ),
    knobs=(
        Knob(
            variable="BLIS_NUM_THREADS",
            value="{threads}",
            pins=THREADS,
            profiles=PINNED,
            source="BLIS",
            url="https://github.com/flame/blis/blob/master/docs/Multithreading.md",
            checks=(KnobCheck(fact="blis.threads", accepted=("{threads}",)),),
        ),
    ),
)
