# SPDX-License-Identifier: Apache-2.0
"""`working-directory`: configurations are read below a folder, reports name files from the repository's top."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from publish.churn import accepted
from publish.staged import Scene, writer

from repro_action.action import inputs
from repro_action.action.job import locate
from repro_action.errors import ConfigError, ReproError


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a repository whose project is in `ml/churn`, with its baseline."""
    made = tmp_path_factory.mktemp("below") / "repository"
    made.mkdir()
    accepted(made / "ml" / "churn")
    shutil.move(made / "ml" / "churn" / ".git", made)
    return made


@pytest.fixture
def below(project, hub, tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    return Scene(hub, tmp_path, monkeypatch, project)


def test_comment_annotation_and_plan_name_what_they_name_for_their_readers(below, hub):
    writer(hub)
    payload = below.pull()
    below.edit("l2 = 0.001", "l2 = 0.1", "ml/churn/params.toml")
    below.commit("edit")
    for config in ("", "*/repro.toml"):
        status, outputs, log, _ = below.stages(
            "pull_request", payload, working_directory="ml/", config=config
        )
        assert (1, "changed") == (status, outputs["verdict"])
        assert ["ml/churn/repro.toml"] == list(json.loads(outputs["metrics"]))
        assert "::error file=ml/churn/params.toml,line=" in log
        body = hub.comments(below.repo, payload["number"])[0].body
        assert f"/blob/{payload['pull_request']['head']['sha']}/ml/churn/params.toml#L" in body
    _, outputs, _, _ = below.stages("pull_request", payload, only=("prepare",), command="plan", config="")
    assert [{"config": "churn/repro.toml", "name": "churn"}] == json.loads(outputs["matrix"])["include"]


def test_a_model_that_is_gone_is_missed_below_the_folder(below, hub):
    writer(hub)
    payload = below.pull()
    shutil.copytree(below.root / "ml" / "churn", below.root / "ml" / "new")
    shutil.rmtree(below.root / "ml" / "churn")
    below.edit('name = "churn"', 'name = "new"', "ml/new/repro.toml")
    below.commit("another one")
    below.stages("pull_request", payload, working_directory="ml")
    body = hub.comments(below.repo, payload["number"])[0].body
    assert "**⚠️ No longer verified:** `churn` (`ml/churn/repro.toml`)" in body


@pytest.mark.parametrize("path", ["../checkout", "/etc", "ml/../..", "~/x", ".git", "a,b", "m*", "a\nb"])
def test_a_path_that_leads_elsewhere_is_refused(path):
    with pytest.raises(ConfigError, match="working-directory"):
        inputs.read({"REPRO_INPUT_WORKING_DIRECTORY": path})


@pytest.mark.parametrize("config", ["../x/repro.toml", "/etc/repro.toml", "churn/../../x"])
def test_a_pattern_does_not_leave_the_folder(below, config):
    with pytest.raises(ConfigError):
        below.stages("push", {}, only=("prepare",), command="plan", working_directory="ml", config=config)


def test_a_link_out_of_the_checkout_is_no_folder_of_it(below):
    (below.root / "out").symlink_to(below.tmp)
    for folder in ("out", "nowhere", "ml/churn/train.py"):
        with pytest.raises(ReproError, match="the checkout has no folder"):
            below.stages("push", {}, only=("prepare",), working_directory=folder)


def test_a_checkout_may_stand_in_a_folder_of_the_workspace(below):
    given = inputs.read({"REPRO_INPUT_WORKING_DIRECTORY": "checkout/ml"})
    assert (below.root, "ml") == locate(below.root.parent, given)
    given = inputs.read({"REPRO_INPUT_WORKING_DIRECTORY": "checkout"})
    assert (below.root, "") == locate(below.root.parent, given)
