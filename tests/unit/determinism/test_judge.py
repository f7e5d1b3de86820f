# SPDX-License-Identifier: Apache-2.0
"""Laws of judging a profile by what processes report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro_action.determinism.judge import judge
from repro_action.determinism.profile import Expectations
from repro_action.determinism.read import HookReport, Library

EXPECTED = Expectations(
    profile="portable",
    threads=1,
    hash_seed="42",
    blas=frozenset({"haswell", "zen"}),
    numpy=frozenset({"X86_V3", "AVX2"}),
    torch=frozenset({"AVX2"}),
    avx512=False,
)
BLAS = Library(api="openblas", file="libopenblas.so", architecture="Haswell", threads=1)
GOOD = HookReport(
    process="1-1.json",
    python="3.11.7",
    hash_seed="42",
    libraries=(BLAS, Library(api="openmp", file="libgomp.so.1", threads=1)),
    numpy="2.4.6",
    numpy_features=("X86_V2", "X86_V3"),
    torch="2.13.0",
    torch_capability="AVX2",
    torch_threads=1,
)


def test_a_profile_in_effect_gives_no_warning():
    assert () == judge([GOOD, GOOD], EXPECTED)


def test_a_step_without_any_report_is_never_silently_fine():
    (warning,) = judge([], EXPECTED)
    assert ("hook", "none") == (warning.knob, warning.found)


def test_off_promises_nothing():
    assert () == judge([], Expectations(profile="off"))


@pytest.mark.parametrize(
    ("change", "knob", "found"),
    [
        ({"libraries": (replace(BLAS, architecture="SkylakeX"),)}, "OPENBLAS_CORETYPE", "SkylakeX"),
        ({"libraries": (replace(BLAS, architecture=""),)}, "OPENBLAS_CORETYPE", "unknown"),
        ({"libraries": (replace(BLAS, threads=2),)}, "threads", "2 for openblas"),
        ({"torch_threads": 4}, "threads", "4 for PyTorch"),
        ({"torch_capability": "AVX512"}, "ATEN_CPU_CAPABILITY", "AVX512"),
        ({"numpy_features": ("X86_V3", "X86_V4")}, "NPY_ENABLE_CPU_FEATURES", "X86_V4"),
        ({"numpy_features": ("AVX2", "AVX512_SKX")}, "NPY_ENABLE_CPU_FEATURES", "AVX512_SKX"),
        ({"numpy_features": ("SSE", "SSE2")}, "NPY_ENABLE_CPU_FEATURES", "SSE SSE2"),
        ({"hash_seed": ""}, "PYTHONHASHSEED", "unset"),
        ({"errors": ("torch: boom",)}, "hook", "torch: boom"),
    ],
)
def test_each_promise_that_is_not_kept_is_named(change, knob, found):
    (warning,) = judge([GOOD, replace(GOOD, **change)], EXPECTED)
    assert knob == warning.knob
    assert found in warning.found
    assert warning.reason


def test_what_was_not_imported_is_not_judged():
    bare = HookReport(process="1-1.json", python="3.11.7", hash_seed="42")
    assert () == judge([bare], EXPECTED)


def test_a_warning_is_given_once_however_many_processes_share_it():
    bad = replace(GOOD, hash_seed="7")
    assert 1 == len(judge([bad] * 9, EXPECTED))
