# SPDX-License-Identifier: Apache-2.0
"""The table of everything that a determinism profile sets, a line a library.

Every knob is read when a library loads, so it must stand in the environment before the
interpreter starts. Figures in `cost` were measured; docs/determinism.md says how.

NOTE: Known and left out: `XLA_FLAGS=--xla_cpu_max_isa=AVX2` (JAX, TensorFlow) changed no bit of a
JAX training, and an XLA that does not know a flag aborts. glibc's mathematical functions
need no knob among x86-64-v3 machines: all of them have FMA.
"""

from __future__ import annotations

from repro_action.determinism.knob import Knob, Library
from repro_action.determinism.libraries import (
    blis,
    cuda,
    eigen,
    mkl,
    numpy,
    onednn,
    openblas,
    openmp,
    python,
    surroundings,
    tensorflow,
    thread_pools,
    torch,
)

LIBRARIES: tuple[Library, ...] = (
    openblas.LIBRARY,
    numpy.LIBRARY,
    mkl.LIBRARY,
    onednn.LIBRARY,
    torch.LIBRARY,
    openmp.LIBRARY,
    blis.LIBRARY,
    thread_pools.NUMEXPR,
    thread_pools.NUMBA,
    thread_pools.POLARS,
    thread_pools.RAYON,
    thread_pools.LOKY,
    thread_pools.ACCELERATE,
    python.LIBRARY,
    cuda.LIBRARY,
    tensorflow.LIBRARY,
    eigen.LIBRARY,
    surroundings.POSIX,
    surroundings.GETTEXT,
    surroundings.DATES,
    surroundings.MATPLOTLIB,
)

KNOBS: tuple[Knob, ...] = tuple(knob for library in LIBRARIES for knob in library.knobs)
