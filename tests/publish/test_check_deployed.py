# SPDX-License-Identifier: Apache-2.0
"""`command: check` of the action: one issue while a deployed model is not the accepted one."""

from __future__ import annotations

import numpy as np
import pytest
from checked import accepted
from publish.staged import Scene

from repro_action.errors import ConfigError


@pytest.fixture
def deployed(hub, tmp_path, monkeypatch):
    """Return a checkout with an accepted model, and the folder that a model is served from."""
    project = tmp_path / "project"
    (project / "out").mkdir(parents=True)
    np.savez(project / "out" / "model.npz", w=np.arange(3.0))
    accepted(project, "out/model.npz")
    served = tmp_path / "served"
    served.mkdir()
    hub.token("t1", permissions={"issues": "write", "contents": "read"})
    return Scene(hub, tmp_path, monkeypatch, project), served


def nightly(scene, subject, **inputs):
    return scene.stages(
        "schedule",
        {"schedule": "1 2 * * *"},
        only=("prepare", "publish"),
        command="check",
        subject=str(subject),
        issue="true",
        **inputs,
    )


def test_an_issue_is_opened_for_another_model_and_closed_when_it_is_the_accepted_one_again(deployed):
    scene, served = deployed
    model = served / "model.npz"
    np.savez_compressed(model, w=np.arange(3.0))
    status, outputs, log, summary = nightly(scene, model)
    assert (0, "reproduced", {}) == (status, outputs["verdict"], scene.repo.issues)
    assert "not trained here" in summary
    np.savez(model, w=np.array([0.0, 1.0, np.nextafter(2.0, 3.0)]))
    status, outputs, log, summary = nightly(scene, model)
    assert (1, "drifted", "1") == (status, outputs["verdict"], outputs["exit-code"])
    assert "::error title=repro%3A drifted" in log
    (issue,) = scene.repo.issues.values()
    assert ("open", "A deployed model is not the accepted one") == (issue.state, issue.title)
    assert "1 ULP" in issue.body
    assert outputs["comment-url"].endswith("/1")
    missing = nightly(scene, served / "gone.npz")
    assert (2, "failed") == (missing[0], missing[1]["verdict"])
    assert ["open"] == [one.state for one in scene.repo.issues.values()]
    np.savez(model, w=np.arange(3.0))
    assert 0 == nightly(scene, f"out/model.npz = {model}")[0] == nightly(scene, model)[0]
    assert ["closed"] == [one.state for one in scene.repo.issues.values()]


def test_without_a_subject_or_where_a_stranger_could_choose_the_rules_it_is_refused(deployed):
    scene, _ = deployed
    with pytest.raises(ConfigError, match="needs the deployed model"):
        nightly(scene, "")
    with pytest.raises(ConfigError, match="pull request decides"):
        scene.stages("pull_request_target", scene.pull(), command="check", subject="x")
