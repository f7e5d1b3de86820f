# SPDX-License-Identifier: Apache-2.0
"""Laws of what a step inherits from its caller."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from repro_action.environments.variables import DEFAULTS, inherited

PYTHON = Path("/opt/env/bin/python")


def inherit(environ, *globs, venv=None):
    return inherited(environ, globs, python=PYTHON, venv=venv)


@pytest.mark.parametrize(
    "name",
    [
        "GITHUB_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "NVIDIA_API_KEY",
        "NIX_CONFIG",
        "NIX_SECRET_KEY_FILE",
        "LANG",
        "LC_ALL",
        "OMP_NUM_THREADS",
        "ACTIONS_RUNTIME_URL",
    ],
)
def test_secrets_and_what_the_profile_sets_are_not_inherited(name):
    assert name not in inherit({name: "x"})


@pytest.mark.parametrize(
    "name",
    [
        "HOME",
        "TMPDIR",
        "LD_LIBRARY_PATH",
        "CUDA_VISIBLE_DEVICES",
        "NVIDIA_DRIVER_CAPABILITIES",
        "XDG_CACHE_HOME",
    ],
)
def test_what_programs_need_to_start_is_inherited(name):
    assert "x" == inherit({name: "x"})[name]


def test_what_the_configuration_names_is_inherited():
    assert "x" == inherit({"MLFLOW_TOKEN": "x"}, "MLFLOW_*")["MLFLOW_TOKEN"]


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"])
def test_foreign_module_paths_are_never_inherited(name):
    assert name not in inherit({name: "x"}, "*")


def test_the_environments_programs_come_first():
    assert "/opt/env/bin:/bin" == inherit({"PATH": "/bin::/opt/env/bin:/bin"})["PATH"]


def test_another_active_venv_is_not_passed_on():
    assert "VIRTUAL_ENV" not in inherit({"VIRTUAL_ENV": "/other"}, "*")
    assert "/opt/env" == inherit({"VIRTUAL_ENV": "/other"}, "*", venv=Path("/opt/env"))["VIRTUAL_ENV"]


def test_python_neither_reads_the_users_site_nor_writes_byte_code():
    variables = inherit({})
    assert ("1", "1") == (variables["PYTHONNOUSERSITE"], variables["PYTHONDONTWRITEBYTECODE"])


def test_what_is_inherited_by_default_is_a_name_or_the_beginning_of_one():
    assert [] == [glob for glob in DEFAULTS if set("?[]") & set(glob) or "*" in glob[:-1]]
    names = ("HOME", "HOMES", "CUDA_", "CUDA_X", "X_CUDA_X", "NIX_LD", "LC_ALL", "LANG", "no_proxy", "home")
    kept = inherit(dict.fromkeys(names, "1"))
    assert {name for name in names if any(fnmatchcase(name, glob) for glob in DEFAULTS)} == set(names) & set(
        kept
    )


@pytest.mark.parametrize("name", ["REPRO_SIGNING_KEY", "REPRO_SIGNING_PASSPHRASE"])
def test_no_step_can_ask_for_the_key_that_signs(name):
    assert name not in inherit({name: "x"}, name, "REPRO_*", "*")
