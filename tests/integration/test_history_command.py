# SPDX-License-Identifier: Apache-2.0
"""`repro history` over a real repository: all baselines of all models, and nothing of them is believed."""

import json

import jsonschema
import pytest
from history_repository import EVIL, HistoryRepository, baseline, build
from integration.command import repro

from repro_action import schemas


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return build(tmp_path_factory.mktemp("history") / "models")


def document(made, *arguments):
    done = repro(made.root, "history", "--json", *arguments)
    assert (0, "reading baselines\n") == (done.returncode, done.stderr)
    found = json.loads(done.stdout)
    jsonschema.validate(found, schemas.load("history.v1"))
    return found


def model(found, config):
    return next(one for one in found["models"] if one["config"] == config)


def test_each_model_has_its_baselines_the_newest_first(made):
    found = document(made)
    assert ["churn", EVIL, "wine"] == [one["name"] for one in found["models"]]
    wine = model(found, "models/wine/repro.toml")
    assert [
        *(f"Deeper trees, try {number}" for number in (3, 2, 1, 0)),
        EVIL,
        "Wine 2",
        "Wine 1",
        "Wine 0",
    ] == [one["subject"] for one in wine["versions"]]
    values = [point["value"] for point in wine["metrics"][0]["points"]]
    assert ("accuracy", "max", [0.91, 0.93, 0.92, 0.94, 0.95, 0.97, 0.965]) == (
        wine["metrics"][0]["name"], wine["metrics"][0]["goal"], values,
    )  # fmt: skip


def test_a_baseline_says_what_it_changed(made):
    newest, *_, first = model(document(made), "models/wine/repro.toml")["versions"]
    (change,) = newest["changes"]
    assert [("accuracy", 0.97, 0.965)] == [
        (row["name"], row["before"], row["after"]) for row in change["metrics"] if row["name"] == "accuracy"
    ]
    assert ["out/model.joblib"] == [one["path"] for one in change["artifacts"]]
    assert (True, []) == (first["first"], first["changes"])


def test_a_broken_baseline_is_named_and_the_next_one_compared_with_the_one_before(made):
    versions = model(document(made), "models/wine/repro.toml")["versions"]
    broken = next(one for one in versions if one["subject"] == EVIL)
    assert "JSON" in broken["fault"]
    after = versions[versions.index(broken) - 1]
    assert {(0.92, 0.94)} == {
        (row["before"], row["after"])
        for change in after["changes"]
        for row in change["metrics"]
        if row["name"] == "accuracy"
    }


def test_the_address_has_no_credentials(made):
    done = repro(made.root, "history", "--json")
    assert "secret" not in done.stdout
    assert "https://github.com/acme/models" == json.loads(done.stdout)["address"]


def test_the_same_commit_gives_the_same_bytes_in_any_clone(made, tmp_path):
    made.git("clone", "--quiet", str(made.root), str(tmp_path / "elsewhere"))
    texts = []
    for folder in (made.root, tmp_path / "elsewhere"):
        made.git("-C", str(folder), "remote", "set-url", "origin", "https://github.com/acme/models")
        texts.append(repro(folder, "history", "--json").stdout)
    made.write("models/wine/repro.toml", "not committed")
    texts.append(repro(made.root, "history", "--json").stdout)
    made.git("checkout", "--quiet", "--", "models/wine/repro.toml")
    assert 1 == len(set(texts))


def test_the_terminal_has_a_line_for_each_baseline_and_nothing_foreign_moves_the_cursor(made):
    done = repro(made.root, "history")
    assert "3 models, 11 accepted baselines" in done.stdout
    assert "accuracy  0.965 (was 0.97)  " in done.stdout
    assert "\u202e" not in done.stdout
    assert r"\u202eevil" in done.stdout


def test_patterns_and_a_revision_choose(made):
    assert ["churn"] == [one["name"] for one in document(made, "models/churn")["models"]]
    wine = model(document(made, "--at", "HEAD~5"), "models/wine/repro.toml")
    assert ("accepted", "Deeper trees, try 0") == (wine["state"], wine["versions"][0]["subject"])


def test_a_baseline_that_moved_with_its_model_is_followed_and_another_ones_is_not(tmp_path):
    repository = HistoryRepository(tmp_path / "moving")
    repository.model("a", "one")
    repository.accept("a", baseline("one", 0.5), "first")
    repository.git("mv", "a", "b")
    repository.commit("moved")
    repository.accept("b", baseline("one", 0.6, content="y"), "second")
    repository.git("rm", "-r", "--quiet", "b")
    repository.model("c", "two")
    repository.accept("c", baseline("two", 0.6, content="y"), "another model")
    before = model(document(repository, "--at", "HEAD~1"), "b/repro.toml")
    assert [("second", "b"), ("first", "a")] == [
        (one["subject"], one["path"].partition("/")[0]) for one in before["versions"]
    ]
    after = model(document(repository), "c/repro.toml")
    assert ["another model"] == [one["subject"] for one in after["versions"]]


def test_outside_of_a_repository_it_says_so(tmp_path):
    done = repro(tmp_path, "history", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert 2 == done.returncode
    assert "there is no git repository here" in done.stderr


def test_a_shallow_clone_is_named(made, tmp_path):
    made.git("clone", "--quiet", "--depth=2", made.root.as_uri(), str(tmp_path / "shallow"))
    done = repro(tmp_path / "shallow", "history")
    assert "git fetch --unshallow" in done.stdout
