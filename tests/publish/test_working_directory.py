# SPDX-License-Identifier: Apache-2.0
"""`working-directory`: what is read stands below a folder, what is told is named from the repository's top."""

from __future__ import annotations

import json
import shutil

import pytest
from publish.staged import scene, writer

from repro_action.action import inputs
from repro_action.action.job import locate
from repro_action.errors import ConfigError, ReproError

__all__ = ["scene"]


@pytest.fixture
def moved(scene):
    """Return the scene with its project in `ml/tiny`."""
    place = scene.root / "ml" / "tiny"
    place.mkdir(parents=True)
    for found in scene.root.iterdir():
        if found.name not in {".git", "ml"}:
            shutil.move(found, place)
    return scene


@pytest.fixture
def below(moved):
    """Return the scene with the baseline accepted in `ml/tiny`."""
    moved.stages("push", {}, only=("prepare", "run"), working_directory="ml")
    top, moved.root = moved.root, moved.root / "ml" / "tiny"
    moved.base = moved.accept()
    moved.root = top
    return moved


def test_comment_annotation_and_plan_name_what_they_name_for_their_readers(below, hub):
    writer(hub)
    payload = below.pull()
    below.edit("ridge = 1", "ridge = 3", "ml/tiny/params.toml")
    below.commit("edit")
    for config in ("", "tiny", "*/repro.toml"):
        status, outputs, log, _ = below.stages(
            "pull_request", payload, working_directory="ml/", config=config
        )
        assert (1, "changed") == (status, outputs["verdict"])
        assert ["ml/tiny/repro.toml"] == list(json.loads(outputs["metrics"]))
        assert "::error file=ml/tiny/params.toml,line=" in log
        body = hub.comments(below.repo, payload["number"])[0].body
        assert f"/blob/{payload['pull_request']['head']['sha']}/ml/tiny/params.toml#L" in body
    _, outputs, _, _ = below.stages("pull_request", payload, only=("prepare",), command="plan", config="")
    assert [{"config": "tiny/repro.toml", "name": "tiny"}] == json.loads(outputs["matrix"])["include"]


def test_a_model_that_is_gone_is_missed_below_the_folder(below, hub):
    writer(hub)
    payload = below.pull()
    shutil.copytree(below.root / "ml" / "tiny", below.root / "ml" / "new")
    shutil.rmtree(below.root / "ml" / "tiny")
    below.edit('name = "tiny"', 'name = "new"', "ml/new/repro.toml")
    below.commit("another one")
    below.stages("pull_request", payload, working_directory="ml")
    body = hub.comments(below.repo, payload["number"])[0].body
    assert "**⚠️ No longer verified:** `tiny` (`ml/tiny/repro.toml`)" in body


@pytest.mark.parametrize("path", ["../checkout", "/etc", "ml/../..", "~/x", ".git", "a,b", "m*", "a\nb"])
def test_a_path_that_leads_elsewhere_is_refused(path):
    with pytest.raises(ConfigError, match="working-directory"):
        inputs.read({"REPRO_INPUT_WORKING_DIRECTORY": path})


@pytest.mark.parametrize("config", ["../x/repro.toml", "/etc/repro.toml", "tiny/../../x"])
def test_a_pattern_does_not_leave_the_folder(moved, config):
    with pytest.raises(ConfigError):
        moved.stages("push", {}, only=("prepare",), command="plan", working_directory="ml", config=config)


def test_a_link_out_of_the_checkout_is_no_folder_of_it(moved):
    (moved.root / "out").symlink_to(moved.tmp)
    for folder in ("out", "nowhere", "ml/tiny/train.py"):
        with pytest.raises(ReproError, match="the checkout has no folder"):
            moved.stages("push", {}, only=("prepare",), working_directory=folder)


def test_a_checkout_may_stand_in_a_folder_of_the_workspace(moved):
    given = inputs.read({"REPRO_INPUT_WORKING_DIRECTORY": "checkout/ml"})
    assert (moved.root, "ml") == locate(moved.root.parent, given)
    given = inputs.read({"REPRO_INPUT_WORKING_DIRECTORY": "checkout"})
    assert (moved.root, "") == locate(moved.root.parent, given)
