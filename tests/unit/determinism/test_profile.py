# SPDX-License-Identifier: Apache-2.0
"""Laws of the knobs and of the variables that a profile sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

import pytest

from repro_action.determinism import asks
from repro_action.determinism.knobs import KNOBS, LIBRARIES
from repro_action.determinism.profile import expectations, variables


@dataclass(frozen=True)
class Package:
    name: str
    version: str


@dataclass(frozen=True)
class Place:
    circumstances: dict[str, str] = field(default_factory=lambda: {"os": "Linux", "machine": "x86_64"})
    distributions: tuple[Package, ...] = (Package("numpy", "2.4.6"),)


def variables_of(profile="portable", *, seed=42, threads=1, environment=None):
    return variables(profile, seed=seed, threads=threads, environment=environment or Place())


KERNELS = {
    "OPENBLAS_CORETYPE",
    "NPY_ENABLE_CPU_FEATURES",
    "MKL_CBWR",
    "ONEDNN_MAX_CPU_ISA",
    "ATEN_CPU_CAPABILITY",
}


def test_portable_pins_kernels_and_native_does_not():
    assert set(variables_of()) >= KERNELS
    assert KERNELS.isdisjoint(variables_of("native"))
    assert {name: value for name, value in variables_of().items() if name not in KERNELS} == variables_of(
        "native"
    )


def test_off_sets_nothing():
    assert {} == variables_of("off")


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.4.0", "X86_V3"),
        ("2.4.0rc1", "X86_V3"),
        ("3.0", "X86_V3"),
        ("2.3.5", "SSSE3 SSE41 POPCNT SSE42 AVX F16C FMA3 AVX2"),
        ("2.0.2", "SSSE3 SSE41 POPCNT SSE42 AVX F16C FMA3 AVX2"),
        ("1.24.0", None),
        ("unknown", None),
    ],
)
def test_numpys_features_are_named_as_that_release_knows_them(version, expected):
    place = Place(distributions=(Package("numpy", version),))
    assert expected == variables_of(environment=place).get("NPY_ENABLE_CPU_FEATURES")


def test_without_numpy_its_variable_is_not_set():
    assert "NPY_ENABLE_CPU_FEATURES" not in variables_of(environment=Place(distributions=()))


def test_the_seed_becomes_the_hash_seed():
    assert "42" == variables_of(seed=42)["PYTHONHASHSEED"]
    assert "4294967295" == variables_of(seed=2**32 - 1)["PYTHONHASHSEED"]


def test_threads_reach_every_library():
    set_to = {name for name, value in variables_of(threads=3).items() if value == "3"}
    assert set_to >= {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT"}


@pytest.mark.parametrize(
    ("system", "machine", "core", "locale"),
    [
        ("Linux", "x86_64", "Haswell", "C.UTF-8"),
        ("Linux", "aarch64", "ARMV8", "C.UTF-8"),
        ("Darwin", "aarch64", None, "en_US.UTF-8"),
    ],
)
def test_a_machine_gets_the_knobs_that_it_understands(system, machine, core, locale):
    place = Place(circumstances={"os": system, "machine": machine})
    found = variables_of(environment=place)
    assert (core, locale) == (found.get("OPENBLAS_CORETYPE"), found["LC_ALL"])
    if machine == "aarch64":
        assert KERNELS - {"OPENBLAS_CORETYPE"} == KERNELS - {"OPENBLAS_CORETYPE"} - set(found)


def test_variables_hold_no_path_and_no_placeholder():
    for name, value in variables_of().items():
        assert "/" not in value, name
        assert "{" not in value, name


def test_no_two_knobs_of_one_variable_apply_at_once():
    for one, other in combinations(KNOBS, 2):
        if one.variable == other.variable:
            apart = set(one.systems).isdisjoint(other.systems) and one.systems and other.systems
            apart = apart or (
                set(one.machines).isdisjoint(other.machines) and one.machines and other.machines
            )
            apart = apart or (one.needs and other.needs and one.needs.at_least >= other.needs.below)
            assert apart, one.variable


def test_every_knob_says_what_it_pins_and_where_that_stands():
    for knob in KNOBS:
        assert knob.pins, knob.variable
        assert knob.source, knob.variable
        assert knob.url.startswith("https://"), knob.variable
        assert knob.profiles <= {"portable", "native"}, knob.variable


def test_every_knob_has_a_check_or_the_reason_why_it_can_have_none():
    for knob in KNOBS:
        assert knob.checks or knob.unconfirmable, knob.variable
        # Who cannot be asked is named with the reason.
        assert knob.unconfirmable or not (knob.readers or knob.loaded_as), knob.variable
        for check in knob.checks:
            assert check.accepted or check.compute, knob.variable
            assert check.reason, knob.variable


def test_every_check_asks_for_a_fact_that_the_hook_reports():
    asked = {f"{library.key}.{fact}" for library in LIBRARIES for fact in library.asks}
    asked |= {f"{each.key}.{fact}" for each in LIBRARIES if each.shared for fact in each.shared.asks}
    derived = {"numpy.features", "torch.mkl_threads"}
    assert {check.fact for knob in KNOBS for check in knob.checks} <= asked | derived


def test_the_hook_asks_what_the_files_of_the_libraries_say():
    assert asks.render() == asks.MODULE.read_text(), "run: make knobs"


def test_expectations_follow_the_profile():
    def promised(profile, place):
        expected = expectations(profile, seed=42, threads=1, environment=place)
        return {knob.variable: knob.value for knob in expected.knobs}

    portable, native = promised("portable", Place()), promised("native", Place())
    assert "Haswell" == portable["OPENBLAS_CORETYPE"]
    assert KERNELS <= set(portable)
    assert KERNELS.isdisjoint(native)
    assert "torch.use_deterministic_algorithms" in native
    assert {} == promised("off", Place())
    arm = promised("portable", Place(circumstances={"os": "Linux", "machine": "aarch64"}))
    assert ("ARMV8", False) == (arm["OPENBLAS_CORETYPE"], "NPY_ENABLE_CPU_FEATURES" in arm)


def test_what_the_hook_calls_is_no_variable():
    assert "torch.use_deterministic_algorithms" not in variables_of()
