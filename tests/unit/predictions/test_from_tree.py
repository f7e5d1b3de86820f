# SPDX-License-Identifier: Apache-2.0
"""Columns of predictions out of the files that people write."""

import csv
import json
import math

import numpy as np
import pytest

from repro_action.config.prediction_config import PredictionConfig
from repro_action.predictions import from_tree
from repro_action.predictions.from_tree import column_names, prediction_table
from repro_action.predictions.table import PredictionsRefused
from repro_action.readers import read_artifact

COLUMNS = PredictionConfig(path="p", key="id", label="prediction", score="score", truth="y")
IDS, LABELS, SCORES, TRUTH = (
    ["a", "b\\n", 'c,"d"'],
    ["yes", "no", "yes"],
    [0.5, 0.25, 1.0],
    ["yes", "yes", "no"],
)


def records():
    rows = zip(IDS, LABELS, SCORES, TRUTH, strict=True)
    return [dict(zip(("id", "prediction", "score", "y"), row, strict=True)) for row in rows]


def write_csv(path):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, ("id", "prediction", "score", "y"))
        writer.writeheader()
        writer.writerows(records())


def write_lines(path):
    path.write_text("".join(json.dumps(record) + "\n" for record in records()))


def write_json(path):
    path.write_text(json.dumps(records()))


def write_many(path):
    path.write_text("".join(json.dumps(record) + "\n" for record in records() * 20))


def write_columns(path):
    named = {name: [record[name] for record in records()] for name in records()[0]}
    path.write_text(json.dumps(named))


def write_npz(path):
    np.savez(path, id=np.array(IDS), prediction=np.array(LABELS), score=np.array(SCORES), y=np.array(TRUTH))


def write_parquet(path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = arrow.Table.from_pylist(records())
    parquet.write_table(table.set_column(1, "prediction", table["prediction"].dictionary_encode()), path)


@pytest.mark.parametrize(
    ("name", "write", "times"),
    [
        ("p.csv", write_csv, 1),
        ("p.jsonl", write_lines, 1),
        ("p.json", write_json, 1),
        ("p.json", write_columns, 1),
        ("many.jsonl", write_many, 20),
        ("p.npz", write_npz, 1),
        ("p.parquet", write_parquet, 1),
    ],
)
def test_each_format_gives_the_same_cells(tmp_path, name, write, times):
    write(tmp_path / name)
    found = prediction_table(read_artifact(tmp_path / name), COLUMNS)
    assert len(IDS) * times == found.rows
    assert (IDS * times, LABELS * times) == (list(found.keys), list(found.labels))
    assert (SCORES * times, TRUTH * times) == (list(found.scores), list(found.truth))


def read(path, text, columns=COLUMNS):
    path.write_text(text)
    return prediction_table(read_artifact(path), columns)


def test_what_is_missing_is_missing_in_every_format(tmp_path):
    found = read(tmp_path / "p.csv", "id,prediction,score,y\n1,1,,0\n2,,0.5,1\n")
    assert math.isnan(found.labels[1])
    assert math.isnan(found.scores[0])
    lines = '{"id":1,"prediction":1,"score":null,"y":0}\n{"id":2,"prediction":null,"score":0.5}\n'
    found = read(tmp_path / "p.jsonl", lines)
    assert ([1, None], [None, 0.5], [0, None]) == (list(found.labels), list(found.scores), list(found.truth))


def test_an_array_by_itself_is_labels_or_scores(tmp_path):
    np.save(tmp_path / "p.npy", np.array([0, 2, 1]))
    tree = read_artifact(tmp_path / "p.npy")
    assert [0, 2, 1] == list(prediction_table(tree, PredictionConfig(path="p")).labels)
    assert [0, 2, 1] == list(prediction_table(tree, PredictionConfig(path="p", score="p")).scores)


@pytest.mark.parametrize(
    ("shape", "said"), [((3, 2), "several values a row, shape (3, 2)"), ((2, 2, 2), "several outputs")]
)
def test_several_outputs_are_refused_by_name(tmp_path, shape, said):
    np.save(tmp_path / "p.npy", np.zeros(shape))
    with pytest.raises(PredictionsRefused) as caught:
        prediction_table(read_artifact(tmp_path / "p.npy"), PredictionConfig(path="p"))
    assert said in str(caught.value)


@pytest.mark.parametrize("times", [1, 40])
def test_lists_in_a_column_are_refused_by_name(tmp_path, times):
    with pytest.raises(PredictionsRefused, match="several outputs are not compared"):
        read(tmp_path / "p.jsonl", '{"id":1,"prediction":[1,0],"score":1,"y":0}\n' * times)


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path):
    with pytest.raises(PredictionsRefused, match=r"no column 'prediction'; its columns are: guess, id"):
        read(tmp_path / "p.csv", "id,guess\n1,a\n")


def test_a_file_that_is_not_a_table_is_refused(tmp_path):
    with pytest.raises(PredictionsRefused):
        read(tmp_path / "p.txt", "nothing")


def test_too_many_rows_and_too_large_columns_are_refused_with_the_limit(tmp_path, monkeypatch):
    text = "id,prediction,score,y\n" + "1,a,1,a\n" * 30
    monkeypatch.setattr(from_tree, "MAX_ROWS", 29)
    with pytest.raises(PredictionsRefused, match="it has 30 rows, and at most 29 are compared"):
        read(tmp_path / "p.csv", text)
    monkeypatch.setattr(from_tree, "MAX_ROWS", 30)
    monkeypatch.setattr(from_tree, "MAX_BYTES", 40)
    with pytest.raises(PredictionsRefused, match="and no more is compared"):
        read(tmp_path / "p.csv", text)


def test_names_of_columns_are_those_of_the_file(tmp_path):
    (tmp_path / "p.csv").write_text("row id,it's\n1,a\n")
    assert ("row id", "it's") == column_names(read_artifact(tmp_path / "p.csv"))
    (tmp_path / "p.txt").write_text("nothing")
    assert () == column_names(read_artifact(tmp_path / "p.txt"))
