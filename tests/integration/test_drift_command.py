# SPDX-License-Identifier: Apache-2.0
"""`repro drift` as people meet it: a file, a folder, monitoring's table, predictions, and what cannot be compared."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pytest
from integration import command

from repro_action import schemas
from repro_action.data.hash_file import digest_file


def table(path, rows=600, seed=1, *, age=40.0, extra=""):
    rng = np.random.default_rng(seed)
    ages, cities = rng.normal(age, 10, rows).round(1), rng.choice(["Oslo", "Rome", "Bonn"], rows)
    lines = [f"{a},{c},{n}{extra and ',7'}" for n, (a, c) in enumerate(zip(ages, cities, strict=True))]
    path.write_text(f"age,city,row{extra and ',' + extra}\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture
def project(tmp_path):
    """Return a folder whose data is pinned, and with an accepted table of predictions."""
    pinned = digest_file(table(tmp_path / "train.csv"), "blake3")
    (tmp_path / "repro.toml").write_text(
        f'version = 1\nname = "credit"\n[[data]]\npath = "train.csv"\ndigest = "{pinned}"\n'
        '[[steps]]\nname = "train"\nrun = ["true"]\noutputs = ["out/predictions.csv"]\n'
    )
    (tmp_path / "out").mkdir()
    predictions(tmp_path / "out" / "predictions.csv", 0.3)
    return tmp_path


def predictions(path, share, rows=500):
    chosen = np.random.default_rng(rows).random(rows) < share
    path.write_text("label\n" + "".join(f"{'yes' if one else 'no'}\n" for one in chosen))
    return path


def document(done):
    found = json.loads(done.stdout)
    jsonschema.validate(found, schemas.load("drift.v1"))
    return found


def test_new_data_is_alike_or_has_drifted(project):
    table(project / "new.csv", seed=2)
    done = command.repro(project, "drift", "new.csv")
    assert 0 == done.returncode, done.stderr
    assert done.stdout.startswith("✔ credit: no drift\n")
    table(project / "new.csv", seed=2, age=47)
    done = command.repro(project, "drift", "new.csv", "--markdown", "report.md")
    assert 1 == done.returncode
    assert "1 of 3 columns moved: age (PSI" in done.stdout
    assert "`age` (PSI" in (project / "report.md").read_text()
    found = document(command.repro(project, "drift", "new.csv", "--json"))
    assert ("drifted", "train.csv", 1) == (found["answer"], found["against"], found["exit_code"])
    assert "Oslo" not in json.dumps(found)
    assert found == document(command.repro(project, "drift", "new.csv", "--json"))


def test_too_few_rows_are_no_pass(project):
    table(project / "new.csv", rows=1)
    done = command.repro(project, "drift", "new.csv")
    assert (2, True) == (done.returncode, "cannot tell" in done.stdout)
    found = document(command.repro(project, "drift", "new.csv", "--json"))
    assert ("undecided", 2) == (found["answer"], found["exit_code"])


def test_columns_of_monitoring_are_expected_there_alone(project):
    table(project / "live.csv", seed=2, extra="latency")
    assert 1 == command.repro(project, "drift", "live.csv").returncode
    done = command.repro(project, "drift", "live.csv", "--live")
    assert 0 == done.returncode
    assert "latency" in done.stdout
    assert 0 == command.repro(project, "drift", "live.csv", "--ignore", "latency").returncode


def test_predictions_drift_beside_data_that_did_not(project):
    table(project / "new.csv", seed=2)
    predictions(project / "predictions.csv", 0.3, 400)
    assert 0 == command.repro(project, "drift", "new.csv", "--predictions", "predictions.csv").returncode
    predictions(project / "predictions.csv", 0.6, 400)
    done = command.repro(project, "drift", "new.csv", "--predictions", "predictions.csv")
    assert 1 == done.returncode
    assert "the predictions did not: label (PSI" in done.stdout
    predictions(project / "other.csv", 0.6, 400)
    done = command.repro(project, "drift", "new.csv", "--predictions", "other.csv")
    assert (2, True) == (done.returncode, "--accepted-predictions FILE" in done.stderr)


def test_a_folder_of_parts_and_a_file_to_compare_with(project):
    (project / "new").mkdir()
    for part in range(3):
        table(project / "new" / f"{part}.csv", rows=200, seed=part + 5)
    done = command.repro(project, "drift", "new", "--against", "train.csv", "--ignore", "row")
    assert 0 == done.returncode, done.stderr + done.stdout
    assert "3 files are the parts of one table" in done.stdout


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no first row"),
        ("age,city,row\n1,é,2\n".encode("latin-1"), "iconv"),
        (b"age,age\n1,2\n", "the same name twice"),
        (b"age,city,row\n1,2\n", "a row has 2 cells"),
        (b"a,b\nx,y\n", "none is a column of train.csv"),
    ],
    ids=["empty", "latin", "twice", "ragged", "other"],
)
def test_what_cannot_be_compared_is_one_error(project, content, told):
    (project / "new.csv").write_bytes(content)
    done = command.repro(project, "drift", "new.csv")
    assert (2, "") == (done.returncode, done.stdout)
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_without_old_data_the_error_says_what_would_help(project):
    table(project / "new.csv", seed=2)
    (project / "train.csv").write_text("edited\n")
    done = command.repro(project, "drift", "new.csv")
    assert 2 == done.returncode
    assert "profile = true" in done.stderr
    for wrong in (["gone.csv"], ["new.csv", "--ignore", "agee"], ["new.csv", "--data", "x.csv"]):
        assert 2 == command.repro(project, "drift", *wrong).returncode


def test_limits_of_columns_are_the_projects(project):
    config = project / "repro.toml"
    table(project / "new.csv", seed=2, age=47)
    loose = '[drift."train.csv"]\nage = { psi = 5, ks = 1, js = 1 }\n'
    config.write_text(config.read_text() + loose)
    done = command.repro(project, "drift", "new.csv", "--no-classifier")
    assert 0 == done.returncode, done.stdout
    config.write_text(
        config.read_text().replace(loose, '[drift."train.csv"]\nage = { ignore = true }\n"*" = { psi = 0 }\n')
    )
    found = document(command.repro(project, "drift", "new.csv", "--no-classifier", "--json"))
    assert {"city", "row"} == {column["name"] for column in found["data"]["columns"]}
    assert {0.0} == {
        one["limit"]
        for column in found["data"]["columns"]
        for one in column["distances"]
        if one["measure"] == "psi"
    }
    config.write_text(config.read_text() + "agee = { psy = 1 }\n")
    assert 2 == command.repro(project, "drift", "new.csv").returncode
