# SPDX-License-Identifier: Apache-2.0
"""Pull requests as they come, each with the right verdict, the right commit and the right comment.

The true stages run one after the other, on a project that trains in a moment; tests/action/README.md
has the table of all scenes, of these and of those that other drivers play.
"""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from publish.churn import accepted
from publish.staged import Scene, git, writer

PARAMS, CONFIG, TRAIN, BASELINE = "params.toml", "repro.toml", "train.py", "repro.baseline.json"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a repository whose `main` has a model with its baseline."""
    return accepted(tmp_path_factory.mktemp("churn") / "churn")


@pytest.fixture
def scene(project, hub, tmp_path, monkeypatch):
    for name in ("GITHUB_SERVER_URL", "GITHUB_RUN_ATTEMPT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    writer(hub)
    return Scene(hub, tmp_path, monkeypatch, project)


@dataclass(frozen=True)
class Seen:
    """What a run of the stages left behind; `opened` is what a reader sees without unfolding anything."""

    status: int
    verdict: str
    log: str
    summary: str
    comment: str
    head: str

    @property
    def opened(self):
        return self.comment.partition("<details>")[0]

    @property
    def heading(self):
        (line,) = re.findall(r"^## .*$", self.comment, re.MULTILINE)
        return line


def pull_request(scene, *, head="", base="", **inputs):
    """Run the stages for a pull request of what is checked out; its comment is about its head."""
    payload = scene.pull()
    sides = payload["pull_request"]
    sides["head"]["sha"] = head or sides["head"]["sha"]
    sides["base"]["sha"] = base or scene.base
    status, outputs, log, summary = scene.stages("pull_request", payload, **inputs)
    comments = [one.body for one in scene.hub.comments(scene.repo, payload["number"])]
    assert len(comments) < 2
    comment = "".join(comments)
    sha = sides["head"]["sha"]
    assert not comment or f" sha={sha} " in comment.splitlines()[0], "the comment is about that commit"
    linked = set(re.findall(r"/blob/([0-9a-f]{40})/", comment))
    assert linked <= {sha, git(scene.root, "rev-parse", "HEAD")}
    return Seen(status, outputs["verdict"], log, summary, comment, sha)


def branch(scene, old, new, file=PARAMS):
    scene.edit(old, new, file)
    return scene.commit("edit")


def merged(scene, *, into):
    """Check the merge of `topic` into `main` out, as GitHub does; `main` has changed a file meanwhile."""
    git(scene.root, "checkout", "-qb", "topic")
    head = branch(scene, "l2 = 0.001", "l2 = 0.1")
    git(scene.root, "checkout", "-q", "main")
    base = branch(scene, *into)
    git(scene.root, "checkout", "-q", "--detach")
    git(scene.root, "merge", "-q", "--no-ff", "-m", "merge", "topic")
    return head, base


def test_a_merge_is_trained_and_both_of_its_commits_are_named(scene):
    head, base = merged(scene, into=("rows = ", "order = sorted\nrows = ", TRAIN))
    seen = pull_request(scene, head=head)
    assert (1, "changed") == (seen.status, seen.verdict)
    assert "l2 0.001 → 0.1" in seen.comment
    assert "train.py" in seen.heading, "what the base changed is in what was trained"
    assert f"What ran is `{head[:7]}` merged into `{base[:7]}`" in seen.comment
    assert f"at commit {head[:12]} merged into {base[:12]}" in seen.log
    reproducing, accepting = (seen.comment.partition(f"#### {name}")[2] for name in ("Reproduce", "Accept"))
    assert f"git checkout --detach {base}\ngit merge --no-edit {head}\n" in reproducing
    assert f"git pull\ngit merge --no-edit {base}\nrepro verify" in accepting


def test_a_head_that_is_checked_out_itself_is_merged_into_nothing(scene):
    head, _ = merged(scene, into=("rows = ", "order = sorted\nrows = ", TRAIN))
    git(scene.root, "checkout", "-q", head)
    seen = pull_request(scene, head=head)
    assert (1, "changed") == (seen.status, seen.verdict)
    assert "merged into" not in seen.comment
    assert "train.py" not in seen.comment, "what the base did is no change of the branch"


def test_a_change_of_a_parameter_is_reported_in_four_parts(scene):
    branch(scene, "l2 = 0.001", "l2 = 0.1")
    seen = pull_request(scene)
    assert (1, "changed") == (seen.status, seen.verdict)
    assert "## ❌ `churn` changed: l2 0.001 → 0.1" == seen.heading
    assert re.search(r"\| `accuracy` \| 0\.899\d* \| 0\.8\d* \| .0\.099.*worse \|", seen.opened), seen.opened
    assert "`out/model.json`" in seen.opened
    assert "**Next:** " in seen.opened
    assert f"/blob/{seen.head}/params.toml#L2" in seen.opened
    assert "::error file=params.toml,line=2," in seen.log


def test_a_tolerance_of_everything_is_green_and_not_silent(scene):
    scene.edit('accuracy = { goal = "max" }', 'accuracy = { goal = "max", atol = 10 }', CONFIG)
    scene.edit('loss = { goal = "min" }', 'loss = { goal = "min", atol = 10 }', CONFIG)
    (scene.root / CONFIG).write_text(
        (scene.root / CONFIG).read_text() + '\n[artifacts."out/*"]\natol = 10\n', encoding="utf-8"
    )
    branch(scene, "l2 = 0.001", "l2 = 0.1")
    seen = pull_request(scene, comment="failures")
    assert (0, "equivalent") == (seen.status, seen.verdict)
    assert "Weaker rules than main" in seen.opened
    assert re.search(r"Outside the rules of main: .*accuracy.* 0\.899 → 0\.8", seen.opened), seen.opened
    assert seen.opened.index("Weaker rules") < seen.opened.index("| metric |")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("network = false", "network = true", "network"),
        (
            'outputs = ["out/model.json", "out/metrics.json"]',
            'outputs = ["out/metrics.json"]',
            "out/model.json",
        ),
        ('backend = "current"\n', 'backend = "current"\n\n[determinism]\nprofile = "off"\n', "profile"),
    ],
    ids=["sandbox", "outputs", "profile"],
)
def test_a_gate_that_is_loosened_is_named(scene, old, new, named):
    branch(scene, old, new, CONFIG)
    seen = pull_request(scene, comment="failures", fail_on="weakened")
    assert 1 == seen.status
    assert "Weaker rules than main" in seen.opened
    assert named in seen.opened


def test_a_model_that_moves_is_no_model_that_is_gone(scene):
    (scene.root / "moved").mkdir()
    for name in (CONFIG, TRAIN, PARAMS, BASELINE, "rows.csv"):
        shutil.move(scene.root / name, scene.root / "moved")
    scene.commit("move")
    seen = pull_request(scene, config="**")
    assert (0, "reproduced") == (seen.status, seen.verdict)
    assert "No longer verified" not in seen.comment
    assert "moved/repro.toml" in seen.comment


def test_a_reverted_change_turns_the_comment_green(scene):
    payload = scene.pull()
    branch(scene, "l2 = 0.001", "l2 = 0.1")
    status, *_ = scene.stages("pull_request", payload)
    branch(scene, "l2 = 0.1", "l2 = 0.001")
    again, *_ = scene.stages("pull_request", payload)
    (comment,) = scene.hub.comments(scene.repo, payload["number"])
    assert (1, 0) == (status, again)
    assert "## ✅ `churn` reproduced\n" in comment.body


def test_a_first_baseline_shows_its_metrics(scene):
    (scene.root / BASELINE).unlink()
    scene.base = scene.commit("none")
    seen = pull_request(scene)
    assert (3, "no_baseline") == (seen.status, seen.verdict)
    assert re.search(r"\| `accuracy` \| 0\.899\d* \|", seen.opened), seen.opened
    assert "repro accept" in seen.opened


def test_a_baseline_of_another_class_is_set_beside_and_judges_nothing(scene):
    place = scene.root / BASELINE
    text = place.read_text(encoding="utf-8")
    place.write_text(re.sub(r'"x86_64-v3": |"x86_64-linux": ', '"aarch64-linux": ', text), encoding="utf-8")
    scene.base = scene.commit("of another machine")
    branch(scene, "l2 = 0.001", "l2 = 0.1")
    seen = pull_request(scene)
    assert (3, "no_baseline") == (seen.status, seen.verdict)
    assert "aarch64-linux" in seen.comment
    assert "the baseline for `aarch64-linux`, another class of machine" in seen.opened


def test_a_run_that_disagrees_with_itself_is_not_offered_for_acceptance(scene):
    scene.edit("import json\n", "import json\nimport random\n", TRAIN)
    branch(scene, "0.9 - l2,", "0.9 - l2 + random.SystemRandom().random() / 1e6,", TRAIN)
    seen = pull_request(scene)
    assert (1, "drifted") == (seen.status, seen.verdict)
    assert "drifted (flaky)" in seen.heading
    assert re.search(r"train\.py:\d+", seen.heading), seen.heading
    assert "/repro accept" not in seen.comment


def test_a_drift_without_a_change_blames_no_input(scene):
    place = scene.root / BASELINE
    text = place.read_text(encoding="utf-8")
    place.write_text(re.sub(r'("accuracy": )[0-9.]+', r"\g<1>0.875", text), encoding="utf-8")
    scene.base = scene.commit("another machine")
    seen = pull_request(scene)
    assert (1, "drifted") == (seen.status, seen.verdict)
    assert "drifted (stable)" in seen.heading
    assert "No input changed" in seen.opened
    assert "0.875" in seen.opened


def test_a_difference_inside_the_tolerance_is_green(scene):
    scene.edit('loss = { goal = "min" }', 'loss = { goal = "min", atol = 0.01 }', CONFIG)
    scene.edit('accuracy = { goal = "max" }', 'accuracy = { goal = "max", atol = 0.01 }', CONFIG)
    (scene.root / CONFIG).write_text(
        (scene.root / CONFIG).read_text() + '\n[artifacts."out/*"]\natol = 0.1\n', encoding="utf-8"
    )
    scene.base = scene.commit("tolerant")
    branch(scene, "l2 = 0.001", "l2 = 0.002")
    seen = pull_request(scene, comment="always")
    assert (0, "equivalent") == (seen.status, seen.verdict)
    assert "## 🟡 `churn` equivalent: l2 0.001 → 0.002" == seen.heading
    assert "Weaker rules" not in seen.comment


def test_data_that_is_not_what_was_pinned_is_a_failure_with_the_command(scene):
    (scene.root / "rows.csv").write_text("x\n1\n2\n", encoding="utf-8")
    scene.commit("fewer rows")
    seen = pull_request(scene)
    assert (2, "failed") == (seen.status, seen.verdict)
    assert seen.heading.startswith("## ⛔ `churn` failed: ")
    assert "`repro pin rows.csv`" in seen.opened
    assert "better" not in seen.comment


def test_data_that_is_not_there_is_to_be_downloaded_before(scene):
    (scene.root / "rows.csv").unlink()
    scene.commit("no data")
    seen = pull_request(scene)
    assert (2, "failed") == (seen.status, seen.verdict)
    assert "`rows.csv` does not exist" in seen.heading or "rows.csv does not exist" in seen.comment
    assert "download it in a step before this one" in seen.opened


def test_outputs_that_are_committed_make_no_noise(scene):
    """They come with the checkout, and whatever a run writes over them is in git."""
    (scene.root / ".gitignore").write_text(".repro/\n", encoding="utf-8")
    (scene.root / "out").mkdir(exist_ok=True)
    for name in ("model.json", "metrics.json"):
        (scene.root / "out" / name).write_text(f'{{"{name}": 1}}', encoding="utf-8")
    shutil.rmtree(scene.root / ".repro", ignore_errors=True)
    scene.base = scene.commit("outputs as well")
    seen = pull_request(scene, comment="always")
    assert (0, "reproduced") == (seen.status, seen.verdict)
    assert "warning" not in seen.comment


def test_a_merge_group_is_compared_with_its_base_and_reported_in_the_summary(scene):
    base = scene.base
    head = branch(scene, "l2 = 0.001", "l2 = 0.1")
    group = {"merge_group": {"base_sha": base, "base_ref": "refs/heads/main", "head_sha": head}}
    status, outputs, _, summary = scene.stages("merge_group", group)
    assert (1, "changed") == (status, outputs["verdict"])
    assert "l2 0.001 → 0.1" in summary
    assert head[:7] in summary
