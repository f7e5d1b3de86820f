"""Environments that outlast a job: the action's own, and those of models in GitHub's cache."""

import re
import shutil

import pytest
from action.acting import ROOT

from repro_action import bootstrap

RUNTIME = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
PUSH = {"ref": "refs/heads/main"}
BUILT = "building the environment"


@pytest.fixture
def locked(scene):
    """A repository whose model has an environment of its own, and the workflow for pushes to it."""
    scene.start()
    lock = re.search(r"(?m)^numpy==.*\n(?: .*\n)*", RUNTIME)[0]
    (scene.work / "requirements.lock").write_text(lock, encoding="utf-8")
    scene.edit("repro.toml", 'backend = "current"', 'backend = "venv"\nlock = "requirements.lock"')
    scene.push("main")
    return scene.variant("simplest.yml", "on: [pull_request, workflow_dispatch]", "on: [push]")


def test_the_second_run_of_the_default_branch_builds_no_environment(scene, locked, tmp_path):
    cache = tmp_path / "cache"
    given = {"REPRO_CACHE_DIR": str(cache)}
    first = scene.runs(locked, "push", PUSH, variables=given)
    assert BUILT in first.log
    (folder,) = (cache / "venvs").glob("*/")
    (entry,) = (scene.artifacts / "cache").iterdir()
    shutil.rmtree(cache)  # another hosted runner
    second = scene.runs(locked, "push", PUSH, variables=given)
    assert BUILT not in second.log
    assert folder.is_dir()
    assert first.outputs["environment-digest"] == second.outputs["environment-digest"]
    assert [entry] == list((scene.artifacts / "cache").iterdir())

    shutil.rmtree(cache)
    issue = _pull(scene)
    third = scene.on_pull_request(issue, variables=given)
    assert BUILT in third.log, "a pull request believes nothing that it could have put there"


def test_the_environment_without_the_libraries_of_training_has_none_of_them(home, monkeypatch):
    """So every scene of `plan`, `publish` and `accept` proves that they need no more."""
    monkeypatch.setenv("RUNNER_TOOL_CACHE", str(home / ".cache" / "act" / "tool_cache"))
    slim, full = (bootstrap.folder_of(lock) for lock in (bootstrap.SLIM, bootstrap.FULL))
    found = [
        {name for name in ("github", "numpy", "PIL") if list(folder.glob(f"lib/*/site-packages/{name}"))}
        for folder in (slim, full)
    ]
    assert [{"github"}, {"github", "numpy", "PIL"}] == found
    # Which `backend = "venv"` finds there.
    assert [False, True] == [(folder / "bin" / "uv").exists() for folder in (slim, full)]


def _pull(scene):
    scene.branch("topic")
    scene.push("topic")
    return scene.pull("topic")
