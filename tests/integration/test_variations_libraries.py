# SPDX-License-Identifier: Apache-2.0
"""Each variation of a numerical library makes it compute otherwise, as a real process shows."""

import platform
import subprocess
import sys

import pytest
from integration.varied_step import BY_NAME, PLAIN, available, environment, listed, seen

from repro_action.probe.variations.libraries import THREADS
from repro_action.steps.disturbance import NOTHING, laid

__all__ = ["listed"]


def test_threads_asks_every_library(listed):
    assert set(THREADS) >= {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOKY_MAX_CPU_COUNT"}
    unpinned = seen(listed, BY_NAME["threads"].unpin(PLAIN, round_number=2))["environ"]
    assert {"4"} == {unpinned[name] for name in THREADS}


def test_blas_names_kernels_that_this_cpu_runs():
    variation = available("blas")
    named = {
        variation.unpin(PLAIN, round_number=round_number).over["OPENBLAS_CORETYPE"]
        for round_number in (1, 2, 3)
    }
    assert named <= {"SkylakeX", "Sandybridge", "Nehalem", "NEOVERSEN1", "CORTEXA57"}
    assert len(named) > 1


def test_blas_tells_mkl_only_where_it_is_installed():
    available("blas")
    with_torch = environment(("numpy", "2.4.0"), ("torch", "2.13.0"))
    assert "MKL_CBWR" not in BY_NAME["blas"].disturb(PLAIN, round_number=1).under
    assert "MKL_CBWR" in BY_NAME["blas"].disturb(with_torch, round_number=1).under


def test_blas_kernels_are_really_others():
    pytest.importorskip("threadpoolctl")
    script = (
        "import numpy, threadpoolctl as t; print(sorted({i['architecture'] for i in t.threadpool_info()}))"
    )
    said = []
    for round_number in (1, 2):
        variables = laid(
            available("blas").unpin(PLAIN, round_number=round_number), base=PLAIN.variables, pinned={}
        )
        done = subprocess.run(
            [sys.executable, "-c", script], env=variables, capture_output=True, text=True, check=True
        )
        said.append(done.stdout)
    assert said[0] != said[1]


def test_numpy_has_an_allow_list_or_none_and_never_a_deny_list_beside_it():
    available("numpy-dispatch")
    for round_number in (1, 2, 3):
        disturbed = BY_NAME["numpy-dispatch"].disturb(PLAIN, round_number=round_number).under
        assert "" == disturbed["NPY_DISABLE_CPU_FEATURES"]
        assert disturbed["NPY_ENABLE_CPU_FEATURES"]


def test_numpy_really_dispatches_otherwise():
    pytest.importorskip("numpy")
    script = (
        "from numpy._core._multiarray_umath import __cpu_features__ as f;"
        "print(sorted(n for n, there in f.items() if there))"
    )
    said = []
    for under in (NOTHING, available("numpy-dispatch").disturb(PLAIN, round_number=2)):
        variables = laid(under, base=PLAIN.variables, pinned={})
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", script],
            env=variables,
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(done.stdout)
    assert said[0] != said[1]


def test_libraries_that_are_not_installed_cannot_be_disturbed():
    bare = environment()
    assert "NumPy is not installed" == BY_NAME["numpy-dispatch"].unavailable(bare)
    assert BY_NAME["torch-isa"].unavailable(bare)


def test_torch_has_three_levels_at_most():
    torch = environment(("torch", "2.13.0"))
    if platform.machine() != "x86_64":
        pytest.skip("its names are those of x86-64")
    assert "" == BY_NAME["torch-isa"].unavailable(torch)
    named = {
        BY_NAME["torch-isa"].disturb(torch, round_number=round_number).under["ATEN_CPU_CAPABILITY"]
        for round_number in (1, 2, 3)
    }
    assert named <= {"avx2", "default"}


def test_libm_computes_otherwise_without_fma():
    available("libm")
    script = "import math; print([math.exp(x / 997).hex() + math.sin(x / 7).hex() for x in range(20000)])"
    said = []
    for disturbance in (
        NOTHING,
        BY_NAME["libm"].disturb(PLAIN, round_number=1),
        BY_NAME["libm"].unpin(PLAIN, round_number=1),
    ):
        variables = laid(disturbance, base=PLAIN.variables, pinned={})
        done = subprocess.run(
            [sys.executable, "-c", script], env=variables, capture_output=True, text=True, check=True
        )
        said.append(done.stdout)
    assert said[0] == said[1]
    assert said[0] != said[2]
