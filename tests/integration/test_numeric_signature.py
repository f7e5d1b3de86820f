# SPDX-License-Identifier: Apache-2.0
"""The signature of a real interpreter under kernels that are set from outside."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from repro_action.determinism.profile import variables
from repro_action.digest import Digest
from repro_action.environments.circumstances import circumstances
from repro_action.interpreter.environment import Distribution, Environment
from repro_action.interpreter.numeric.read import read_signature
from repro_action.numeric.kernels import kernel_of

numpy = pytest.importorskip("numpy")

AROUND = circumstances()
X86 = AROUND["machine"] == "x86_64" and AROUND["cpu_level"] in {"x86-64-v3", "x86-64-v4"}
needs_avx2 = pytest.mark.skipif(not X86, reason="kernels of x86-64-v3 cannot run here")


def environment(**changes):
    made = Environment(
        backend="current",
        digest=Digest("sha256", "0" * 64),
        python=Path(sys.executable),
        python_version="3.11",
        implementation="cpython",
        variables={"PATH": os.environ["PATH"]},
        distributions=(Distribution(name="numpy", version=numpy.__version__, record=None),),
        circumstances=AROUND,
    )
    return replace(made, **changes)


def portable(**changes):
    return {**variables("portable", seed=0, threads=1, environment=environment()), **changes}


def read(folder, settings, **changes):
    return read_signature(environment(**changes), settings, folder=folder, within=(), cwd=folder)


@needs_avx2
def test_under_the_portable_profile_haswell_and_zen_are_one_platform_and_others_are_not(tmp_path):
    found = {
        name: read(tmp_path, portable(OPENBLAS_CORETYPE=name))
        for name in ("Haswell", "Zen", "Sandybridge", "Nehalem", "Prescott")
    }
    assert found["Haswell"] == found["Zen"] == read(tmp_path, portable())
    assert len({signature.digest for signature in found.values()}) == 4
    assert all(name in kernel_of(signature).names for name, signature in found.items())


@needs_avx2
def test_other_vector_levels_of_numpy_show_in_its_functions_and_not_in_blas(tmp_path):
    ours = read(tmp_path, portable())
    floor = read(tmp_path, portable(NPY_ENABLE_CPU_FEATURES=" "))
    assert ours.operations["functions64"] != floor.operations["functions64"]
    assert kernel_of(ours) == kernel_of(floor)


def test_a_signature_is_read_once_for_an_environment_a_cpu_and_settings(tmp_path):
    first = read(tmp_path, {})
    assert first is not None
    broken = Path(tmp_path / "no-such-python")
    again = read_signature(environment(), {}, folder=tmp_path, within=(str(broken),), cwd=tmp_path)
    assert again == first
    assert (
        read_signature(
            environment(), {"OMP_NUM_THREADS": "1"}, folder=tmp_path, within=(str(broken),), cwd=tmp_path
        )
        is None
    )


def test_the_cache_stays_small(tmp_path):
    many = {f"{number:064}": {"dot64": "a"} for number in range(200)}
    (tmp_path / "numeric.json").write_text(json.dumps(many))
    assert read(tmp_path, {}) is not None
    assert len(json.loads((tmp_path / "numeric.json").read_text())) == 64


@pytest.mark.parametrize(
    "program",
    ["raise SystemExit(1)", "print('[]')", "print('x' * 9999)", 'print(\'{"dot64": "a b"}\')', "pass"],
)
def test_an_interpreter_that_answers_otherwise_has_no_signature(tmp_path, program):
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\n{program}\n")
    python.chmod(0o755)
    assert read(tmp_path, {}, python=python) is None


def test_without_numpy_there_is_no_signature(tmp_path):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    python.chmod(0o755)
    assert read(tmp_path, {}, python=python) is None
    assert not (tmp_path / "numeric.json").exists()
