# SPDX-License-Identifier: Apache-2.0
"""What the action plans, and what fails a job: the base of a change, and rules that became weaker."""

from __future__ import annotations

import json
import shutil

import pytest
from publish.staged import scene, writer

from repro_action.errors import ReproError

__all__ = ["scene"]


def planned(scene, event, payload):
    _, outputs, _, _ = scene.stages(event, payload, only=("prepare",), command="plan")
    jobs = json.loads(outputs["matrix"])["include"]
    assert outputs["any"] == ("true" if jobs else "false")
    return jobs


def test_a_merge_group_and_a_push_plan_what_changed_since_their_base(scene):
    base = scene.base
    (scene.root / "README.md").write_text("A model.\n", encoding="utf-8")
    head = scene.commit("a remark")
    group = {"merge_group": {"base_sha": base, "base_ref": "refs/heads/main", "head_sha": head}}
    push = {"ref": "refs/heads/main", "before": base, "after": head}
    named = [{"config": "repro.toml", "name": "tiny"}]
    for event, payload in (("merge_group", group), ("push", push)):
        # It has no baseline yet, and is affected for that alone.
        assert named == planned(scene, event, payload)
    scene.stages("schedule", {}, only=("prepare", "run"))
    accepted = scene.accept()
    group["merge_group"]["base_sha"] = push["before"] = accepted
    (scene.root / "README.md").write_text("The model.\n", encoding="utf-8")
    scene.commit("another remark")
    for event, payload in (("merge_group", group), ("push", push), ("push", {**push, "before": "0" * 40})):
        assert planned(scene, event, payload) == (named if payload.get("before") == "0" * 40 else [])


def test_fail_on_weakened_fails_the_job_and_says_why(scene, hub):
    writer(hub)
    scene.stages("schedule", {}, only=("prepare", "run"))
    (scene.root / "old").mkdir()
    shutil.copy(scene.root / "repro.toml", scene.root / "old")
    scene.base = scene.accept()
    payload = scene.pull()
    shutil.rmtree(scene.root / "old")
    scene.edit("max_ulp = 0", "max_ulp = 3", "repro.toml")
    scene.commit("weaker")
    status, outputs, log, summary = scene.stages(
        "pull_request", payload, fail_on="failed weakened", config="**"
    )
    assert (1, "reproduced", "true") == (status, outputs["verdict"], outputs["changed"])
    assert "Rules are weaker than those of the base" in log
    assert "Weaker rules than main" in summary
    body = hub.comments(scene.repo, payload["number"])[0].body
    assert "Weaker rules than main" in body
    assert "**⚠️ No longer verified:** `tiny` (`old/repro.toml`)" in body


def test_weaker_rules_that_cannot_be_known_fail_a_job_that_asks_for_them(scene, hub):
    writer(hub)
    scene.base = "0123456789" * 4
    payload = scene.pull()
    _, _, log, _ = scene.stages("pull_request", payload, only=("prepare",))
    assert "::warning" in log
    with pytest.raises(ReproError, match="is not in this checkout"):
        scene.stages("pull_request", payload, only=("prepare",), fail_on="weakened")
