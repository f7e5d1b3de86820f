# SPDX-License-Identifier: Apache-2.0
"""Predictions of a small project, compared row by row by the real commands."""

from __future__ import annotations

import json
import shutil

import pytest
from dvc_projects import git
from integration.command import TRAIN_STEP, repro

TRAIN = """\
import csv, json, pathlib, tomllib
flipped = tomllib.loads(pathlib.Path("params.toml").read_text())["flipped"]
pathlib.Path("out").mkdir(exist_ok=True)
classes = ["setosa", "versicolor", "virginica"]
truth = [classes[row % 3] for row in range(45)]
labels = [classes[(row + (row in flipped)) % 3] for row in range(45)]
with open("out/predictions.csv", "w", newline="") as file:
    rows = ((f"iris-{row:02}", labels[row], row / 64, truth[row]) for row in range(45))
    csv.writer(file).writerows([("id", "prediction", "score", "y"), *rows])
right = sum(label == known for label, known in zip(labels, truth))
pathlib.Path("out/metrics.json").write_text(json.dumps({"accuracy": right / 45}))
"""
CONFIG = f"""{TRAIN_STEP}
inputs = ["train.py"]
params = ["params.toml"]
outputs = ["out/predictions.csv", "out/metrics.json"]
[metrics."out/metrics.json"]
accuracy = {{ goal = "max" }}
[predictions."out/predictions.csv"]
key = "id"
label = "prediction"
score = "score"
truth = "y"
"""
# Wrong at first: rows 1, 2, 3, 4. Wrong then: rows 1, 11, 12, 14. So 2, 3, 4 are newly right and 11, 12,
# 14 newly wrong: six flips, and 41 of 45 are right on both sides.
FIRST, THEN = "flipped = [1, 2, 3, 4]", "flipped = [1, 11, 12, 14]"
LINE = "same accuracy, 6 of 45 decisions differ (3 newly wrong, 3 newly right)"


def commit(root, name):
    git(root, "add", "-A")
    git(root, "commit", "-qm", name)


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "iris"
    folder.mkdir()
    files = {"train.py": TRAIN, "repro.toml": CONFIG, "params.toml": FIRST, ".gitignore": ".repro/\nout/\n"}
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "init", "-qb", "main")
    accepted(folder)
    commit(folder, "first")
    return folder


def accepted(root):
    repro(root, "verify", "-q", "--no-repeat")
    assert 0 == repro(root, "accept").returncode


def verified(root, *arguments):
    done = repro(root, "verify", "-q", "--no-repeat", "--json", *arguments)
    return json.loads(done.stdout)


def test_a_run_names_the_decisions_that_differ_from_the_baseline(root):
    (root / "params.toml").write_text(THEN)
    (found,) = verified(root)["claim"]["predictions"]
    decided = found["decisions"]
    assert (45, 6, 3, 3) == tuple(decided[key] for key in ("rows", "differing", "newly_wrong", "newly_right"))
    assert (41, 41) == (decided["right_before"], decided["right_after"])
    assert 6 == sum(flip["count"] for flip in decided["flips"])
    assert ("the copy kept in .repro/products", "the working tree") == (
        found["source_before"],
        found["source_after"],
    )
    assert "iris-11" not in (root / ".repro/report.md").read_text()
    assert f"{LINE[0].upper()}{LINE[1:]}." in (root / ".repro/report.md").read_text()


def test_rows_are_shown_where_the_configuration_asks_for_them(root):
    (root / "params.toml").write_text(THEN)
    (root / "repro.toml").write_text(CONFIG + "show_rows = true\n")
    done = repro(root, "verify", "-q", "--no-repeat")
    assert "row iris-11: virginica → setosa, score 0.171875 → 0.171875, newly wrong" in done.stdout
    assert "| `row iris-02` | setosa → virginica, " in (root / ".repro/report.md").read_text()


