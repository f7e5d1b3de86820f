# SPDX-License-Identifier: Apache-2.0
"""Laws of the environments that are built: real interpreters, real wheels, no index."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from integration.locked_wheels import config_of, project, variables
from work import eventually

from repro_action.config.model import Config, EnvironmentConfig
from repro_action.environments import backend_for
from repro_action.errors import EnvironmentUnavailable
from repro_action.interpreter.environment import Environment
from repro_action.progress import Silent

__all__ = ["project"]


RUNNER = """
import os, sys
from pathlib import Path
from repro_action.config.model import Config, EnvironmentConfig
from repro_action.environments import backend_for

class Stages:
    def stage(self, text): print(text, flush=True)
    def output(self, step, text): pass
    def advance(self, done, total, unit): pass

root = Path(sys.argv[1])
config = Config(root=root, path=root / "repro.toml", name="m",
                environment=EnvironmentConfig(backend="venv", lock="requirements.lock", python=sys.executable))
print(backend_for(config).prepare(config, Stages()).digest, flush=True)
"""


HASH = f"--hash=sha256:{64 * '0'}"


@pytest.fixture(scope="module")
def built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Environment]:
    environ = variables(tmp_path_factory.mktemp("cache"), project)
    config = config_of(project)
    assert None is backend_for(config, environ).peek(config)
    return environ, backend_for(config, environ).prepare(config, Silent())


def test_it_holds_what_the_lock_says_and_nothing_else(built):
    _, environment = built
    assert [("alpha", "1.0"), ("beta", "2.5")] == [(d.name, d.version) for d in environment.distributions]


def test_its_python_imports_what_the_lock_says(built):
    _, environment = built
    done = subprocess.run(
        [environment.python, "-c", "import alpha; print(alpha.VALUE)"],
        env=dict(environment.variables),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "1.0\n" == done.stdout
    assert str(environment.python.parent.parent) == environment.variables["VIRTUAL_ENV"]


def test_peek_finds_what_was_built(project, built):
    environ, environment = built
    config = config_of(project)
    assert environment == backend_for(config, environ).peek(config)


def test_digest_is_the_same_in_another_folder_built_by_hand(project, built, tmp_path):
    _, environment = built
    place = tmp_path / "elsewhere" / "a venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", place / "bin/python", "install", "-q", "alpha", "beta"],
        env={**os.environ, **variables(tmp_path, project)},
        check=True,
    )
    current = Config(
        root=project,
        path=project / "repro.toml",
        name="m",
        environment=EnvironmentConfig(python=str(place / "bin/python")),
    )
    other = backend_for(current, {"REPRO_CACHE_DIR": str(tmp_path / "cache")}).peek(current)
    assert other is not None
    assert environment.digest == other.digest
    assert environment.distributions == other.distributions


def test_an_environment_that_was_changed_afterwards_is_not_trusted(project, built):
    environ, environment = built
    config = config_of(project)
    intruder = (
        next((environment.python.parent.parent / "lib").glob("python*/site-packages")) / "x-1.dist-info"
    )
    intruder.mkdir()
    try:
        assert None is backend_for(config, environ).peek(config)
    finally:
        intruder.rmdir()


def test_an_environment_without_its_marker_is_not_trusted(project, built):
    environ, environment = built
    config = config_of(project)
    marker = environment.python.parent.parent / ".complete"
    text = marker.read_text()
    marker.unlink()
    try:
        assert None is backend_for(config, environ).peek(config)
    finally:
        marker.write_text(text)


def test_a_killed_build_is_not_trusted_and_two_processes_then_build_once(project, built, tmp_path):
    environ = variables(tmp_path / "cache", project)
    command = [sys.executable, "-c", RUNNER, str(project)]

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)

    with start() as killed:
        assert eventually(lambda: list((tmp_path / "cache").glob("venvs/*/bin")))
        killed.send_signal(signal.SIGKILL)
    config = config_of(project)
    assert None is backend_for(config, environ).peek(config)
    with start() as first, start() as second:
        outputs = [first.communicate()[0], second.communicate()[0]]
    assert 1 == "".join(outputs).count("building the environment")
    assert [str(built[1].digest)] * 2 == [output.splitlines()[-1] for output in outputs]


def test_a_wrong_hash_ends_with_the_last_lines_and_a_remedy(project, tmp_path):
    wrong = (project / "requirements.lock").read_text().replace("sha256:", "sha256:0000", 1)
    lines = wrong.splitlines()
    lines[2] = lines[2][: lines[2].index("0000") + 64]
    (project / "wrong.lock").write_text("\n".join(lines))
    config = config_of(project, "wrong.lock")
    with pytest.raises(EnvironmentUnavailable) as failure:
        backend_for(config, variables(tmp_path, project)).prepare(config, Silent())
    assert "DO NOT MATCH THE HASHES" in failure.value.why
    assert "Write the lock file again" in failure.value.remedy
    assert None is backend_for(config, variables(tmp_path, project)).peek(config)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("numpy==2.4.0\n", "'numpy==2.4.0' is not locked by a hash"),
        (f"a==1 \\\n  {HASH}\nb\n", "'b' is not locked by a hash"),
        ("-r other.txt\n", "-r in a lock file is not allowed"),
        ("-c other.txt\n", "-c in a lock file is not allowed"),
        ("--editable=.\n", "--editable=. in a lock file is not allowed"),
        (f"./local.whl {HASH}\n", "./local.whl in a lock file is not allowed"),
    ],
)
def test_a_lock_that_does_not_lock_is_refused(tmp_path, text, message):
    (tmp_path / "requirements.lock").write_text(text)
    config = config_of(tmp_path)
    with pytest.raises(EnvironmentUnavailable) as failure:
        backend_for(config, variables(tmp_path, tmp_path)).peek(config)
    assert message == failure.value.what
    assert "--generate-hashes" in failure.value.remedy


def test_a_missing_lock_is_explained(tmp_path):
    with pytest.raises(EnvironmentUnavailable, match="cannot be read"):
        backend_for(config_of(tmp_path), {}).peek(config_of(tmp_path))
    with pytest.raises(EnvironmentUnavailable, match="needs a lock file"):
        backend_for(config_of(tmp_path, ""), {}).peek(config_of(tmp_path, ""))


@pytest.mark.slow
def test_an_interpreter_without_pip_is_enough(project, built, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    environment = EnvironmentConfig(
        backend="venv", lock="requirements.lock", python=str(tmp_path / "bare/bin/python")
    )
    config = Config(root=project, path=project / "repro.toml", name="m", environment=environment)
    other = backend_for(config, variables(tmp_path / "cache", project)).prepare(config, Silent())
    assert built[1].digest == other.digest
