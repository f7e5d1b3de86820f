# SPDX-License-Identifier: Apache-2.0
"""Materials that differ: one line a reason, the most telling first."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from repro_action.compare.changed_materials import compare_materials
from repro_action.compare.settings_groups import THREAD_VARIABLES
from repro_action.determinism.knobs import KNOBS
from repro_action.determinism.profile import variables
from repro_action.findings.suspects import describe
from repro_action.fingerprint import MaterialKind

AROUND = SimpleNamespace(distributions=(), circumstances={"os": "Linux", "machine": "x86_64"})


def settings(profile="portable", *, threads=1, seed=0):
    made = variables(profile, seed=seed, threads=threads, environment=AROUND)
    return {MaterialKind.SEED: {"seed": seed}, MaterialKind.DETERMINISM: {"profile": profile, **made}}


def lines(before, after):
    return [describe(found) for found in compare_materials(before, after)]


def test_all_variables_of_a_number_of_threads_are_one_line():
    assert ["threads 1 → 2"] == lines(settings(), settings(threads=2))


@pytest.mark.parametrize(("one", "other"), [("portable", "native"), ("native", "off"), ("off", "portable")])
def test_what_a_profile_sets_is_the_profile(one, other):
    assert [f"profile {one} → {other}"] == lines(settings(one), settings(other))


def test_the_hash_seed_follows_from_the_seed():
    assert ["seed 1 → 2"] == lines(settings(seed=1), settings(seed=2))


def test_threads_beside_a_profile_are_still_named():
    assert ["profile portable → native", "threads 1 → 4"] == lines(settings(), settings("native", threads=4))


def test_a_single_setting_that_differs_keeps_its_name():
    other = settings()
    other[MaterialKind.DETERMINISM]["OMP_DYNAMIC"] = "TRUE"
    assert ['OMP_DYNAMIC "FALSE" → "TRUE"'] == lines(settings(), other)


def test_the_table_of_thread_variables_is_that_of_the_libraries():
    assert {knob.variable for knob in KNOBS if knob.value == "{threads}"} == THREAD_VARIABLES


def test_packages_come_before_settings_and_new_versions_before_rebuilds():
    before = {
        **settings(),
        MaterialKind.PACKAGES: {"aaa": "1 record:aa", "numpy": "2.3.5 record:aa"},
        MaterialKind.ENVIRONMENT: {"python": "3.11.7", "lock": "blake3:0"},
    }
    after = {
        **settings(threads=2),
        MaterialKind.PACKAGES: {"aaa": "1 record:bb", "numpy": "2.4.0 record:bb"},
        MaterialKind.ENVIRONMENT: {"python": "3.12.1", "lock": "blake3:1"},
    }
    assert [
        "python 3.11.7 → 3.12.1",
        "numpy 2.3.5 → 2.4.0",
        "aaa 1: another build",
        "lock blake3:0 → blake3:1",
        "threads 1 → 2",
    ] == lines(before, after)


@pytest.mark.parametrize(
    "kinds", [(MaterialKind.CODE, MaterialKind.DATA), (MaterialKind.DATA, MaterialKind.CODE)]
)
def test_a_file_that_was_recorded_as_code_and_is_data_now_is_the_same(kinds):
    older, newer = kinds
    assert () == compare_materials({older: {"data.csv": "blake3:0"}}, {newer: {"data.csv": "blake3:0"}})


def test_of_such_a_file_another_content_is_a_change_of_data():
    found = compare_materials(
        {MaterialKind.CODE: {"data.csv": "x", "a.py": "x"}},
        {MaterialKind.DATA: {"data.csv": "y"}, MaterialKind.CODE: {"a.py": "x"}},
    )
    assert [(MaterialKind.DATA, "data.csv", "x", "y")] == [
        (one.kind, one.name, one.before, one.after) for one in found
    ]
