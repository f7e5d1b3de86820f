# SPDX-License-Identifier: Apache-2.0
"""What a failed step is told of the sandbox's part in it."""

from __future__ import annotations

import json

import pytest

from repro_action.config.model import Step
from repro_action.sandbox.blame import Scene, explained, looked_for
from repro_action.steps.record import StepFailed, StepRecord


@pytest.fixture
def scene(tmp_path):
    (tmp_path / "project").mkdir()
    for name in ("train.py", "extra.csv", "helper.py"):
        (tmp_path / "project" / name).touch()
    return Scene(
        step=Step(name="train", run=("python", "train.py"), outputs=("out/a",)),
        root=tmp_path / "project",
        declared=("train.py",),
        hook=tmp_path / "hook",
        files=True,
        network=True,
        how="namespaces",
    )


def failed(tail, exit_code=1):
    record = StepRecord(name="train", trained=True, exit_code=exit_code, seconds=1.0, tail=tail)
    return StepFailed("step train failed: exit status 1", record=record, why="said", cure="Read the log.")


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
    ],
)
def test_a_hidden_file_is_named_whoever_complains(scene, tail):
    error = explained(failed(tail), scene)
    assert "extra.csv, which exists but is not declared" in error.why
    assert error.cure.startswith('Add "extra.csv" to inputs of step train.')


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
    assert 'Add "helper.py" to inputs' in error.cure


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
    assert "network = true" in explained(failed(tail), scene).cure


def test_bubblewraps_statuses_are_signals_again(scene):
    from dataclasses import replace

    told = failed("", exit_code=137)
    told = StepFailed("step train failed: exit status 137", record=told.record)
    error = explained(told, replace(scene, how="bubblewrap"))
    assert ("step train failed: killed by signal 9", -9) == (error.what, error.record.exit_code)


def test_control_characters_of_names_stay_inert(scene):
    (scene.root / "a\x1b[2Jb").touch()
    error = explained(failed("No such file or directory: 'a\x1b[2Jb'"), scene)
    assert "\x1b" not in error.cure + error.why.replace("said", "")


def test_a_step_that_went_on_without_a_file_is_noticed(scene):
    observe(scene, detail="extra.csv", missing=True)
    assert ("train.py:7 opened extra.csv",) == looked_for(scene)


def test_a_listing_of_a_folder_that_is_hidden_in_part_is_noticed(scene):
    (scene.root / "data").mkdir()
    for name in ("a", "b"):
        (scene.root / "data" / name).touch()
    observe(scene, kind="listing", what="os.listdir()", detail="data")
    from dataclasses import replace

    assert ("train.py:7 listed data",) == looked_for(replace(scene, declared=("data/a",)))
    assert () == looked_for(replace(scene, declared=("data",)))
