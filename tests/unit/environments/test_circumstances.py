# SPDX-License-Identifier: Apache-2.0
"""Laws of circumstances and platform classes."""

from __future__ import annotations

import os

import pytest

from repro_action.environments.circumstances import (
    circumstances,
    cpu_level,
    parse_cpuinfo,
    parse_sysctl,
    platform_class,
)
from repro_action.errors import EnvironmentUnavailable

V2 = "fpu sse sse2 pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm"
V3 = f"{V2} avx f16c fma movbe abm bmi1 avx2 bmi2"
V4 = f"{V3} avx512f avx512dq avx512cd avx512bw avx512vl"


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu sse sse2", "x86-64-v1"),
        (V2, "x86-64-v2"),
        (V3, "x86-64-v3"),
        (V4, "x86-64-v4"),
        (V4.replace(" fma", ""), "x86-64-v2"),
        (V4.replace(" avx512vl", ""), "x86-64-v3"),
    ],
)
def test_the_level_needs_every_feature_of_it_and_below(flags, expected):
    assert expected == cpu_level(set(flags.split()))


def test_only_the_first_processor_of_cpuinfo_is_read():
    text = f"vendor_id\t: AuthenticAMD\nmodel name\t: AMD  EPYC\nflags\t: {V4}\n\nmodel name\t: other\n"
    assert {"cpu": "AMD EPYC", "cpu_vendor": "AuthenticAMD", "cpu_level": "x86-64-v4"} == parse_cpuinfo(
        text, "x86_64"
    )


def test_arm_cores_are_named_by_their_part():
    text = "BogoMIPS\t: 50\nCPU implementer\t: 0x41\nCPU part\t: 0xd49\n"
    assert "Neoverse N2 (0x41 0xd49)" == parse_cpuinfo(text, "aarch64")["cpu"]


def test_macos_features_are_read_in_their_own_spelling():
    text = (
        "machdep.cpu.vendor: GenuineIntel\nmachdep.cpu.brand_string: Intel Core i7\n"
        "machdep.cpu.features: SSE3 SSSE3 CX16 SSE4.1 SSE4.2 POPCNT AVX1.0 F16C FMA MOVBE\n"
        "machdep.cpu.leaf7_features: BMI1 AVX2 BMI2\nmachdep.cpu.extfeatures: LAHF LZCNT\n"
    )
    assert {"cpu": "Intel Core i7", "cpu_vendor": "GenuineIntel", "cpu_level": "x86-64-v3"} == parse_sysctl(
        text, "x86_64"
    )


@pytest.mark.parametrize(
    ("profile", "level", "expected"),
    [
        ("portable", "x86-64-v3", "x86_64-v3"),
        ("portable", "x86-64-v4", "x86_64-v3"),
        ("native", "x86-64-v4", "x86_64-v4"),
        ("native", "x86-64-v2", "x86_64-v2"),
        ("off", "x86-64-v3", "x86_64-v3"),
    ],
)
def test_x86_64_linux_is_classed_by_level(profile, level, expected):
    assert expected == platform_class(profile, {"os": "Linux", "machine": "x86_64", "cpu_level": level})


@pytest.mark.parametrize(
    ("system", "machine", "expected"),
    [
        ("Linux", "aarch64", "aarch64-linux"),
        ("Darwin", "aarch64", "aarch64-darwin"),
        ("Darwin", "x86_64", "x86_64-darwin"),
    ],
)
def test_other_machines_are_classed_by_system(system, machine, expected):
    for profile in ("portable", "native", "off"):
        assert expected == platform_class(profile, {"os": system, "machine": machine})


@pytest.mark.parametrize("level", ["x86-64-v1", "x86-64-v2", ""])
def test_portable_on_an_older_cpu_names_the_profile_to_use(level):
    with pytest.raises(EnvironmentUnavailable) as failure:
        platform_class("portable", {"os": "Linux", "machine": "x86_64", "cpu_level": level})
    assert 'profile = "native"' in failure.value.remedy


def test_this_machine_is_described_without_its_name():
    result = circumstances()
    assert {"os", "machine", "cpu", "cpu_vendor", "cpu_level", "cores", "kernel", "libc"} == set(result)
    assert int(result["cores"]) >= 1
    assert os.uname().nodename not in result.values()
    assert result["machine"] in {"x86_64", "aarch64"}