def test_a_change_of_the_baseline_names_the_decisions_that_it_flips(root):
    git(root, "checkout", "-qb", "change")
    (root / "params.toml").write_text(THEN)
    accepted(root)
    commit(root, "change")
    report = verified(root, "--against", "main")
    assert "predictions" not in report["claim"]
    (found,) = report["change"]["predictions"]
    assert (6, "the copy kept in .repro/products") == (
        found["decisions"]["differing"],
        found["source_before"],
    )
    assert LINE in repro(root, "verify", "--no-repeat", "--against", "main").stdout


def test_where_no_rows_are_at_hand_that_is_said(root):
    (root / "params.toml").write_text(THEN)
    shutil.rmtree(root / ".repro/products")
    (found,) = verified(root)["claim"]["predictions"]
    assert "no copy of it is kept on this machine; no archive is configured; commit" in found["absent"]
    assert "does not have the file" in found["absent"]
    assert "decisions" not in found or found["decisions"] is None


def test_rows_that_are_committed_are_taken_from_git(root):
    (root / ".gitignore").write_text(".repro/\n")
    commit(root, "outputs")
    (root / "params.toml").write_text(THEN)
    shutil.rmtree(root / ".repro/products")
    (found,) = verified(root)["claim"]["predictions"]
    assert found["source_before"].startswith("git at commit ")
    assert 6 == found["decisions"]["differing"]


def test_rows_are_taken_from_the_archive(root):
    (root / "repro.toml").write_text(CONFIG + '[archive]\nurl = "../kept"\n')
    repro(root, "verify", "-q", "--no-repeat")
    assert 0 == repro(root, "accept", "--keep").returncode
    (root / "params.toml").write_text(THEN)
    shutil.rmtree(root / ".repro/products")
    (found,) = verified(root)["claim"]["predictions"]
    assert ("the archive", 6) == (found["source_before"], found["decisions"]["differing"])


def test_a_copy_that_was_changed_is_not_believed(root):
    (kept,) = (root / ".repro/products").glob("*/predictions.csv")
    kept.write_bytes(kept.read_bytes().replace(b"setosa", b"sativa"))
    (root / "params.toml").write_text(THEN)
    (found,) = verified(root)["claim"]["predictions"]
    assert "no copy of it is kept" in found["absent"]


def test_two_revisions_are_compared_row_by_row(root):
    (root / "params.toml").write_text(THEN)
    accepted(root)
    commit(root, "change")
    assert LINE in repro(root, "diff", "main~1", "main").stdout
    found = json.loads(repro(root, "diff", "main~1", "@last", "--json").stdout)
    assert 6 == found["comparison"]["predictions"][0]["decisions"]["differing"]


def test_files_and_folders_are_compared_as_they_are_declared(root, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(root / "out", other)
    text = (other / "predictions.csv").read_text()
    (other / "predictions.csv").write_text(text.replace("iris-44,virginica", "iris-44,setosa"))
    line = "1 of 45 decisions differs (1 newly wrong, 0 newly right)"
    assert line in repro(root, "diff", "out", str(other)).stdout
    done = repro(root, "diff", "out/predictions.csv", str(other / "predictions.csv"), "--show-rows")
    assert line in done.stdout
    assert "row iris-44: virginica → setosa, score 0.6875 → 0.6875, newly wrong" in done.stdout


def test_files_without_a_project_are_recognised_by_their_columns(tmp_path):
    (tmp_path / "a.csv").write_text("id,y_pred,y_true\n1,a,a\n2,a,b\n")
    (tmp_path / "b.csv").write_text("id,y_pred,y_true\n2,b,b\n1,a,a\n")
    done = repro(tmp_path, "diff", "a.csv", "b.csv")
    assert "1 of 2 decisions differs (0 newly wrong, 1 newly right)" in done.stdout
    assert "recognised by the names of columns: id, y_pred, y_true" in done.stdout
