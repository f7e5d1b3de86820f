"""Records of searches: what Optuna and scikit-learn wrote is read, and what nobody wrote is refused."""

from __future__ import annotations

import json
import pickle
import sqlite3
from pathlib import Path

import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from repro_action.errors import ArtifactUnreadable
from repro_action.readers import read_artifact
from repro_action.readers.protocol import ReadOptions
from repro_action.readers.searches.record import (
    MOST_TRIALS,
    SearchGoal,
    SearchRecord,
    SearchStudy,
    SearchTrial,
    TrialState,
    from_text,
    to_text,
)

WORKER = "addfa73b-0639-4be8-9193-ede026906cfe-1"
FLOAT = json.dumps({"name": "FloatDistribution", "attributes": {"low": 0.0, "high": 1.0, "log": False}})
CHOICE = json.dumps({"name": "CategoricalDistribution", "attributes": {"choices": ["a; rm -rf /", None]}})


def line(code: int, **more: object) -> str:
    return json.dumps({"op_code": code, "worker_id": WORKER, **more})


BEGIN = line(0, study_name="s", directions=[1])


def trial(number: int, value: float | None, *, state: int = 1) -> list[str]:
    values = None if value is None else [value]
    return [
        line(4, study_id=0, datetime_start=f"2026-01-01T00:00:{number:02}+00:00"),
        line(5, trial_id=number, param_name="x", param_value_internal=value or 0.0, distribution=FLOAT),
        line(5, trial_id=number, param_name="../k", param_value_internal=0, distribution=CHOICE),
        line(6, trial_id=number, state=state, values=values, datetime_complete="2026-01-01T00:00:59"),
    ]


def read(path: Path) -> SearchRecord:
    tree = read_artifact(path, ReadOptions(search=True))
    assert "search" == tree.format, tree.reason
    return from_text(b"".join(map(bytes, tree.root.payload.chunks(1 << 20))).decode())


def journal(folder: Path, *lines: str) -> Path:
    path = folder / "study.log"
    path.write_text("\n".join([BEGIN, *lines]) + "\n")
    return path


def test_a_journal_is_what_its_operations_make(tmp_path):
    path = journal(
        tmp_path,
        *trial(0, 0.5),
        *trial(1, None, state=3),
        line(6, trial_id=0, state=1, values=[0.1]),  # it has ended already
        line(0, study_name="s", directions=[2]),  # it is there already
        line(2, study_id=0, user_attr={"why": "x"}),
        line(4, study_id=0, datetime_start=None, state=4, system_attrs={"fixed_params": {"x": 0.25}}),
        line(6, trial_id=2, state=0, values=None, datetime_start="2026-01-01T00:01:00"),
        line(7, trial_id=2, step=1, intermediate_value=float("nan")),
        line(8, trial_id=2, user_attr={"note": ["any"]}),
    )
    (study,) = read(path).studies
    first, failed, running = study.trials
    assert (SearchGoal.MIN,) == study.goals
    assert {"x": 0.5, "../k": "a; rm -rf /"} == first.chosen
    assert ((0.5,), TrialState.COMPLETE, WORKER) == (first.values, first.state, first.worker)
    assert (TrialState.FAILED, ()) == (failed.state, failed.values)
    assert (TrialState.RUNNING, {"note": ["any"]}) == (running.state, running.user_attrs)
    assert (1, True) == (running.points[0][0], running.points[0][1] != running.points[0][1])
    assert {"fixed_params": {"x": 0.25}} == running.system_attrs
    assert first.started is not None
    assert failed.started == first.started + 1


@pytest.mark.parametrize(
    "bad",
    [
        "[]",
        "{",
        line(10, trial_ids=[0]),
        line(True),
        line(6, trial_id=0, state=99, values=None),
        line(6, trial_id=0, state=1, values="many"),
        line(6, trial_id=0, state=1, values=[1], datetime_complete="yesterday"),
        line(5, trial_id=0, param_name=7, param_value_internal=0, distribution=FLOAT),
        line(5, trial_id=0, param_name="x", param_value_internal="0", distribution=FLOAT),
        line(5, trial_id=0, param_name="x", param_value_internal=0, distribution="[1]"),
        line(5, trial_id=0, param_name="x", param_value_internal=0, distribution="[" * 100_000),
        line(0, study_name="other", directions=[7]),
        line(9, trial_id=0, system_attr="x"),
        "[" * 100_000,
    ],
)
def test_a_malformed_journal_is_one_error(tmp_path, bad):
    path = journal(tmp_path, line(4, study_id=0, datetime_start=None), bad)
    with pytest.raises(ArtifactUnreadable):
        read(path)


def test_too_many_trials_are_refused():
    trials = (SearchTrial(number=0, state=TrialState.WAITING),) * (MOST_TRIALS + 1)
    study = SearchStudy(name="s", goals=(SearchGoal.MIN,), trials=trials)
    with pytest.raises(ArtifactUnreadable, match="100000 trials"):
        to_text(SearchRecord(library="optuna", studies=(study,)))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"library": "optuna", "studies": [{"name": 1}]}'])
def test_a_text_that_is_no_record_is_one_error(text):
    with pytest.raises(ArtifactUnreadable):
        from_text(text)


def test_files_without_a_search_say_what_they_are(tmp_path):
    (tmp_path / "a.json").write_text('{"a": 1}')
    with pytest.raises(ArtifactUnreadable, match="read as json"):
        read(tmp_path / "a.json")
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("CREATE TABLE studies (study_id INTEGER)")
    with pytest.raises(ArtifactUnreadable, match="no study of Optuna"):
        read(tmp_path / "a.db")
    with pytest.raises(ArtifactUnreadable, match="folder"):
        read(tmp_path)


@pytest.fixture(scope="module")
def grid():
    features, labels = load_iris(return_X_y=True)
    search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [1e-4, 1.0], "fit_intercept": [True]}, cv=2)
    return search.fit(features, labels)


def test_the_rows_of_a_grid_search_are_its_trials(tmp_path, grid):
    path = tmp_path / "search.pkl"
    path.write_bytes(pickle.dumps({"deep": [grid]}))
    (study,) = read(path).studies
    assert [{"C": 1e-4, "fit_intercept": True}, {"C": 1.0, "fit_intercept": True}] == [
        one.chosen for one in study.trials
    ]
    assert [tuple(one.values) for one in study.trials] == [
        (float(mean),) for mean in grid.cv_results_["mean_test_score"]
    ]
    assert (1, "", ()) == (study.winner, study.unranked, study.contradictions)


def test_a_search_that_names_another_row_is_contradicted(tmp_path, grid):
    forged = pickle.loads(pickle.dumps(grid))
    forged.best_index_ = type(grid.best_index_)(0)
    path = tmp_path / "search.pkl"
    path.write_bytes(pickle.dumps(forged))
    (study,) = read(path).studies
    assert 2 == len(study.contradictions)
    assert "best_params_ are not the parameters of row 0" in study.contradictions[0]
