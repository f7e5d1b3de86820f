# SPDX-License-Identifier: Apache-2.0
"""Earlier baselines of a shallow checkout: fetched beside it, with the token in no argument, or said to be absent."""

from __future__ import annotations

import re
import shutil
import stat

import pytest
from factories import make_fingerprint
from publish.staged import git, scene, writer

from repro_action.action import checkout, event, inputs
from repro_action.action.job import ActionJob
from repro_action.action.past_baselines import PastBaselines
from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.config.load import load
from repro_action.environments.circumstances import circumstances, platform_class
from repro_action.runs.project import Project

__all__ = ["scene"]

BASELINE = "repro.baseline.json"


VALUES = (0.3, 0.4, 0.5)
CLASS = platform_class("portable", circumstances())


def baseline(value):
    metrics = {"out/metrics.json": {"rmse": value, "worst": 1.0}}
    return dump(Baseline(name="tiny").accept(make_fingerprint(metrics=metrics, platform=CLASS)))


@pytest.fixture
def shallow(scene):
    """Return the scene with a checkout of one commit, of a project whose baseline went through three values."""
    for value in VALUES:
        (scene.root / BASELINE).write_text(baseline(value), encoding="utf-8")
        scene.base = scene.commit("accept")
    remote = scene.tmp / "remote"
    git(scene.tmp, "clone", "-q", "--bare", str(scene.root), str(remote))
    git(remote, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(remote, "config", "uploadpack.allowFilter", "true")
    shutil.rmtree(scene.root)
    git(scene.tmp, "clone", "-q", "--depth=1", f"file://{remote}", str(scene.root))
    return scene


def fetched(scene):
    folder = scene.tmp / "fetched"
    job = _job(scene)
    PastBaselines(folder=folder).fetch(job, ("repro.toml",))
    return folder


def _job(scene):
    return ActionJob(
        inputs=inputs.read({"REPRO_INPUT_TOKEN": "s3cr3t"}),
        event=event.read({}),
        root=scene.root,
        server="https://github.com",
    )


def versions(scene, folder):
    project = Project.open(scene.root, scene.root / "repro.toml")
    given = PastBaselines(folder=folder).given_to(project, BASELINE)
    return [float(re.search(rb'"rmse": ([0-9.]+)', data)[1]) for data in given.history.versions(BASELINE)]


def test_versions_come_the_newest_first_and_the_checkout_stays_as_it_is(shallow):
    before = git(shallow.root, "count-objects", "-v"), git(shallow.root, "config", "--list", "--local")
    folder = fetched(shallow)
    assert [*reversed(VALUES)] == versions(shallow, folder)
    assert before == (
        git(shallow.root, "count-objects", "-v"),
        git(shallow.root, "config", "--list", "--local"),
    )
    assert checkout.is_shallow(shallow.root)
    assert {64} == {len(path.name) for path in folder.iterdir()}, "and the repository is gone"


def test_what_cannot_be_fetched_is_said_in_the_fold_and_changes_nothing_else(shallow, hub):
    writer(hub)
    payload = shallow.pull()
    git(shallow.root, "config", "remote.origin.url", f"file://{shallow.tmp}/nowhere")
    status, outputs, log, _ = shallow.stages("pull_request", payload)
    assert (1, "changed") == (status, outputs["verdict"])
    assert "history" not in log.lower()
    open_part, _, fold = hub.comments(shallow.repo, payload["number"])[0].body.partition("<details>")
    assert "History not fetched" not in open_part
    assert "History not fetched: git could not fetch commits before" in fold


def test_nothing_is_fetched_where_nothing_would_be_drawn(shallow):
    config = shallow.root / "repro.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('{ goal = "min" }', "{}"), encoding="utf-8")
    assert not any(rule.goal for rules in load(config).metrics.values() for rule in rules.values())
    assert not fetched(shallow).exists()


def test_the_token_is_in_no_argument_of_git(shallow, monkeypatch):
    seen = shallow.tmp / "seen"
    (shallow.tmp / "bin").mkdir()
    git_itself = shutil.which("git")
    program = shallow.tmp / "bin" / "git"
    program.write_text(
        f'#!/bin/sh\necho "$*" >> {seen}\ncase "$*" in *depth=*) exit 1;; esac\nexec {git_itself} "$@"\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{shallow.tmp / 'bin'}:/usr/bin:/bin")
    folder = fetched(shallow)
    lines = seen.read_text(encoding="utf-8")
    assert 2 == lines.count(" --depth=200 --filter=blob:none origin ")
    assert "s3cr3t" not in lines
    assert ["absent"] == [path.name for path in folder.iterdir()]
