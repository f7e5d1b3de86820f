"""`repro bisect` on real repositories: the commit that was planted is found, and nothing is trained twice."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from integration.command import TRAIN_STEP, repro

CONFIG = f"""{TRAIN_STEP}inputs = ["train.py", "data"]
params = ["params.toml"]
outputs = ["out/metrics.json", "out/model.json"]

[metrics."out/metrics.json"]
accuracy = {{ goal = "max" }}
"""
TRAIN = """
import json, os, pathlib, tomllib
params = tomllib.loads(pathlib.Path("params.toml").read_text())
log = os.environ.get("TRAININGS")
if params.get("broken"):
    raise SystemExit("this commit does not train")
out = pathlib.Path("out")
out.mkdir(exist_ok=True)
rows = len(pathlib.Path("data/rows.csv").read_text().splitlines())
accuracy = params["accuracy"] + rows / 1000
if params.get("chance"):
    accuracy += int.from_bytes(os.urandom(4), "little")
(out / "metrics.json").write_text(json.dumps({"accuracy": accuracy, "loss": params["loss"]}))
(out / "model.json").write_text(json.dumps({"weight": params["weight"], "bias": 1}))
"""
USUAL: dict[str, object] = {"accuracy": 0.9, "loss": 0.5, "weight": 1}


def git(folder: Path, *arguments: str) -> str:
    named = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    done = subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def toml(values: dict[str, object]) -> str:
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


class ModelHistory:
    """A repository of one model, a commit a call."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "data").mkdir(parents=True)
        git(folder, "init", "-q", "-b", "main")
        (folder / "repro.toml").write_text(CONFIG)
        (folder / "train.py").write_text(TRAIN)
        (folder / "data" / "rows.csv").write_text("a\n1\n")
        (folder / ".gitignore").write_text("/out/\n/.repro/\n")
        self.commits: list[str] = []

    def commit(self, subject: str = "a change", *, accept: bool = False, **params: object) -> str:
        (self.folder / "params.toml").write_text(toml({**USUAL, **params}))
        (self.folder / "notes.txt").write_text(f"{len(self.commits)}\n")
        if accept:
            repro(self.folder, "verify", "-q", "--no-repeat")
            assert repro(self.folder, "accept").returncode == 0
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-qm", subject)
        self.commits.append(git(self.folder, "rev-parse", "HEAD"))
        return self.commits[-1]

    def edit(self, number: int) -> None:
        """Change the code without changing what it makes."""
        (self.folder / "train.py").write_text(f"{TRAIN}# edit {number}\n")

    def bisect(self, *arguments: str, status: int = 0) -> dict[str, object]:
        done = repro(self.folder, "bisect", *arguments, "-q", "--json")
        found = json.loads(done.stdout)
        assert status == done.returncode == found["exit_code"], done.stdout + done.stderr
        return found


@pytest.fixture
def model(tmp_path: Path) -> ModelHistory:
    return ModelHistory(tmp_path / "model")


