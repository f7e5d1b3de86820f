"""The simplest workflow on pull requests of all kinds, by the real action.yml."""

import json
import re
import shutil
import zipfile

import pytest
from action.acting import STANDINS
from action.scene import BASELINE, Scene
from loopback.state import Issue


@pytest.fixture
def topic(scene: Scene) -> Issue:
    """A pull request of a branch, to a repository with an accepted baseline."""
    scene.start(baseline=True)
    scene.branch("topic")
    scene.push("topic")
    return scene.pull("topic")


def report_of(scene: Scene):
    (archive,) = scene.artifacts.glob("*/repro-report.zip")
    with zipfile.ZipFile(archive) as result:
        (name,) = result.namelist()
        return name, json.loads(result.read(name))


def test_from_no_baseline_to_a_change_that_is_explained(scene):
    scene.start()
    scene.branch("topic")
    scene.push("topic")
    issue = scene.pull("topic")
    first = scene.on_pull_request(issue)
    assert not first.green, "a baseline is missing"
    assert "no_baseline" == first.outputs["verdict"], first.why
    assert "repro accept" in scene.only_comment(issue)

    git_baseline = scene.accept()
    scene.push("topic")
    second = scene.on_pull_request(issue)
    assert second.green, second.why
    assert ("reproduced", "true", "0") == tuple(
        second.outputs[name] for name in ("verdict", "trained", "exit-code")
    )
    assert "reproduced" in scene.only_comment(issue), "the comment that stands is brought up to date"
    assert git_baseline == scene.repo.file(BASELINE, "topic")

    scene.edit("params.toml", "ridge = 1", "ridge = 2")
    scene.push("topic")
    before = len(scene.hub.requests)
    third = scene.on_pull_request(issue)
    assert not third.green
    assert ("changed", "1") == (third.outputs["verdict"], third.outputs["exit-code"])
    body = scene.only_comment(issue)
    assert "ridge 1 → 2" in body
    assert re.search(r"\| `rmse` \| 0\.2712 \| 0\.2665 \|", body), body
    assert len(scene.hub.requests) - before <= 5
    assert "ridge 1 → 2" in third.summary
    assert {} != json.loads(third.outputs["metrics"])["repro.toml"]["out/metrics.json"]
    assert third.outputs["comment-url"].endswith(str(next(iter(scene.repo.comments))))


def test_what_is_reproduced_needs_no_comment(scene, topic):
    acted = scene.on_pull_request(topic)
    assert acted.green, acted.why
    assert [] == scene.comments(topic)
    assert "reproduced" in acted.summary
    assert len(scene.hub.requests) <= 3


def test_a_new_baseline_is_shown_against_the_base_branch_with_charts_that_a_shallow_checkout_lacks(scene):
    scene.start(baseline=True)
    scene.past(0.5, 0.4, 0.3)
    scene.branch("topic")
    scene.edit("params.toml", "ridge = 1", "ridge = 2")
    scene.accept()
    scene.push("topic")
    issue = scene.pull("topic")
    acted = scene.on_pull_request(issue)
    assert acted.green, acted.why
    assert ("reproduced", "true") == (acted.outputs["verdict"], acted.outputs["changed"])
    body = scene.only_comment(issue)
    assert "main" in body
    assert "ridge 1 → 2" in body
    assert re.search(r"line \[0\.\d+, 0\.5, 0\.4, 0\.3, 0\.27\d+, 0\.26\d+\]", body), body
    assert "```mermaid" in acted.summary


def test_a_pull_request_from_a_fork_fails_for_no_want_of_permission(scene):
    scene.start(baseline=True)
    fork = scene.hub.fork(scene.repo, "mallory")
    scene.branch("patch")
    scene.push("patch", fork)
    acted = scene.on_pull_request(scene.pull("patch", fork))
    assert acted.green, acted.why

    scene.edit("params.toml", "ridge = 1", "ridge = 2")
    scene.push("patch", fork)
    issue = next(iter(scene.repo.issues.values()))
    acted = scene.on_pull_request(issue)
    assert not acted.green, "the claim does not hold"
    assert [] == scene.comments(issue)
    assert "ridge 1 → 2" in acted.summary
    assert "fork-safe-publish.yml" in acted.log, "no permission would help"


def test_a_job_without_the_permission_says_which_one_and_does_not_fail(scene, topic):
    workflow = scene.variant("simplest.yml", "contents: read, pull-requests: write", "contents: read")
    scene.edit("params.toml", "ridge = 1", "ridge = 2")
    scene.accept()
    scene.push("topic")
    acted = scene.on_pull_request(topic, workflow)
    assert acted.green, acted.why
    assert [] == scene.comments(topic)
    assert "permissions:\n  contents: read\n  pull-requests: write" in acted.summary


def test_the_report_is_kept_as_one_json_file(scene, topic):
    scene.on_pull_request(topic)
    name, report = report_of(scene)
    assert "repro-report.json" == name
    assert "reproduced" in json.dumps(report)


def test_pull_request_target_is_refused_with_the_way_that_is_safe(scene, topic):
    workflow = scene.variant(
        "simplest.yml", "on: [pull_request, workflow_dispatch]\n", "on: pull_request_target\n"
    )
    acted = scene.on_pull_request(topic, workflow, event="pull_request_target")
    assert not acted.green
    assert "pull_request_target" in acted.log
    assert "workflow_run" in acted.log
    assert acted.stage("run") is None
    assert [] == scene.writes()


