# SPDX-License-Identifier: Apache-2.0
"""Laws of choosing a backend and an interpreter."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from repro_action.config.model import Config, EnvironmentConfig
from repro_action.environments import backend_for
from repro_action.environments.current import find_python
from repro_action.errors import EnvironmentUnavailable
from repro_action.progress import Silent


def config_of(root: Path, **environment: object) -> Config:
    result = EnvironmentConfig(**environment)
    return Config(root=root, path=root / "repro.toml", name="m", environment=result)


@pytest.mark.parametrize("name", ["container"])
def test_known_backends_that_are_missing_say_so(tmp_path, name):
    with pytest.raises(EnvironmentUnavailable, match="not built yet"):
        backend_for(config_of(tmp_path, backend=name))


@pytest.mark.parametrize("name", ["current", "venv", "nix", "nix-build"])
def test_a_backend_has_the_name_of_its_configuration(tmp_path, name):
    assert name == backend_for(config_of(tmp_path, backend=name)).name


def test_our_own_interpreter_is_the_last_choice(tmp_path):
    assert Path(sys.executable) == find_python(config_of(tmp_path), {})


def test_the_active_venv_goes_before_our_own(tmp_path):
    assert Path("/active/bin/python") == find_python(config_of(tmp_path), {"VIRTUAL_ENV": "/active"})


def test_the_configured_interpreter_goes_before_the_active_venv(tmp_path):
    environ = {"VIRTUAL_ENV": "/active"}
    assert tmp_path / ".venv/bin/python" == find_python(
        config_of(tmp_path, python=".venv/bin/python"), environ
    )
    assert Path("/usr/x/python") == find_python(config_of(tmp_path, python="/usr/x/python"), environ)


def test_a_bare_name_is_looked_up_on_path(tmp_path):
    tool = tmp_path / "bin" / "python9"
    tool.parent.mkdir()
    tool.write_text("")
    tool.chmod(0o755)
    environ = {"PATH": str(tool.parent)}
    assert tool == find_python(config_of(tmp_path, python="python9"), environ)
    with pytest.raises(EnvironmentUnavailable, match="no python10 on PATH"):
        find_python(config_of(tmp_path, python="python10"), environ)


def test_peek_and_prepare_of_the_current_environment_agree(tmp_path):
    config = config_of(tmp_path)
    backend = backend_for(config, {"REPRO_CACHE_DIR": str(tmp_path / "cache")})
    environment = backend.prepare(config, Silent())
    assert environment == backend.peek(config)
    assert Path(sys.executable) == environment.python
    assert "numpy" in {distribution.name for distribution in environment.distributions}
