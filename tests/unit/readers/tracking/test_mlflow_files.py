# SPDX-License-Identifier: Apache-2.0
"""MLflow's runs by their meaning: what names a run, what is kept of it, and what is no store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from repro_action.listing import flatten
from repro_action.readers import read_artifact
from repro_action.tree import Tree

EXPERIMENT = "artifact_location: file:///x\nexperiment_id: '{id}'\nlifecycle_stage: active\nname: {name}\n"
RUN = "experiment_id: '1'\nlifecycle_stage: active\nrun_id: {id}\nrun_name: {name}\nstatus: 3\nuser_id: me\n"


def store(folder: Path, runs: Mapping[str, tuple[str, Mapping[str, str]]]) -> Path:
    """Write runs, by their ids: name, and texts by path."""
    below = folder / "mlruns" / "1"
    below.mkdir(parents=True)
    (below / "meta.yaml").write_text(EXPERIMENT.format(id=1, name="wine"))
    for number, (name, files) in runs.items():
        for path, text in {"meta.yaml": RUN.format(id=number, name=name), **files}.items():
            file = below / number / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return folder / "mlruns"


def paths(tree: Tree) -> list[str]:
    prefix = "experiments['wine']"
    return [path.removeprefix(prefix) for path in flatten(tree.root) if path.startswith(prefix)]


def test_runs_with_drawn_names_go_by_their_parameters(tmp_path: Path):
    loss = "1 0.5 0\n2 0.25 1\n"
    one = {
        "a": ("big-cat-12", {"params/depth": "3", "metrics/loss": loss}),
        "b": ("shy-owl-7", {"params/depth": "4"}),
    }
    other = {
        "c": ("shy-owl-1", {"params/depth": "4"}),
        "d": ("mad-fox-2", {"params/depth": "3", "metrics/loss": loss}),
    }
    left, right = (read_artifact(store(tmp_path / name, runs)) for name, runs in (("x", one), ("y", other)))
    assert left.root == right.root
    assert ".runs[depth='3'].metrics['loss']" in paths(left)
    assert {"mlflow-ids", "mlflow-names", "mlflow-source", "mlflow-times"} == {
        one.rule for one in left.excluded
    }


def test_runs_of_one_name_are_ordered_by_content(tmp_path: Path):
    runs = {"a": ("fit", {"params/depth": "3"}), "b": ("fit", {"params/depth": "4"})}
    swapped = {"a": runs["b"], "b": runs["a"]}
    one, other = (read_artifact(store(tmp_path / str(n), found)) for n, found in enumerate((runs, swapped)))
    assert one.root == other.root
    assert {".runs['fit'][0].params['depth']", ".runs['fit'][1].params['depth']"} <= {*paths(one)}


@pytest.mark.parametrize(
    ("path", "before", "after", "named"),
    [
        ("params/depth", "3", "4", ".params['depth']"),
        ("metrics/a/b", "1 0.5 0\n", "1 0.5 1\n", ".steps['a/b']"),
        ("metrics/loss", "1 0.5 0\n", "1 nan 0\n", ".metrics['loss']"),
        ("tags/kind", "tree", "net", ".tags['kind']"),
        ("artifacts/model/metrics.json", '{"f1": 0.5}', '{"f1": 0.6}', "/artifacts/model/metrics.json['f1']"),
    ],
)
def test_a_change_is_named(path: str, before: str, after: str, named: str, tmp_path: Path):
    trees = [
        read_artifact(store(tmp_path / str(n), {str(n) * 32: ("fit", {path: text})}))
        for n, text in enumerate((before, after))
    ]
    one, other = (flatten(tree.root) for tree in trees)
    assert [f"experiments['wine'].runs['fit']{named}"] == [key for key in one if one[key] != other[key]]


def test_times_and_users_are_left_out(tmp_path: Path):
    texts = {"metrics/loss": "1 0.5 0\n", "tags/mlflow.user": "me", "tags/mlflow.source.git.commit": "a" * 40}
    other = {
        "metrics/loss": "9 0.5 0\n",
        "tags/mlflow.user": "you",
        "tags/mlflow.source.git.commit": "b" * 40,
    }
    one, two = (
        read_artifact(store(tmp_path / str(n), {str(n): ("fit", t)})) for n, t in enumerate((texts, other))
    )
    assert one.root == two.root


def test_a_parent_is_the_place_of_its_run(tmp_path: Path):
    runs = {"p": ("search", {}), "c": ("fit", {"tags/mlflow.parentRunId": "p"})}
    tree = read_artifact(store(tmp_path, runs))
    leaf = flatten(tree.root)["experiments['wine'].runs['fit'].tags['mlflow.parentRunId']"]
    assert leaf.payload is not None
    assert [b"experiments['wine'].runs['search']"] == [bytes(chunk) for chunk in leaf.payload.chunks(100)]


def test_a_store_inside_a_folder_is_read_as_one(tmp_path: Path):
    store(tmp_path / "out", {"a": ("fit", {"params/depth": "3"})})
    tree = read_artifact(tmp_path / "out")
    assert "mlruns.experiments['wine'].runs['fit'].params['depth']" in flatten(tree.root)
    assert any(entry.path == "mlruns.experiments['wine'].runs['fit'].id" for entry in tree.excluded)


@pytest.mark.parametrize("text", ["1 0.5\n", "1 0.5 0", "1 x 0\n", "no metric\n"])
def test_what_mlflow_would_not_write_is_a_folder(text: str, tmp_path: Path):
    tree = read_artifact(store(tmp_path, {"a": ("fit", {"metrics/loss": text})}))
    assert "folder" == tree.format
    assert "1/a/metrics/loss" in flatten(tree.root)


def test_a_link_in_a_store_is_not_followed(tmp_path: Path):
    place = store(tmp_path, {"a": ("fit", {"params/depth": "3"})})
    (tmp_path / "secret").write_text("7")
    (place / "1" / "a" / "params" / "width").symlink_to(tmp_path / "secret")
    assert "folder" == read_artifact(place).format
