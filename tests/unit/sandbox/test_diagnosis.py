# SPDX-License-Identifier: Apache-2.0
"""What a failed step is told of the sandbox's part in it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from repro_action.config.model import Step
from repro_action.sandbox.diagnosis import explained, looked_for
from repro_action.sandbox.enclosed_step import EnclosedStep
from repro_action.steps.diagnosis import diagnose
from repro_action.steps.record import StepFailed, StepRecord


@pytest.fixture
def scene(tmp_path):
    (tmp_path / "project").mkdir()
    for name in ("train.py", "extra.csv", "helper.py"):
        (tmp_path / "project" / name).touch()
    return EnclosedStep(
        step=Step(name="train", run=("python", "train.py"), outputs=("out/a",)),
        root=tmp_path / "project",
        declared=("train.py",),
        hook=tmp_path / "hook",
        files=True,
        network=True,
        how="namespaces",
    )


@pytest.fixture
def data(scene):
    (scene.root / "data").mkdir()
    for name in ("2023.csv", "2024.csv", "notes.md"):
        (scene.root / "data" / name).touch()
    return scene


def failed(tail, exit_code=1):
    record = StepRecord(name="train", trained=True, exit_code=exit_code, seconds=1.0, tail=tail)
    return StepFailed("step train failed: exit status 1", record=record, why="said", remedy="Read the log.")


def observe(scene, **observation):
    scene.hook.mkdir(exist_ok=True)
    entry = {"kind": "read", "what": "open()", "file": "train.py", "line": 7, "detail": "", "count": 1}
    report = {"version": 1, "python": "3.11.7", "observations": [{**entry, **observation}]}
    (scene.hook / "1-1.json").write_text(json.dumps(report))


@pytest.mark.parametrize(
    "tail",
    [
        "FileNotFoundError: [Errno 2] No such file or directory: 'extra.csv'",
        "FileNotFoundError: [Errno 2] No such file or directory: './extra.csv'",
        "cat: extra.csv: No such file or directory",
        "FileNotFoundError: [Errno 2] No such file or directory: b'extra.csv'",
        "FileNotFoundError: extra.csv not found.",
        "Unable to synchronously open file (unable to open file: name = 'extra.csv', errno = 2, error message",
        "  cannot open file 'extra.csv': No such file or directory",
    ],
)
def test_a_hidden_file_is_named_whoever_complains(scene, tail):
    error = explained(failed(tail), scene)
    assert "extra.csv, which exists but is not declared" in error.why
    assert error.remedy.startswith('Add "extra.csv" to inputs of step train.')


@pytest.mark.parametrize(
    "tail",
    [
        "[LightGBM] [Fatal] Data file data/2023.csv doesn't exist.",
        "lightgbm.basic.LightGBMError: Could not open data file data/2023.csv",
        "xgboost.core.XGBoostError: [10:12:03] io.cc:27: Opening data/2023.csv failed: Success",
        "hydra.errors.MissingConfigException: Check that '{root}/data/2023.csv' exists and is readable",
        "ValueError: no data: `data/2023.csv`",
    ],
)
def test_a_file_that_a_library_names_in_its_own_words_is_offered(data, tail):
    error = explained(failed(tail.replace("{root}", str(data.root))), data)
    assert error.why.startswith("The error names data/2023.csv, which exists but is not declared")
    assert ("data/2023.csv",) == error.undeclared


@pytest.mark.parametrize(
    "tail",
    [
        "FileNotFoundError: [Errno 2] No such file or directory: 'extra.csv'",
        "ModuleNotFoundError: No module named 'helper'",
    ],
)
def test_what_is_hidden_is_not_said_to_be_absent_too(scene, tail):
    absent = diagnose(1, tail).why
    assert absent
    plain = failed(tail)
    before = StepFailed(
        "failed", record=plain.record, why=f"{absent}\nIts last lines were:\n{tail}", remedy=""
    )
    why = explained(before, scene).why
    assert "exists but is not declared" in why
    assert absent not in why
    assert why.endswith(f"\nIts last lines were:\n{tail}")


@pytest.mark.parametrize(
    "tail", ["KeyError: 'data'", "ValueError: extra data", "see extra.txt and data/2025.csv"]
)
def test_a_word_that_is_the_name_of_a_folder_too_is_not_offered(data, tail):
    error = failed(tail)
    assert error is explained(error, data)


def test_a_folder_around_what_is_declared_is_not_offered(data):
    error = failed("ValueError: bad value in ./data/")
    assert error is explained(error, replace(data, declared=("train.py", "data/2023.csv")))


def test_all_that_was_missed_is_named_in_one_failure(data):
    observe(data, detail="data/2023.csv", missing=True)
    tail = "warning: cannot open data/2024.csv\nFileNotFoundError: No such file or directory: 'extra.csv'"
    error = explained(failed(tail), data)
    assert {"data/2023.csv", "data/2024.csv", "extra.csv"} == set(error.undeclared)
    assert "`repro verify --fix`" in error.remedy


def test_a_file_that_was_only_looked_for_is_offered_where_nothing_else_is_known(scene):
    observe(scene, what="os.stat()", detail="extra.csv", missing=True)
    error = explained(failed("SystemExit: nothing to train on"), scene)
    assert error.why.startswith("train.py:7 looked for extra.csv, which exists but is not declared")
    known = failed("ModuleNotFoundError: No module named 'torch'")
    assert known is explained(known, scene)


def test_the_line_is_that_of_the_traceback(scene):
    tail = f'  File "{scene.root}/train.py", line 12, in f\n  File "/usr/lib/x.py", line 3\nFileNotFoundError: No such file or directory: \'extra.csv\''
    assert explained(failed(tail), scene).why.startswith("train.py:12 opened extra.csv")


def test_what_the_hook_saw_counts_without_any_output(scene):
    observe(scene, detail="extra.csv", missing=True)
    assert explained(failed(""), scene).why.startswith("train.py:7 opened extra.csv")


@pytest.mark.parametrize("name", ["nowhere.csv", "out/a", ".repro/x", "train.py", "../project/train.py"])
def test_what_is_not_hidden_is_not_blamed(scene, name):
    error = failed(f"No such file or directory: '{name}'")
    assert error is explained(error, scene)


def test_a_hidden_module_is_named(scene):
    error = explained(failed("ModuleNotFoundError: No module named 'helper'"), scene)
    assert 'Add "helper.py" to inputs' in error.remedy


def test_a_module_that_the_project_lacks_is_the_environments(scene):
    error = failed("ModuleNotFoundError: No module named 'torch'")
    assert error is explained(error, scene)


@pytest.mark.parametrize(
    "tail",
    [
        "socket.gaierror: [Errno -3] Temporary failure in name resolution",
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "curl: (6) Could not resolve host: example.org",
        "OSError: [Errno 101] Network is unreachable",
    ],
)
def test_a_missing_network_is_named(scene, tail):
    assert "network = true" in explained(failed(tail), scene).remedy


def test_bubblewraps_statuses_are_signals_again(scene):
    failure = failed("", exit_code=137)
    failure = StepFailed("step train failed: exit status 137", record=failure.record)
    error = explained(failure, replace(scene, how="bubblewrap"))
    assert ("step train failed: killed by signal 9", -9) == (error.what, error.record.exit_code)


def test_control_characters_of_names_stay_inert(scene):
    (scene.root / "a\x1b[2Jb").touch()
    error = explained(failed("No such file or directory: 'a\x1b[2Jb'"), scene)
    assert "\x1b" not in error.remedy + error.why.replace("said", "")


def test_a_step_that_went_on_without_a_file_is_noticed(scene):
    observe(scene, detail="extra.csv", missing=True)
    assert ("train.py:7 opened extra.csv",) == looked_for(scene)


@pytest.mark.parametrize("own", ["work", "work/tmp", "work/tmp/a"])
def test_what_the_step_itself_made_was_not_hidden_from_it(scene, own):
    (scene.root / "work/tmp").mkdir(parents=True)
    (scene.root / "work/tmp/a").touch()
    observe(scene, kind="listing", what="os.listdir()", detail="work")
    found = replace(scene, own=(own,))
    assert ((), ("train.py:7 listed work",)) == (looked_for(found), looked_for(scene))


def test_a_file_that_the_step_made_after_it_had_looked_for_it_was_not_hidden(scene):
    observe(scene, detail="extra.csv", missing=True)
    assert () == looked_for(replace(scene, own=("extra.csv",)))


def test_a_listing_of_a_folder_that_is_hidden_in_part_is_noticed(scene):
    (scene.root / "data").mkdir()
    for name in ("a", "b"):
        (scene.root / "data" / name).touch()
    observe(scene, kind="listing", what="os.listdir()", detail="data")
    assert ("train.py:7 listed data",) == looked_for(replace(scene, declared=("data/a",)))
    assert () == looked_for(replace(scene, declared=("data",)))


NOTHING = "ValueError: No objects to concatenate"


@pytest.mark.parametrize(
    ("detail", "wanted"),
    [("data", "data/"), ("data/*.csv", "data/*.csv"), ("data/**/*.csv", "data/**/*.csv")],
)
def test_a_step_that_failed_after_an_empty_listing_is_shown_what_to_declare(data, detail, wanted):
    observe(data, kind="listing", what="glob.glob()", detail=detail)
    error = explained(failed(NOTHING), data)
    assert error.why.startswith(f"train.py:7 listed {wanted}, which step train does not declare")
    assert error.why.endswith("said")
    assert error.remedy.startswith(f'Add "{wanted}" to inputs of step train.')


def test_a_pattern_for_files_at_the_top_counts_too(scene):
    observe(scene, kind="listing", what="glob.glob()", detail="*.csv")
    assert 'Add "*.csv" to inputs' in explained(failed(NOTHING), scene).remedy


def test_several_listings_are_reported_together(data):
    (data.root / "more").mkdir()
    (data.root / "more" / "a").touch()
    entry = {"kind": "listing", "what": "os.listdir()", "file": "train.py", "line": 7, "count": 1}
    report = {
        "version": 1,
        "python": "3.11.7",
        "observations": [{**entry, "detail": "data"}, {**entry, "detail": "more"}],
    }
    data.hook.mkdir()
    (data.hook / "1-1.json").write_text(json.dumps(report))
    assert 'Add "data/", "more/" to inputs' in explained(failed(NOTHING), data).remedy


@pytest.mark.parametrize(
    "detail", ["data", "data/*.csv", "nowhere", "nowhere/*.csv", "data/*.png", "out", "*.png", "."]
)
def test_a_listing_from_which_nothing_was_hidden_is_not_blamed(data, detail):
    scene = replace(data, declared=("data",)) if detail in ("data", "data/*.csv") else data
    observe(scene, kind="listing", what="glob.glob()", detail=detail)
    error = failed(NOTHING)
    assert error is explained(error, scene)


@pytest.mark.parametrize(
    ("tail", "exit_code"),
    [
        ("", 0),
        ("", -9),
        ("ModuleNotFoundError: No module named 'torch'", 1),
        ("PermissionError: [Errno 13]", 1),
    ],
)
def test_a_listing_is_not_blamed_for_what_has_a_cause_of_its_own(data, tail, exit_code):
    observe(data, kind="listing", what="os.listdir()", detail="data")
    error = failed(tail, exit_code)
    assert error is explained(error, data)


def test_an_opened_file_goes_before_a_listing(data):
    observe(data, kind="listing", what="os.listdir()", detail="data")
    error = explained(failed("FileNotFoundError: [Errno 2] No such file or directory: 'extra.csv'"), data)
    assert error.remedy.startswith('Add "extra.csv" to inputs of step train.')
