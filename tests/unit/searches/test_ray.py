# SPDX-License-Identifier: Apache-2.0
"""An experiment of Ray Tune as the record of a search."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from repro_action.config.model import SearchConfig
from repro_action.errors import ArtifactUnreadable
from repro_action.readers import read_artifact
from repro_action.readers.protocol import ReadOptions
from repro_action.readers.searches.record import SearchGoal, SearchRecord, SearchStudy, TrialState, from_text
from repro_action.searches.best_trials import best_of, named_by
from repro_action.searches.reported_metric import with_metric

DATA = Path(__file__).parents[2] / "data" / "ray-experiment" / "one"


def read(path: Path) -> SearchRecord:
    tree = read_artifact(path, ReadOptions(search=True))
    assert "search" == tree.format, tree.reason
    return from_text(b"".join(map(bytes, tree.root.payload.chunks(1 << 20))).decode())


def study(path: Path = DATA, **keys: str) -> SearchStudy:
    return with_metric(read(path).studies[0], SearchConfig(path="exp", **keys))


def test_trials_have_their_place_their_parameters_and_what_they_reported():
    record = read(DATA)
    (found,) = record.studies
    assert ("ray", "loss", ()) == (record.library, found.metric, found.goals)
    assert [0.5, 0.25, 0.125] == [trial.chosen["lr"] for trial in found.trials]
    assert {TrialState.COMPLETE} == {trial.state for trial in found.trials}
    assert {"loss": 1.5, "eval/accuracy": 0.25} == found.trials[0].reported
    assert () == found.contradictions


@pytest.mark.parametrize(
    ("keys", "best"),
    [
        ({"goal": "min"}, (2,)),
        ({"goal": "max"}, (0,)),
        ({"goal": "max", "metric": "eval/accuracy"}, (0, 1, 2)),
    ],
)
def test_the_best_is_by_the_metric_and_its_goal(keys: dict[str, str], best: tuple[int, ...]):
    found = study(**keys)
    assert (SearchGoal(keys["goal"]),) == found.goals
    assert best == best_of(found)


@pytest.mark.parametrize(
    ("keys", "says", "remedy"),
    [
        ({}, "does not say whether more or less", "goal"),
        ({"goal": "min", "metric": "los"}, "no trial reported los", "'eval/accuracy', loss"),
    ],
)
def test_what_ray_does_not_record_is_asked_for(keys: dict[str, str], says: str, remedy: str):
    with pytest.raises(ArtifactUnreadable, match=says) as caught:
        study(**keys)
    assert remedy.replace("'", "") in caught.value.remedy.replace("'", "")


def test_a_file_names_the_winner_by_its_nested_parameters():
    found = study(goal="min")
    assert (2,) == named_by({"lr": 0.125, "model.depth": 1}, found)
    assert () == named_by({"lr": 0.125, "model.depth": 2}, found)


def edit(path: Path, change: Callable[[dict], None]) -> None:
    """Change the first trial of a state."""
    state = json.loads(path.read_text())
    pair = next(pair for pair in state["trial_data"] if '"experiment_tag": "0_' in pair[0])
    known = json.loads(pair[1])
    change(known)
    pair[1] = json.dumps(known)
    path.write_text(json.dumps(state))


def test_a_state_that_its_trials_deny_is_named(tmp_path: Path):
    copied = Path(shutil.copytree(DATA, tmp_path / "exp"))
    (state,) = copied.glob("experiment_state-*.json")
    edit(state, lambda known: known["last_result"].update(loss=0.5))
    said = study(copied, goal="min").contradictions
    assert [
        "result.json ends with loss 1.5, and the state has 0.5",
        "progress.csv ends with loss 1.5, and the state has 0.5",
    ] == [text.partition("/")[2] for text in said]


@pytest.mark.parametrize("name", ["../../etc", "/etc", "", "..", "x/y", "x" * 300, "\0", "\ud800", 7, None])
def test_a_trials_folder_is_never_outside_of_the_experiment(tmp_path: Path, name: object):
    copied = Path(shutil.copytree(DATA, tmp_path / "exp"))
    (state,) = copied.glob("experiment_state-*.json")
    content = json.loads(state.read_text())
    for pair in content["trial_data"]:
        pair[0] = json.dumps({**json.loads(pair[0]), "relative_logdir": name})
    state.write_text(json.dumps(content))
    assert () == study(copied, goal="min").contradictions


def test_what_was_pickled_is_never_loaded(tmp_path: Path):
    copied = Path(shutil.copytree(DATA, tmp_path / "exp"))
    (state,) = copied.glob("experiment_state-*.json")
    content = json.loads(state.read_text())
    for pair in content["trial_data"]:
        fallback = {"_type": "CLOUDPICKLE_FALLBACK", "value": "8005952e"}
        pair[0] = json.dumps({**json.loads(pair[0]), "config": {"f": fallback}})
    state.write_text(json.dumps(content))
    assert {"f": "<pickled 8005952e>"} == study(copied, goal="min").trials[0].chosen


def test_a_folder_of_something_else_is_no_record(tmp_path: Path):
    with pytest.raises(ArtifactUnreadable, match="experiment_state"):
        read_artifact(tmp_path, ReadOptions(search=True))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("progress.csv", "loss\n" + "x" * 200_000),
        ("result.json", "[" * 100_000),
        ("result.json", "7\n"),
        ("params.json", "{"),
        ("result.json", '{"loss": ' + "9" * 5000 + "}"),
    ],
)
def test_a_malformed_file_of_a_trial_is_named(tmp_path: Path, name: str, text: str):
    copied = Path(shutil.copytree(DATA, tmp_path / "exp"))
    for folder in copied.glob("train_*"):
        (folder / name).write_text(text)
    with pytest.raises(ArtifactUnreadable, match=name):
        read_artifact(copied, ReadOptions(search=True))


def written(tmp_path: Path, *trials: dict[str, object], config: str = "{}") -> Path:
    """Write an experiment with trials that reported a loss of 1."""
    known = json.dumps({"last_result": {"loss": 1}})
    pairs = [
        [json.dumps({"config": 0, **trial}).replace('"config": 0', f'"config": {config}'), known]
        for trial in trials
    ]
    (tmp_path / "experiment_state-2026-01-01_00-00-00.json").write_text(json.dumps({"trial_data": pairs}))
    return tmp_path


def test_parameters_without_end_of_depth_are_refused(tmp_path: Path):
    deep = '{"a": ' * 900 + "1" + "}" * 900
    with pytest.raises(ArtifactUnreadable, match="nested more than 200 levels"):
        read(written(tmp_path, {"experiment_tag": "0_a"}, config=deep))


def test_a_folder_of_two_trials_is_refused(tmp_path: Path):
    with pytest.raises(ArtifactUnreadable, match="the same folder"):
        read(written(tmp_path, {"relative_logdir": "t"}, {"relative_logdir": "t"}))


def test_a_state_that_is_a_link_is_not_followed(tmp_path: Path):
    real = written(tmp_path, {"experiment_tag": "0_a"}) / "experiment_state-2026-01-01_00-00-00.json"
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp" / real.name).symlink_to(real)
    with pytest.raises(ArtifactUnreadable, match="without the experiment_state"):
        read(tmp_path / "exp")
