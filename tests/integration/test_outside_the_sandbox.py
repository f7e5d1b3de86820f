# SPDX-License-Identifier: Apache-2.0
"""What a pull request brings is run by no command outside of the sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from integration import command

from repro_action.config.model import Config, EnvironmentConfig
from repro_action.environments.current import Current
from repro_action.sandbox.mounts import environment_mounts

CONFIG = """\
version = 1
name = "m"
[environment]
{environment}
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py"]
outputs = ["out.txt"]
"""


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    (root / "train.py").write_text("open('out.txt', 'w').write('1')\n")
    subprocess.run(["git", "init", "-q", root], check=True)
    return root


def repro(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return command.repro(root, *arguments, REPRO_CACHE_DIR=str(root.parent / "cache"), MY_TOKEN="s3cret")


@pytest.mark.parametrize("command", ["status", "doctor", "plan", "verify"])
def test_a_program_of_the_project_that_is_named_as_the_interpreter_is_not_run(project, tmp_path, command):
    mark = tmp_path / "mark"
    (project / "x").write_text(f'#!/bin/sh\nenv > {mark}\nexec {sys.executable} "$@"\n')
    (project / "x").chmod(0o755)
    (project / "repro.toml").write_text(CONFIG.format(environment='python = "./x"'))
    done = repro(project, command)
    assert not mark.exists()
    assert command == "plan" or "is a file of the project" in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["status", "doctor", "plan"])
def test_code_in_a_virtual_environment_of_the_project_is_not_run(project, tmp_path, command):
    mark = tmp_path / "mark"
    venv = project / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (packages,) = (venv / "lib").glob("python*/site-packages")
    (packages / "evil.pth").write_text(f"import os; open({str(mark)!r}, 'w')\n")
    (project / "repro.toml").write_text(CONFIG.format(environment='python = ".venv/bin/python"'))
    done = repro(project, command)
    assert not mark.exists()
    assert "is a file of the project" not in done.stdout + done.stderr


@pytest.fixture
def opened(project, tmp_path, monkeypatch):
    """Return what a virtual environment of the project, whose path files name folders, opens to a step."""
    home, venv = tmp_path / "home", project / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (packages,) = (venv / "lib").glob("python*/site-packages")
    for folder in (home, home / "package"):
        folder.mkdir()
        (folder / "module.py").write_text("")
    (packages / "mine.pth").write_text(f"{home}\n{tmp_path}\n{home / 'package'}\n/\n")
    monkeypatch.setenv("HOME", str(home))

    def mounts(**changes: object) -> set[str]:
        config = Config(
            root=project,
            path=project / "repro.toml",
            name="m",
            environment=EnvironmentConfig(python=".venv/bin/python"),
        )
        environ = {"REPRO_CACHE_DIR": str(tmp_path / "cache"), "PATH": "/usr/bin"}
        environment = replace(Current(environ=environ).peek(config), **changes)
        targets = {mount.target for mount in environment_mounts(environment, project)}
        return targets & {str(home), str(tmp_path), str(home / "package"), "/"}

    return mounts


def test_a_path_file_opens_a_folder_of_code_and_no_home(opened, tmp_path):
    assert {str(tmp_path / "home" / "package")} == opened()


def test_a_path_file_opens_nothing_where_a_backend_installed_the_packages(opened):
    assert set() == opened(shared=False)


def test_a_path_file_that_is_tracked_opens_nothing(opened, project):
    subprocess.run(["git", "add", "-f", ".venv"], cwd=project, check=True)
    assert set() == opened()


@pytest.mark.parametrize("code", ["import posix; posix._exit(0)\n", ""])
def test_a_step_that_leaves_without_its_report_is_named(project, code):
    (project / "repro.toml").write_text(CONFIG.format(environment='backend = "current"'))
    (project / "train.py").write_text(f"open('out.txt', 'w').write('1')\n{code}")
    done = repro(project, "verify", "--json")
    candidate = json.loads((project / ".repro" / "candidate.json").read_text(encoding="utf-8"))
    (platform,) = candidate["platforms"].values()
    expected = {"not vouched for": "train"} if code else {}
    found = platform["materials"]["determinism"]
    assert expected == {name: value for name, value in found.items() if name == "not vouched for"}
    assert bool(code) == ("may be incomplete: a process ended without writing its report" in done.stdout)
