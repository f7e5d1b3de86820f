# SPDX-License-Identifier: Apache-2.0
"""uv and pip build the same environment."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import capabilities
import pytest
from integration.locked_wheels import config_of, project, variables
from required import absent

from repro_action.environments import backend_for
from repro_action.errors import EnvironmentUnavailable
from repro_action.interpreter.environment import Environment
from repro_action.progress import Silent

__all__ = ["project"]


@pytest.fixture
def uv() -> str:
    found = shutil.which("uv")
    return found or absent("uv", "uv is not on PATH")


def test_uv_and_pip_make_the_same_environment(project, tmp_path, uv):
    del uv
    config = config_of(project)
    # A setting that uv has not, and that changes nothing here, leaves the work to pip.
    settings = {"uv": {}, "pip": {"PIP_PREFER_BINARY": "1"}}
    made = {
        name: backend_for(config, {**variables(tmp_path / name, project), **more}).prepare(config, Silent())
        for name, more in settings.items()
    }
    assert made["uv"].digest == made["pip"].digest
    assert made["uv"].distributions == made["pip"].distributions
    installers = {name: _installer(environment) for name, environment in made.items()}
    assert {"uv": "uv", "pip": "pip"} == installers
    # Steps write none, so that each would compile what it imports.
    assert [True, True] == [_has_byte_code(environment) for environment in made.values()]


def test_real_wheels_have_one_digest_by_uv_and_by_pip(tmp_path, uv):
    del uv
    lines = (Path(__file__).parents[2] / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    wanted = re.findall(r"(?m)^(?:pyyaml|numpy)==.*?(?=^\S)", lines + "\nx", re.DOTALL)
    assert 2 == len(wanted)
    (tmp_path / "requirements.lock").write_text("".join(wanted))
    config = config_of(tmp_path)
    table = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    base = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", ""),
        **table,
        "PIP_CONFIG_FILE": os.devnull,
    }
    digests = set()
    for name, more in (("uv", {}), ("pip", {"PIP_PREFER_BINARY": "1"})):
        environ = {**base, **more, "REPRO_CACHE_DIR": str(tmp_path / name)}
        try:
            made = backend_for(config, environ).prepare(config, Silent())
        except EnvironmentUnavailable:
            if unreachable := capabilities.index():
                absent("index", unreachable)
            raise
        digests.add(made.digest)
        assert name == _installer(made, "numpy")
    assert 1 == len(digests)


def test_what_uv_cannot_do_is_left_to_pip(project, tmp_path):
    broken = tmp_path / "bin" / "uv"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 2\n")
    broken.chmod(0o755)
    config = config_of(project)
    environ = variables(tmp_path / "cache", project)
    environ["PATH"] = f"{broken.parent}:{environ['PATH']}"
    environment = backend_for(config, environ).prepare(config, Silent())
    assert "pip" == _installer(environment)


def _installer(environment: Environment, name: str = "alpha") -> str:
    folder = environment.python.parent.parent / "lib"
    (file,) = folder.glob(f"python*/site-packages/{name}-*/INSTALLER")
    return file.read_text().strip()


def _has_byte_code(environment: Environment, name: str = "alpha") -> bool:
    folder = environment.python.parent.parent / "lib"
    return any(folder.glob(f"python*/site-packages/__pycache__/{name}.*.pyc"))
