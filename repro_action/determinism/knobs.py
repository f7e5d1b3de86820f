# SPDX-License-Identifier: Apache-2.0
"""The one table of environment variables that a determinism profile sets, as data.

Every knob is read when a library loads, so it must stand in the environment before the
interpreter starts. Figures in `cost` were measured; docs/determinism.md says how.

NOTE: Known and left out: `XLA_FLAGS=--xla_cpu_max_isa=AVX2` (JAX, TensorFlow) changed no bit of a
JAX training, and an XLA that does not know a flag aborts; `NUMBA_CPU_NAME` is not verified. glibc's
mathematical functions need no knob among x86-64-v3 machines: all of them have FMA.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Profile = Literal["portable", "native", "off"]

PORTABLE: frozenset[Profile] = frozenset({"portable"})
PINNED: frozenset[Profile] = frozenset({"portable", "native"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """A distribution whose version decides whether a knob applies.

    Attributes:
        name: normalized.
        also: other names of the same library, such as a build without GPU.
        at_least: first release that it is for.
        below: first release that it is no longer for; empty for no end.
    """

    name: str
    at_least: tuple[int, ...]
    also: tuple[str, ...] = ()
    below: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """One variable.

    Attributes:
        variable: its name.
        value: `{threads}` and `{seed}` are filled in.
        pins: what it pins.
        profiles: which profiles set it.
        systems: `Linux`, `Darwin`; empty for any.
        machines: `x86_64`, `aarch64`; empty for any.
        needs: only with this distribution.
        source: who reads it, and where that is documented.
        cost: what it costs; empty for nothing that was measurable.
    """

    variable: str
    value: str
    pins: str
    profiles: frozenset[Profile]
    source: str
    systems: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    needs: Needs | None = None
    cost: str = ""


_X86 = ("x86_64",)
_TENSORFLOW = Needs(name="tensorflow", at_least=(2,), also=("tensorflow-cpu",))
_THREADS = "the order of sums over threads: one thread is part of the profile"

KNOBS: tuple[Knob, ...] = (
    # Kernels chosen by CPU.
    Knob(
        variable="OPENBLAS_CORETYPE",
        value="Haswell",
        pins="OpenBLAS kernels; `Zen` gives the same bits",
        profiles=PORTABLE,
        machines=_X86,
        source="OpenBLAS, driver/others/dynamic.c; an unknown name falls back silently",
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
        cost="not measured",
    ),
    Knob(
        variable="NPY_ENABLE_CPU_FEATURES",
        value="X86_V3",
        pins="NumPy's dispatched loops and sorts",
        profiles=PORTABLE,
        machines=_X86,
        needs=Needs(name="numpy", at_least=(2, 4)),
        source="NumPy reference, CPU build and dispatch options; an allow-list that fails closed",
    ),
    Knob(
        variable="NPY_ENABLE_CPU_FEATURES",
        # The allow-list rather than NPY_DISABLE_CPU_FEATURES: the AVX512 names differ from
        # release to release (2.3 added AVX512_SPR), these do not.
        value="SSSE3 SSE41 POPCNT SSE42 AVX F16C FMA3 AVX2",
        pins="NumPy's dispatched loops and sorts",
        profiles=PORTABLE,
        machines=_X86,
        needs=Needs(name="numpy", at_least=(1, 26), below=(2, 4)),
        source="NumPy reference; names verified with 1.26, 2.0, 2.1, 2.2 and 2.3",
    ),
    Knob(
        variable="MKL_CBWR",
        value="AVX2,STRICT",
        pins="MKL's code path and its independence of memory alignment",
        profiles=PORTABLE,
        machines=_X86,
        source="oneMKL developer guide, Conditional Numerical Reproducibility",
        cost="not measured",
    ),
    Knob(
        variable="ONEDNN_MAX_CPU_ISA",
        value="AVX2",
        pins="oneDNN's convolutions and recurrent layers",
        profiles=PORTABLE,
        machines=_X86,
        source="oneDNN, CPU Dispatcher Control",
        cost="not measured",
    ),
    Knob(
        variable="ATEN_CPU_CAPABILITY",
        value="avx2",
        pins="PyTorch's vectorised loops, samplers among them",
        profiles=PORTABLE,
        machines=_X86,
        source="PyTorch, aten/src/ATen/native/DispatchStub.cpp",
        cost="not measured",
    ),
    # Threads.
    *(
        Knob(variable=variable, value="{threads}", pins=_THREADS, profiles=PINNED, source=source)
        for variable, source in (
            ("OMP_NUM_THREADS", "OpenMP 5.2, section 21.1.2; scikit-learn, PyTorch, XGBoost, LightGBM"),
            ("OPENBLAS_NUM_THREADS", "OpenBLAS"),
            ("MKL_NUM_THREADS", "oneMKL"),
            ("BLIS_NUM_THREADS", "BLIS"),
            ("NUMEXPR_NUM_THREADS", "numexpr"),
            ("NUMBA_NUM_THREADS", "Numba"),
            ("POLARS_MAX_THREADS", "Polars"),
            ("RAYON_NUM_THREADS", "Rayon: tokenizers, and other libraries in Rust"),
            ("LOKY_MAX_CPU_COUNT", "loky: what `n_jobs=-1` of joblib means"),
        )
    ),
    Knob(
        variable="VECLIB_MAXIMUM_THREADS",
        value="{threads}",
        pins=_THREADS,
        profiles=PINNED,
        systems=("Darwin",),
        source="Accelerate, vecLib",
    ),
    Knob(
        variable="OMP_DYNAMIC",
        value="FALSE",
        pins="that the OpenMP runtime does not choose fewer threads by load",
        profiles=PINNED,
        source="OpenMP 5.2, section 21.1.1",
    ),
    Knob(
        variable="MKL_DYNAMIC",
        value="FALSE",
        pins="that MKL does not choose fewer threads by load",
        profiles=PINNED,
        source="oneMKL developer guide",
    ),
    # Seeds and order.
    Knob(
        variable="PYTHONHASHSEED",
        value="{seed}",
        pins="the order of sets of texts",
        profiles=PINNED,
        source="Python reference, command line and environment",
    ),
    # Accelerators and frameworks.
    Knob(
        variable="CUBLAS_WORKSPACE_CONFIG",
        value=":4096:8",
        pins="cuBLAS's workspace, without which PyTorch refuses deterministic mode",
        profiles=PINNED,
        systems=("Linux",),
        source="cuBLAS, results reproducibility",
        cost="about 24 MiB of device memory",
    ),
    Knob(
        variable="TF_DETERMINISTIC_OPS",
        value="1",
        pins="TensorFlow's choice among kernels",
        profiles=PINNED,
        source="TensorFlow, tf.config.experimental.enable_op_determinism",
        cost="not measured",
    ),
    Knob(
        variable="TF_ENABLE_ONEDNN_OPTS",
        value="0",
        pins="whether TensorFlow uses oneDNN, which it decides by CPU",
        profiles=PORTABLE,
        needs=_TENSORFLOW,
        source="TensorFlow, tensorflow/core/util/util.cc",
        cost="not measured",
    ),
    *(
        Knob(
            variable=variable,
            value="{threads}",
            pins=_THREADS,
            profiles=PINNED,
            needs=_TENSORFLOW,
            source="TensorFlow, tensorflow/core/common_runtime/process_util.cc",
        )
        for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    ),
    # Surroundings.
    Knob(variable="TZ", value="UTC", pins="local time", profiles=PINNED, source="POSIX"),
    Knob(
        variable="LC_ALL",
        value="C.UTF-8",
        pins="collation, numbers and encoding",
        profiles=PINNED,
        systems=("Linux",),
        source="POSIX",
    ),
    Knob(
        variable="LC_ALL",
        value="en_US.UTF-8",
        pins="collation, numbers and encoding; not every macOS has C.UTF-8",
        profiles=PINNED,
        systems=("Darwin",),
        source="POSIX",
    ),
    Knob(variable="LANGUAGE", value="C", pins="messages", profiles=PINNED, source="GNU gettext"),
    Knob(
        variable="SOURCE_DATE_EPOCH",
        value="315532800",  # 1980-01-01, the first day that a zip member can carry
        pins="dates that tools write into files",
        profiles=PINNED,
        source="reproducible-builds.org, specification",
    ),
    Knob(
        variable="MPLBACKEND",
        value="Agg",
        pins="how Matplotlib draws, with or without a screen",
        profiles=PINNED,
        source="Matplotlib, backends",
    ),
)
