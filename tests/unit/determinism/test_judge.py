# SPDX-License-Identifier: Apache-2.0
"""Laws of judging a profile by what processes report."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from repro_action.determinism.judge import KnobOutcome, combined, judge
from repro_action.determinism.libraries.python import text_hash
from repro_action.determinism.profile import expectations
from repro_action.determinism.read import HookReport, LoadedLibrary, with_derived


@dataclass(frozen=True)
class Package:
    name: str
    version: str


@dataclass(frozen=True)
class Place:
    circumstances: dict[str, str] = field(default_factory=lambda: {"os": "Linux", "machine": "x86_64"})
    distributions: tuple[Package, ...] = (Package("numpy", "2.4.6"), Package("tensorflow", "2.21.0"))


def expected(profile="portable", place=None, **others):
    return expectations(profile, **{"seed": 42, "threads": 1, **others}, environment=place or Place())


EXPECTED = expected()
BLAS = {"architecture": "Haswell", "threads": 1}
FACTS = {
    "python.hash": text_hash(b"repro", 42, 1, 3),
    "python.algorithm": "siphash13",
    "python.implementation": "cpython",
    "posix.time_zone": ("UTC", "UTC"),
    "posix.locale_linux": "C.UTF-8",
    "numpy.version": "2.4.6",
    "numpy.baseline": ("X86_V2",),
    "numpy.dispatch": ("X86_V3", "X86_V4"),
    "numpy.on": ("X86_V2", "X86_V3", "AVX512F"),
    "torch.version": "2.13.0",
    "torch.capability": "AVX2",
    "torch.threads": 1,
    "torch.deterministic": 1,
    "torch.parallel": "ATen/Parallel: mkl_get_max_threads() : 1 Environment variables:",
    "numexpr.threads": 1,
    "numba.threads": 1,
    "polars.threads": 1,
    "loky.threads": 1,
    "matplotlib.backend": "Agg",
    "tensorflow.deterministic": 1,
    "tensorflow.onednn": 0,
    "tensorflow.intra": 0,
    "tensorflow.inter": 1,
    "eigen.caches": "32768,262144,8388608",
    "environ.LANGUAGE": "C",
}
SHARED = {
    "openblas": BLAS,
    "openmp": {"threads": 1, "dynamic": 0},
    "mkl": {"branch": 65546, "threads": 1, "dynamic": 0},
    "onednn": {"isa": 7},
    "blis": {"architecture": "zen", "threads": 1},
    "cublas": {},
}


def report(facts=FACTS, shared=SHARED, **fields):
    libraries = tuple(
        LoadedLibrary(api=api, file=f"lib{api}.so", facts=value) for api, value in shared.items()
    )
    values = {"process": "1-1.json", "python": "3.11.7", "libraries": libraries, **fields}
    return HookReport(facts=with_derived(facts), **values)


GOOD = report()
BARE = report(facts={"python.implementation": "cpython"}, shared={})


def test_a_profile_in_effect_gives_no_warning():
    judgement = judge([GOOD, GOOD], EXPECTED)
    assert () == judgement.warnings
    unconfirmed = {name for name, seen in judgement.outcomes.items() if seen is KnobOutcome.UNCONFIRMED}
    assert unconfirmed == {
        *("RAYON_NUM_THREADS", "CUBLAS_WORKSPACE_CONFIG", "LANGUAGE", "SOURCE_DATE_EPOCH"),
        "TF_NUM_INTRAOP_THREADS",
    }
    assert set(judgement.outcomes.values()) == {KnobOutcome.CONFIRMED, KnobOutcome.UNCONFIRMED}


def test_every_knob_of_the_profile_has_an_outcome():
    assert {knob.variable for knob in EXPECTED.knobs} == set(judge([GOOD], EXPECTED).outcomes)


def test_a_step_without_any_report_is_never_silently_fine():
    judgement = judge([], EXPECTED)
    (warning,) = judgement.warnings
    assert ("hook", "none") == (warning.knob, warning.found)
    assert {KnobOutcome.UNCONFIRMED} == set(judgement.outcomes.values())


def test_off_promises_nothing():
    judgement = judge([], expected("off"))
    assert ({}, ()) == (judgement.outcomes, judgement.warnings)


WRONG = [
    ("openblas", {**BLAS, "architecture": "SkylakeX"}, "OPENBLAS_CORETYPE", "SkylakeX in libopenblas.so"),
    ("openblas", {**BLAS, "architecture": ""}, "OPENBLAS_CORETYPE", "in libopenblas.so"),
    ("openblas", {**BLAS, "threads": 2}, "OPENBLAS_NUM_THREADS", "2 in libopenblas.so"),
    ("openmp", {"threads": 1, "dynamic": 1}, "OMP_DYNAMIC", "1 in libopenmp.so"),
    ("openmp", {"threads": 4, "dynamic": 0}, "OMP_NUM_THREADS", "4 in libopenmp.so"),
    ("mkl", {"branch": 1}, "MKL_CBWR", "1 in libmkl.so"),
    ("mkl", {"dynamic": 1}, "MKL_DYNAMIC", "1 in libmkl.so"),
    ("mkl", {"threads": 8}, "MKL_NUM_THREADS", "8 in libmkl.so"),
    ("onednn", {"isa": 0x3F}, "ONEDNN_MAX_CPU_ISA", "63 in libonednn.so"),
    ("blis", {"threads": 8}, "BLIS_NUM_THREADS", "8 in libblis.so"),
    ("torch.threads", 4, "OMP_NUM_THREADS", "4 in torch 2.13.0"),
    ("torch.parallel", "mkl_get_max_threads() : 8", "MKL_NUM_THREADS", "8 in torch 2.13.0"),
    ("torch.capability", "AVX512", "ATEN_CPU_CAPABILITY", "AVX512 in torch 2.13.0"),
    ("torch.deterministic", 0, "torch.use_deterministic_algorithms", "0 in torch 2.13.0"),
    ("numpy.on", ("X86_V3", "X86_V4"), "NPY_ENABLE_CPU_FEATURES", "X86_V4 in numpy 2.4.6"),
    ("numpy.baseline", ("AVX2", "AVX512_SKX"), "NPY_ENABLE_CPU_FEATURES", "AVX512_SKX"),
    ("numpy.on", ("SSE", "SSE2"), "NPY_ENABLE_CPU_FEATURES", "X86_V2"),
    ("python.hash", 7, "PYTHONHASHSEED", "7"),
    ("posix.time_zone", ("CET", "CEST"), "TZ", "CET CEST"),
    ("posix.locale_linux", "C", "LC_ALL", "C"),
    ("matplotlib.backend", "TkAgg", "MPLBACKEND", "TkAgg"),
    ("numexpr.threads", 4, "NUMEXPR_NUM_THREADS", "4"),
    ("numba.threads", 4, "NUMBA_NUM_THREADS", "4"),
    ("polars.threads", 4, "POLARS_MAX_THREADS", "4"),
    ("loky.threads", 4, "LOKY_MAX_CPU_COUNT", "4"),
    ("tensorflow.deterministic", 0, "TF_DETERMINISTIC_OPS", "0"),
    ("tensorflow.onednn", 1, "TF_ENABLE_ONEDNN_OPTS", "1"),
    ("tensorflow.intra", 8, "TF_NUM_INTRAOP_THREADS", "8"),
    ("tensorflow.inter", 8, "TF_NUM_INTEROP_THREADS", "8"),
    ("eigen.caches", "49152,2097152,8388608", "REPRO_EIGEN_CACHES", "49152,2097152,8388608"),
    ("environ.LANGUAGE", "de", "LANGUAGE", "de"),
    ("environ.RAYON_NUM_THREADS", "", "RAYON_NUM_THREADS", "unset"),
    ("environ.SOURCE_DATE_EPOCH", "7", "SOURCE_DATE_EPOCH", "7"),
    ("environ.CUBLAS_WORKSPACE_CONFIG", ":16:8", "CUBLAS_WORKSPACE_CONFIG", ":16:8"),
]


@pytest.mark.parametrize(("fact", "value", "knob", "found"), WRONG)
def test_each_promise_that_is_not_kept_is_named(fact, value, knob, found):
    wrong = {"facts": {**FACTS, fact: value}} if "." in fact else {"shared": {**SHARED, fact: value}}
    judgement = judge([GOOD, report(**wrong)], EXPECTED)
    (warning,) = judgement.warnings
    assert knob == warning.knob
    assert found in warning.found
    assert warning.reason
    assert warning.expected
    assert KnobOutcome.NO_EFFECT is judgement.outcomes[knob]


def test_every_knob_is_seen_to_have_no_effect_by_one_of_these():
    assert {knob.variable for knob in EXPECTED.knobs} == {knob for _, _, knob, _ in WRONG}


def test_what_the_hook_could_not_do_is_a_warning():
    (warning,) = judge([replace(GOOD, errors=("torch: boom",))], EXPECTED).warnings
    assert ("hook", "torch: boom") == (warning.knob, warning.found)


def test_what_was_not_loaded_is_not_judged():
    judgement = judge([BARE], EXPECTED)
    assert () == judgement.warnings
    assert KnobOutcome.NOT_LOADED is judgement.outcomes["OPENBLAS_CORETYPE"]
    assert KnobOutcome.NOT_LOADED is judgement.outcomes["CUBLAS_WORKSPACE_CONFIG"]
    assert KnobOutcome.UNCONFIRMED is judgement.outcomes["SOURCE_DATE_EPOCH"]


def test_a_report_that_is_older_than_the_questions_confirms_nothing():
    outcomes = judge([report(facts={}, shared={})], EXPECTED).outcomes
    assert {KnobOutcome.UNCONFIRMED} == set(outcomes.values())


def test_a_library_that_cannot_be_asked_leaves_a_knob_unconfirmed_whatever_others_answer():
    judgement = judge([report(modules=("torch",))], EXPECTED)
    assert {KnobOutcome.UNCONFIRMED} == {
        judgement.outcomes[name] for name in ("MKL_CBWR", "MKL_DYNAMIC", "ONEDNN_MAX_CPU_ISA")
    }


def test_a_smaller_number_is_right_only_where_the_library_never_takes_more_than_there_are_cores():
    four = expected(threads=4)
    fewer = {name: 2 if name.endswith("threads") else value for name, value in FACTS.items()}
    found = judge([report(facts=fewer, shared={})], four).outcomes
    assert (KnobOutcome.CONFIRMED, KnobOutcome.NO_EFFECT) == (
        found["LOKY_MAX_CPU_COUNT"],
        found["OMP_NUM_THREADS"],
    )


def test_an_interpreter_whose_hashes_are_not_known_leaves_the_seed_unconfirmed():
    other = {**FACTS, "python.implementation": "pypy", "environ.PYTHONHASHSEED": "42"}
    assert KnobOutcome.UNCONFIRMED is judge([report(facts=other)], EXPECTED).outcomes["PYTHONHASHSEED"]
    (warning,) = judge([report(facts={**other, "environ.PYTHONHASHSEED": "7"})], EXPECTED).warnings
    assert ("PYTHONHASHSEED", "7") == (warning.knob, warning.found)


def test_a_release_that_no_variable_is_known_for_is_checked_all_the_same():
    old = expected(place=Place(distributions=(Package("numpy", "1.24.0"),)))
    assert "NPY_ENABLE_CPU_FEATURES" in old.unset
    wide = report(facts={**FACTS, "numpy.on": ("X86_V4",)})
    (warning,) = judge([wide], old).warnings
    assert "not known to read it" in warning.reason


def test_a_warning_is_given_once_however_many_processes_share_it():
    bad = report(facts={**FACTS, "python.hash": 7})
    assert 1 == len(judge([bad] * 9, EXPECTED).warnings)


def test_of_several_steps_what_was_seen_to_fail_counts_most():
    good = judge([GOOD], EXPECTED)
    bad = judge([report(facts={**FACTS, "torch.capability": "AVX512"})], EXPECTED)
    nothing = judge([BARE], EXPECTED)
    assert KnobOutcome.NO_EFFECT is combined([good, bad, nothing])["ATEN_CPU_CAPABILITY"]
    assert KnobOutcome.CONFIRMED is combined([nothing, good])["ATEN_CPU_CAPABILITY"]
