"""`repro init --workflow`: the smallest workflow, with the packages that the job's own Python needs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from repro_action.cli import main
from repro_action.errors import ConfigError
from repro_action.flows.init import add_workflow
from repro_action.init.workflow import PATH, SIMPLEST, workflow

pytestmark = pytest.mark.processes  # git and the like


ROOT = Path(__file__).parents[3]
CONFIG = 'version = 1\nname = "m"\n[environment]\nbackend = "{}"\n[[steps]]\nname = "t"\nrun = ["true"]\noutputs = ["o"]\n'


def project(tmp_path, backend="current", folder="."):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / folder / "repro.toml").write_text(CONFIG.format(backend), encoding="utf-8")
    return tmp_path / folder


def steps(text):
    (job,) = yaml.safe_load(text)["jobs"].values()
    return [step.get("run") or step["uses"].split("@")[0] for step in job["steps"]]


def test_the_simplest_workflow_is_the_one_to_copy():
    assert (ROOT / "examples/workflows/simplest.yml").read_text(encoding="utf-8") == SIMPLEST


@pytest.mark.parametrize("backend", ["nix", "nix-build"])
def test_a_backend_that_brings_its_packages_needs_nothing_else(tmp_path, backend):
    text = add_workflow(project(tmp_path, backend), force=False).path.read_text(encoding="utf-8")
    assert SIMPLEST == text == workflow((), tmp_path)


def test_the_jobs_own_python_gets_the_packages_first(tmp_path):
    root = project(tmp_path, folder="models")
    (root / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    (root / ".python-version").write_text("3.12\n", encoding="utf-8")
    text = add_workflow(root, force=False).path.read_text(encoding="utf-8")
    assert ["actions/checkout", "actions/setup-python", "pip install -r models/requirements.txt",
            "org/repro-action"] == steps(text)  # fmt: skip
    assert 'python-version: "3.12"' in text


def test_a_package_is_installed_as_one(tmp_path):
    root = project(tmp_path)
    (root / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    assert "pip install ." in steps(workflow((root,), tmp_path))


def test_an_odd_folder_or_version_gets_into_no_script(tmp_path):
    folder = "a; rm -rf $HOME"
    root = project(tmp_path, folder=folder)
    (root / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    (root / ".python-version").write_text('3.12" }\n      - run: "true\n', encoding="utf-8")
    text = workflow((root,), tmp_path)
    assert folder not in text
    assert ["actions/checkout", "actions/setup-python", "org/repro-action"] == steps(text)


def test_a_workflow_that_is_there_stays(tmp_path):
    root = project(tmp_path)
    path = add_workflow(root, force=False).path
    assert tmp_path / PATH == path
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="already exists"):
        add_workflow(root, force=False)
    assert "mine" == path.read_text(encoding="utf-8")
    add_workflow(root, force=True)
    assert "org/repro-action" in path.read_text(encoding="utf-8")


PIP = "pip install -r {}"
SEVERAL = (
    ("models/churn", "requirements.txt"),
    ("models/upsell", "../../requirements.txt"),
    ("models/late", "requirements.txt"),
)


def test_each_projects_packages_are_installed_where_the_configurations_stand_below(tmp_path):
    for folder, packages in SEVERAL:
        root = project(tmp_path, folder=folder)
        (root / packages).write_text("numpy\n", encoding="utf-8")
    text = add_workflow(tmp_path, force=False).path.read_text(encoding="utf-8")
    assert [
        *("actions/checkout", "actions/setup-python", PIP.format("models/churn/requirements.txt")),
        *(PIP.format("models/late/requirements.txt"), PIP.format("requirements.txt"), "org/repro-action"),
    ] == steps(text)


def test_a_file_that_several_projects_share_is_installed_once(tmp_path):
    for folder in ("models/churn", "models/upsell"):
        project(tmp_path, folder=folder)
    (tmp_path / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    assert 1 == add_workflow(tmp_path, force=False).path.read_text(encoding="utf-8").count("pip install")


def test_from_one_of_several_projects_the_workflow_is_the_same(tmp_path):
    for folder in ("models/churn", "models/upsell"):
        (project(tmp_path, folder=folder) / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    path = add_workflow(tmp_path / "models" / "churn", force=False).path
    assert tmp_path / PATH == path
    assert 2 == path.read_text(encoding="utf-8").count("pip install")


def test_only_projects_in_the_jobs_python_have_packages_installed(tmp_path):
    (project(tmp_path, "nix", "models/churn") / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    project(tmp_path, "current", "models/upsell")
    text = add_workflow(tmp_path, force=False).path.read_text(encoding="utf-8")
    assert ["actions/checkout", "actions/setup-python", "org/repro-action"] == steps(text)


def test_a_configuration_at_the_top_is_the_only_one_that_counts(tmp_path):
    project(tmp_path, "nix")
    project(tmp_path, "current", "models/upsell")
    assert SIMPLEST == add_workflow(tmp_path, force=False).path.read_text(encoding="utf-8")


def test_without_any_configuration_the_first_thing_is_to_write_one(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with pytest.raises(ConfigError) as raised:
        add_workflow(tmp_path, force=False)
    assert "Run `repro init`" in raised.value.remedy


def test_the_workflows_path_is_reported_from_the_top_of_the_repository(tmp_path, capsys, monkeypatch):
    root = project(tmp_path, folder="models/churn")
    monkeypatch.setattr("sys.argv", ["repro", "-C", str(root), "init", "--workflow"])
    assert 0 == main()
    assert "wrote .github/workflows/repro.yml;" in "".join(capsys.readouterr())


def test_projects_whose_packages_nobody_names_are_named(tmp_path):
    bare, named = project(tmp_path, folder="models/bare"), project(tmp_path, folder="models/told")
    assert ("models/bare/repro.toml", "models/told/repro.toml") == add_workflow(tmp_path, force=False).bare
    (named / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    assert ("models/bare/repro.toml",) == add_workflow(tmp_path, force=True).bare
    (bare.parent.parent / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    assert () == add_workflow(tmp_path, force=True).bare
