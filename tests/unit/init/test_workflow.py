"""`repro init --workflow`: the smallest workflow, with the packages that the job's own Python needs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from repro_action.errors import ConfigError
from repro_action.flows.initialise import add_workflow
from repro_action.init.workflow import PATH, SIMPLEST, workflow

ROOT = Path(__file__).parents[3]
CONFIG = 'version = 1\nname = "m"\n[environment]\nbackend = "{}"\n[[steps]]\nname = "t"\nrun = ["true"]\noutputs = ["o"]\n'


def project(tmp_path, backend="current", folder="."):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "repro.toml").write_text(CONFIG.format(backend), encoding="utf-8")
    return tmp_path / folder


def steps(text):
    (job,) = yaml.safe_load(text)["jobs"].values()
    return [step.get("run") or step["uses"].split("@")[0] for step in job["steps"]]


def test_the_simplest_workflow_is_the_one_to_copy():
    assert (ROOT / "examples/workflows/simplest.yml").read_text(encoding="utf-8") == SIMPLEST


@pytest.mark.parametrize("backend", ["venv", "nix", "nix-build"])
def test_a_backend_that_brings_its_packages_needs_nothing_else(tmp_path, backend):
    assert SIMPLEST == workflow(tmp_path, tmp_path, backend)


def test_the_jobs_own_python_gets_the_packages_first(tmp_path):
    root = project(tmp_path, folder="models")
    (root / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    (root / ".python-version").write_text("3.12\n", encoding="utf-8")
    text = add_workflow(root, force=False).read_text(encoding="utf-8")
    assert ["actions/checkout", "actions/setup-python", "pip install -r models/requirements.txt",
            "org/repro-action"] == steps(text)  # fmt: skip
    assert 'python-version: "3.12"' in text


def test_a_package_is_installed_as_one(tmp_path):
    root = project(tmp_path)
    (root / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    assert "pip install ." in steps(workflow(root, tmp_path, "current"))


def test_an_odd_folder_or_version_gets_into_no_script(tmp_path):
    folder = "a; rm -rf $HOME"
    root = project(tmp_path, folder=folder)
    (root / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    (root / ".python-version").write_text('3.12" }\n      - run: "true\n', encoding="utf-8")
    text = workflow(root, tmp_path, "current")
    assert folder not in text
    assert ["actions/checkout", "actions/setup-python", "org/repro-action"] == steps(text)


def test_a_workflow_that_is_there_stays(tmp_path):
    root = project(tmp_path)
    path = add_workflow(root, force=False)
    assert tmp_path / PATH == path
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="there already"):
        add_workflow(root, force=False)
    assert "mine" == path.read_text(encoding="utf-8")
    add_workflow(root, force=True)
    assert "org/repro-action" in path.read_text(encoding="utf-8")