def twenty(model: ModelHistory) -> tuple[str, str]:
    """Commit twenty times; returns the commits that change a metric and a leaf."""
    for number in range(20):
        model.edit(number // 2)
        changed = {"accuracy": 0.8} if number >= 13 else {}
        model.commit(f"change {number}", **changed, weight=2 if number >= 6 else 1)
    return model.commits[13], model.commits[6]


def found_commit(found: dict[str, object]) -> str:
    assert "found" == found["outcome"], found
    (candidate,) = found["candidates"]
    return candidate["commit"]


def test_the_commits_that_changed_a_metric_and_a_leaf_are_found_and_the_working_tree_stays(
    model: ModelHistory,
) -> None:
    metric, leaf = twenty(model)
    (model.folder / "train.py").write_text("raise SystemExit('edited, and not committed')\n")
    before = (git(model.folder, "status", "--porcelain"), git(model.folder, "stash", "list"))
    found = model.bisect(model.commits[0], "--metric", "out/metrics.json:accuracy")
    assert metric == found_commit(found)
    assert (0.902, 0.802) == (found["before"], found["after"])
    assert [("params", "params.toml: accuracy")] == [
        (each["kind"], each["name"]) for each in found["materials"]
    ]
    assert {"params.toml", "notes.txt"} == set(found["files"])
    assert found["trainings"] <= 2 + 4 + 2
    found = model.bisect(model.commits[0], "--leaf", "out/model.json:weight")
    assert leaf == found_commit(found)
    again = model.bisect(model.commits[0], "--leaf", "out/model.json:weight")
    assert 0 == again["trainings"]
    assert before == (git(model.folder, "status", "--porcelain"), git(model.folder, "stash", "list"))
    assert not (model.folder / "out").exists()
    log = repro(model.folder, "bisect", "--log").stdout
    assert re.search(rf"^changed {leaf} change 6 · trained", log, re.MULTILINE)


def test_accepted_baselines_answer_without_training_and_stale_ones_do_not(model: ModelHistory) -> None:
    for number in range(7):
        model.edit(number // 2)
        model.commit(f"change {number}", accept=number not in {1, 5}, accuracy=0.8 if number >= 4 else 0.9)
    metric = model.commits[4]
    found = model.bisect(model.commits[0], "--metric", "out/metrics.json:accuracy")
    assert metric == found_commit(found)
    assert 0 == found["trainings"]
    assert {"accepted baseline"} == {step["source"] for step in found["steps"]}
    stale = model.commit("not accepted", accuracy=0.7)
    found = model.bisect(metric, "--metric", "out/metrics.json:accuracy", "--no-repeat")
    assert stale == found_commit(found)
    assert 1 == found["trainings"]


def test_commits_that_do_not_train_leave_a_range(model: ModelHistory) -> None:
    for number in range(9):
        model.edit(number)
        model.commit(f"change {number}", accuracy=0.8 if number >= 4 else 0.9, broken=number in {3, 4})
    found = model.bisect(model.commits[0], "--metric", "out/metrics.json:accuracy", status=1)
    assert "range" == found["outcome"]
    assert model.commits[3:6] == [each["commit"] for each in found["candidates"]]
    skipped = [step for step in found["steps"] if step["answer"] == "skipped"]
    assert model.commits[3:5] == sorted((s["commit"] for s in skipped), key=model.commits.index)
    assert all("train" in step["reason"] for step in skipped)
    shown = repro(model.folder, "bisect", model.commits[0], "-q").stdout
    assert "changed with one of these 3 commits" in shown


def test_a_result_that_depends_on_chance_is_named(model: ModelHistory) -> None:
    model.commit("steady")
    for number in range(3):
        model.edit(number)
        model.commit("chance", chance=True)
    found = model.bisect(model.commits[0], "--metric", "out/metrics.json:accuracy", status=1)
    assert found["flaky"]
    assert any("disagrees with itself" in note for note in found["notes"])


def test_a_result_that_changes_twice_and_one_that_does_not_change_are_told(model: ModelHistory) -> None:
    for number, accuracy in enumerate([0.9, 0.5, 0.5, 0.9, 0.9, 0.4]):
        model.edit(number)
        model.commit(f"change {number}", accept=True, accuracy=accuracy)
    found = model.bisect(model.commits[0], "--metric", "out/metrics.json:accuracy")
    assert model.commits[5] == found_commit(found)
    (note,) = [note for note in found["notes"] if "more than once" in note]
    assert [1, 3, 5] == [place for place, commit in enumerate(model.commits) if commit[:12] in note]
    found = model.bisect(model.commits[0], model.commits[4], status=1)
    assert "unchanged" == found["outcome"]
    found = model.bisect(
        model.commits[0], "--metric", "out/metrics.json:accuracy", "--by", "0.45", "--no-repeat"
    )
    assert model.commits[5] == found_commit(found)
    assert "unchanged" == model.bisect(model.commits[0], "--leaf", "out/model.json:bias", status=1)["outcome"]


def test_the_commit_that_fails_its_own_baseline_is_found(model: ModelHistory) -> None:
    model.commit("accepted", accept=True)
    model.edit(1)
    model.commit("harmless")
    bad = model.commit("not accepted", accuracy=0.7)
    model.edit(2)
    model.commit("later", accuracy=0.7)
    assert bad == found_commit(model.bisect(model.commits[0], "--verdict", "--no-repeat"))


def test_a_search_that_is_killed_goes_on_where_it_was(model: ModelHistory) -> None:
    twenty(model)
    command = [sys.executable, "-m", "repro_action", "bisect", model.commits[0]]
    process = subprocess.Popen(
        command, cwd=model.folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "training left" in line or "trainings left" in line:
            os.kill(process.pid, signal.SIGKILL)
            break
    process.wait()
    process.stderr.close()
    kept = len(list((model.folder / ".repro" / "bisect" / "trained").iterdir()))
    assert kept >= 2
    whole = model.bisect(model.commits[0])
    assert model.commits[6] == found_commit(whole)
    records = list((model.folder / ".repro" / "bisect" / "trained").iterdir())
    assert whole["trainings"] == len(records) - kept
    assert [] == list((model.folder / ".repro" / "checkouts").iterdir())


def test_merges_configurations_that_moved_and_hostile_texts(model: ModelHistory) -> None:
    model.commit("first")
    git(model.folder, "checkout", "-qb", "side")
    (model.folder / "data" / "rows.csv").write_text("a\n1\n2\n3\n")
    side = model.commit("more rows")
    git(model.folder, "checkout", "-q", "main")
    git(model.folder, "merge", "-q", "--no-ff", "-m", "merge \x1b[31m\u202eside", "side")
    merge = git(model.folder, "rev-parse", "HEAD")
    (model.folder / "models").mkdir()
    for name in ("repro.toml", "train.py", "params.toml", "data"):
        git(model.folder, "mv", name, f"models/{name}")
    (model.folder / "x\x1b[2J\n.txt").write_text("")
    git(model.folder, "add", "-A")
    git(model.folder, "commit", "-qm", "moved")
    folder = model.folder / "models"
    done = repro(folder, "bisect", model.commits[0], "-q")
    assert 0 == done.returncode, done.stdout + done.stderr
    assert f"changed with commit {merge[:12]} (a merge)" in done.stdout
    assert f"repro bisect {model.commits[0][:12]} {side[:12]}" in done.stdout
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


def test_what_does_not_fit_together_is_one_clear_error(model: ModelHistory, tmp_path: Path) -> None:
    first, second = model.commit("first"), model.commit("second", accuracy=0.8)
    git(model.folder, "checkout", "-q", "--orphan", "other")
    git(model.folder, "commit", "-qm", "unrelated")
    unrelated = git(model.folder, "rev-parse", "HEAD")
    git(model.folder, "checkout", "-q", "main")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{model.folder}", str(shallow))
    metric = ("--metric", "out/metrics.json:acuracy")
    cases = [
        (model.folder, (second, first), "is not an ancestor", "wrong order"),
        (model.folder, (unrelated, "main"), "is not an ancestor", "fetch-depth: 0"),
        (model.folder, ("nowhere",), "does not know the revision", "fetch"),
        (model.folder, (first, first), "the same commit", ""),
        (model.folder, (first, second, *metric), "has no metric", "accuracy"),
        (
            model.folder,
            (first, "--metric", "accuracy"),
            "does not name a metric",
            "out/metrics.json:accuracy",
        ),
        (model.folder, (first, "--by", "1"), "--by needs --metric", ""),
        (model.folder, (), "no commit was named", ""),
        (model.folder, ("--output=x",), "", ""),
        (shallow, (first,), "does not know the revision", "fetch-depth: 0"),
    ]
    for folder, arguments, what, remedy in cases:
        done = repro(folder, "bisect", *arguments, "-q")
        assert 2 == done.returncode, (arguments, done.stdout, done.stderr)
        assert what in done.stderr
        assert remedy in done.stderr
        assert "Traceback" not in done.stderr


def test_an_end_that_does_not_train_is_an_error_and_a_commit_without_configuration_is_skipped(
    model: ModelHistory,
) -> None:
    model.commit("first")
    text = (model.folder / "repro.toml").read_text()
    (model.folder / "repro.toml").write_text("not = [toml")
    model.commit("damaged")
    (model.folder / "repro.toml").write_text(text)
    model.commit("changed", accuracy=0.8)
    found = model.bisect(model.commits[0], status=1)
    assert model.commits[1:3] == [each["commit"] for each in found["candidates"]]
    model.commit("broken", broken=True)
    done = repro(model.folder, "bisect", model.commits[0], "-q")
    assert 2 == done.returncode
    assert "cannot be told" in done.stderr


def test_history_from_before_the_configuration_is_searched_with_the_present_one(model: ModelHistory) -> None:
    text = (model.folder / "repro.toml").read_text()
    (model.folder / "repro.toml").unlink()
    model.commit("first")
    changed = model.commit("changed", accuracy=0.8)
    (model.folder / "repro.toml").write_text(text)
    model.commit("configured", accuracy=0.8)
    done = repro(model.folder, "bisect", model.commits[0], "-q")
    assert 2 == done.returncode
    assert "has no configuration" in done.stderr
    assert changed == found_commit(model.bisect(model.commits[0], "--present-config", "--no-repeat"))
