# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501 -- written by `python -m repro_action.determinism.asks`
# fmt: off
"""What `facts` asks; written from repro_action/determinism/libraries, which says what must be answered."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    Step = Union[str, tuple[Union[int, str], ...]]  # noqa: UP007 -- Python 3.8 may read it
    SymbolAsk = tuple[str, tuple[str, ...], bool, Union[int, str, None]]  # noqa: UP007

ASKS: tuple[tuple[str, str, tuple[Step, ...]], ...] = (
    ("numpy.baseline", "numpy._core._multiarray_umath", ("__cpu_baseline__",)),
    ("numpy.baseline", "numpy.core._multiarray_umath", ("__cpu_baseline__",)),
    ("numpy.dispatch", "numpy._core._multiarray_umath", ("__cpu_dispatch__",)),
    ("numpy.dispatch", "numpy.core._multiarray_umath", ("__cpu_dispatch__",)),
    ("numpy.on", "numpy._core._multiarray_umath", ("__cpu_features__",)),
    ("numpy.on", "numpy.core._multiarray_umath", ("__cpu_features__",)),
    ("numpy.version", "numpy", ("__version__",)),
    ("torch.capability", "torch.backends.cpu", ("get_cpu_capability", ())),
    ("torch.deterministic", "torch", ("are_deterministic_algorithms_enabled", ())),
    ("torch.parallel", "torch.__config__", ("parallel_info", ())),
    ("torch.threads", "torch", ("get_num_threads", ())),
    ("torch.version", "torch", ("__version__",)),
    ("numexpr.threads", "numexpr", ("get_num_threads", ())),
    ("numexpr.threads", "numexpr", ("nthreads",)),
    ("numba.threads", "numba.core.config", ("NUMBA_NUM_THREADS",)),
    ("polars.threads", "polars", ("thread_pool_size", ())),
    ("loky.threads", "joblib.externals.loky", ("cpu_count", ())),
    ("loky.threads", "loky", ("cpu_count", ())),
    ("python.algorithm", "sys", ("hash_info", "algorithm")),
    ("python.hash", "builtins", ("hash", ("repro",))),
    ("python.implementation", "sys", ("implementation", "name")),
    ("tensorflow.deterministic", "tensorflow.python.framework.config", ("is_op_determinism_enabled", ())),
    ("tensorflow.inter", "tensorflow", ("config", "threading", "get_inter_op_parallelism_threads", ())),
    ("tensorflow.intra", "tensorflow", ("config", "threading", "get_intra_op_parallelism_threads", ())),
    ("tensorflow.onednn", "tensorflow.python.util._pywrap_util_port", ("IsMklEnabled", ())),
    ("tensorflow.version", "tensorflow", ("__version__",)),
    ("eigen.caches", "repro_hook.eigen", ("caches", ())),
    ("posix.locale_darwin", "_locale", ("setlocale", (2,))),
    ("posix.locale_linux", "_locale", ("setlocale", (0,))),
    ("posix.time_zone", "time", ("tzname",)),
    ("matplotlib.backend", "matplotlib", ("rcParams", "_get", ("backend",))),
)
"""Fact, module, and what is taken of it: attributes, arguments of calls."""
SHARED: tuple[tuple[str, tuple[str, ...], str, tuple[SymbolAsk, ...]], ...] = (
    ("openblas", (), "blas", (("architecture", ("scipy_openblas_get_corename64_", "scipy_openblas_get_corename", "scipy_openblas_get_corename_64", "openblas_get_corename64_", "openblas_get_corename", "openblas_get_corename_64"), True, None), ("threads", ("scipy_openblas_get_num_threads64_", "scipy_openblas_get_num_threads", "scipy_openblas_get_num_threads_64", "openblas_get_num_threads64_", "openblas_get_num_threads", "openblas_get_num_threads_64"), False, None), ("version", ("scipy_openblas_get_config64_", "scipy_openblas_get_config", "scipy_openblas_get_config_64", "openblas_get_config64_", "openblas_get_config", "openblas_get_config_64"), True, None))),
    ("mkl", ("libmkl_rt",), "", (("branch", ("MKL_CBWR_Get",), False, -1), ("dynamic", ("MKL_Get_Dynamic",), False, None), ("threads", ("MKL_Get_Max_Threads",), False, None))),
    ("onednn", ("libdnnl",), "", (("isa", ("dnnl_get_effective_cpu_isa",), False, None),)),
    ("openmp", ("libgomp", "libomp", "libiomp", "vcomp"), "", (("dynamic", ("omp_get_dynamic",), False, None), ("threads", ("omp_get_max_threads",), False, None))),
    ("blis", (), "blis", (("architecture", ("bli_arch_string",), True, "bli_arch_query_id"), ("threads", ("bli_thread_get_num_threads",), False, None))),
    ("cublas", ("libcublas.",), "", ()),
)
"""Libraries: how their files are called; fact, symbols, whether a text, argument."""
VARIABLES: tuple[str, ...] = (
    "CUBLAS_WORKSPACE_CONFIG",
    "LANGUAGE",
    "MKL_CBWR",
    "MKL_DYNAMIC",
    "ONEDNN_MAX_CPU_ISA",
    "PYTHONHASHSEED",
    "RAYON_NUM_THREADS",
    "SOURCE_DATE_EPOCH",
    "TF_NUM_INTEROP_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""What cannot be asked of every library that reads it: only whether it is still set."""
