# SPDX-License-Identifier: Apache-2.0
"""`command: drift` of the action: one issue while new data is not like the data of the accepted model."""

from __future__ import annotations

import numpy as np
import pytest
from publish.staged import Scene

from repro_action.data.hash_file import digest_file
from repro_action.errors import ConfigError


def table(path, mean, rows=400):
    values = np.random.default_rng(rows).normal(mean, 1, rows)
    path.write_text("age\n" + "".join(f"{value}\n" for value in values))
    return path


@pytest.fixture
def scene(hub, tmp_path, monkeypatch):
    """Return a checkout whose data is pinned."""
    project = tmp_path / "project"
    project.mkdir()
    pinned = digest_file(table(project / "old.csv", 40), "blake3")
    (project / "repro.toml").write_text(
        f'version = 1\nname = "credit"\n[[data]]\npath = "old.csv"\ndigest = "{pinned}"\n'
        '[[steps]]\nname = "train"\nrun = ["true"]\noutputs = ["out/m.json"]\n'
    )
    hub.token("t1", permissions={"issues": "write", "contents": "read"})
    return Scene(hub, tmp_path, monkeypatch, project)


def nightly(scene, subject, **inputs):
    return scene.stages(
        "schedule",
        {"schedule": "1 2 * * *"},
        only=("prepare", "publish"),
        command="drift",
        subject=str(subject),
        issue="true",
        **inputs,
    )


def test_an_issue_is_opened_for_other_data_and_closed_when_it_is_alike_again(scene, tmp_path):
    live = tmp_path / "live.csv"
    table(live, 40, 300)
    status, outputs, log, summary = nightly(scene, live)
    assert (0, "equivalent", {}) == (status, outputs["verdict"], scene.repo.issues)
    assert "no drift" in summary
    table(live, 41, 300)
    status, outputs, log, summary = nightly(scene, live)
    assert (1, "drifted", "1") == (status, outputs["verdict"], outputs["exit-code"])
    assert "::error title=repro%3A drifted" in log
    (issue,) = scene.repo.issues.values()
    assert ("open", "New data is not like the data of the accepted model") == (issue.state, issue.title)
    assert "`age` (PSI" in issue.body
    # Too few rows, or none at all, say nothing: the issue stays.
    table(live, 40, 20)
    for subject in (live, tmp_path / "gone.csv"):
        status, outputs, _, _ = nightly(scene, subject)
        assert (2, "failed") == (status, outputs["verdict"])
    assert ["open"] == [one.state for one in scene.repo.issues.values()]
    table(live, 40, 300)
    assert 0 == nightly(scene, f"old.csv = {live}")[0] == nightly(scene, live)[0]
    assert ["closed"] == [one.state for one in scene.repo.issues.values()]


def test_without_data_or_where_a_stranger_could_choose_the_rules_it_is_refused(scene):
    with pytest.raises(ConfigError, match="needs the new data"):
        nightly(scene, "")
    with pytest.raises(ConfigError, match="pull request decides"):
        scene.stages("pull_request_target", scene.pull(), command="drift", subject="x")