LOOK = """\
def environments_above():
    pid = os.getpid()
    while pid and not Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\\0")[0].endswith(b"/act"):
        yield Path(f"/proc/{pid}/environ").read_bytes()
        pid = int(Path(f"/proc/{pid}/status").read_text().split("PPid:")[1].split()[0])


found = b"\\0".join(environments_above())
assert b"\\0REPRO_FOLDER=" in found, "the stage itself was looked at"
held = [pair.partition(b"=")[0] for pair in found.split(b"\\0") if b"ghs_" in pair]
assert not held, held
"""


def test_training_sees_no_token(scene, topic):
    """The step's own process and all above it, up to act itself, are looked at by the training."""
    script = scene.work / "train.py"
    script.write_text("import os\n" + script.read_text(encoding="utf-8") + LOOK, encoding="utf-8")
    # Where steps are enclosed, they may not even ask.
    scene.edit("repro.toml", "network = false", 'network = true\nfiles = "any"')
    scene.push("topic")
    acted = scene.on_pull_request(topic)
    assert acted.outputs["verdict"] in {"reproduced", "changed"}, acted.why


def test_several_configurations_make_one_comment_with_a_section_each(scene):
    scene.start("models/ash", "models/birch", baseline=True)
    scene.branch("topic")
    scene.edit("models/birch/params.toml", "ridge = 1", "ridge = 2")
    scene.push("topic")
    issue = scene.pull("topic")
    acted = scene.on_pull_request(issue)
    assert ("changed", "1") == (acted.outputs["verdict"], acted.outputs["exit-code"]), acted.why
    body = scene.only_comment(issue)
    assert "2 models" in body
    assert "`ash`" in body
    assert "`birch`" in body
    metrics = json.loads(acted.outputs["metrics"])
    assert {"models/ash/repro.toml", "models/birch/repro.toml"} == set(metrics)


@pytest.mark.parametrize("hub", ["/api/v3"], indirect=True)
def test_an_enterprise_server_is_asked_where_it_is_and_needs_no_artifact(scene, topic):
    workflow = scene.variant(
        "simplest.yml",
        "      - uses: org/repro-action@v1\n",
        '      - uses: org/repro-action@v1\n        with: { artifact: "", comment: always }\n',
    )
    acted = scene.on_pull_request(topic, workflow)
    assert acted.green, acted.why
    assert "reproduced" in scene.only_comment(topic)
    assert {True} == {one.path.startswith("/api/") for one in scene.hub.requests}
    assert [] == list(scene.artifacts.iterdir())


def test_nix_is_installed_with_a_sandbox_or_an_error_and_forgets_the_token(scene, topic):
    workflow = scene.variant(
        "simplest.yml",
        "      - uses: org/repro-action@v1\n",
        '      - uses: org/repro-action@v1\n        with: { install-nix: "true" }\n',
    )
    # In place of the machine's own settings.
    settings = scene.folder / "nix" / "nix.conf"
    settings.parent.mkdir()
    acted = scene.on_pull_request(
        topic, workflow, variables=dict.fromkeys(("NIX_CONF_DIR", "REPRO_NIX_ETC"), str(settings.parent))
    )
    assert acted.green, acted.why
    written = set(settings.read_text(encoding="utf-8").split("\n")) - {""}
    assert {"sandbox = true", "sandbox-fallback = false", "always-allow-substitutes = false"} == written
    assert [settings] == list(settings.parent.iterdir())


def test_an_input_that_is_not_understood_is_reported_and_nothing_runs(scene, topic):
    workflow = scene.variant(
        "simplest.yml",
        "      - uses: org/repro-action@v1\n",
        "      - uses: org/repro-action@v1\n        with: { comment: sometimes }\n",
    )
    acted = scene.on_pull_request(topic, workflow)
    assert not acted.green
    assert "one of changes, always, failures, off" in acted.log
    assert acted.stage("run") is None


def test_the_action_runs_from_its_own_repository(scene):
    shutil.copytree(scene.action, scene.work, dirs_exist_ok=True)
    scene.start("models/ash", baseline=True)
    scene.branch("topic")
    scene.push("topic")
    workflow = scene.variant(
        "simplest.yml", "org/repro-action@v1", "./\n        with: { config: models/*/repro.toml }"
    )
    acted = scene.on_pull_request(scene.pull("topic"), workflow)
    assert acted.green, acted.why
    assert "reproduced" == acted.outputs["verdict"]


def test_the_workflow_that_others_call_does_what_the_action_does_below_a_folder(scene):
    scene.start("ml/ash", baseline=True)
    scene.branch("topic")
    scene.edit("ml/ash/params.toml", "ridge = 1", "ridge = 2")
    (scene.work / "ml" / "requirements.txt").write_text("", encoding="utf-8")
    scene.push("topic")
    workflow = scene.variant(
        "reusable.yml",
        '      python-version: "3.12"\n',
        '      python-version: "3.12"\n      working-directory: ml\n',
    )
    issue = scene.pull("topic")
    acted = scene.on_pull_request(issue, workflow)
    assert not acted.green
    assert "## ❌ `ash` changed: ridge 1 → 2" in scene.only_comment(issue), acted.why


def test_every_action_that_is_used_has_a_stand_in(scene):
    used = {"checkout", "upload-artifact", "setup-python", "install-nix-action", "cache"}
    assert used == set(STANDINS.values())
