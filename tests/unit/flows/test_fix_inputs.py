# SPDX-License-Identifier: Apache-2.0
"""`verify --fix` adds what a failed step lacks, goes on while that helps, and decides nothing for people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from repro_action.errors import ConfigError, StepError
from repro_action.flows import fix_inputs
from repro_action.flows.fix_inputs import MAX_ROUNDS, AddedInputs, verify_and_fix
from repro_action.flows.verify import Attempt
from repro_action.report.build.failure import failed
from repro_action.runs.project import Project
from repro_action.runs.run import Stopped
from repro_action.steps.record import StepFailed, StepRecord

TEXT = """\
version = 1
name = "m"
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py"]
outputs = ["model.json"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "repro.toml").write_text(TEXT)
    for name in (
        "train.py",
        "a.csv",
        "b.csv",
        ".env",
        "odd[1].csv",
        "data/x.csv",
        "mixed/x.csv",
        "mixed/key.pem",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return Project.open(tmp_path, None)


def lacking(*paths: str) -> Attempt:
    """Return a verification that was stopped for want of inputs."""
    record = StepRecord(name="train", trained=True, exit_code=1, seconds=1.0)
    error = Stopped(StepFailed("step train failed", record=record, undeclared=paths), (record,))
    return Attempt(report=failed(error, name="m"), stopped=error)


DONE = Attempt(report=failed(StepError("other"), name="m"))


def playing(*attempts: Attempt) -> Callable[[Project], Attempt]:
    """Return a verification that ends as it is given, one after the other."""
    left = list(attempts)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def fix(project: Project, *attempts: Attempt) -> tuple[Attempt, list[AddedInputs], tuple[str, ...]]:
    added: list[AddedInputs] = []
    now, attempt = verify_and_fix(project, playing(*attempts), added.append)
    return attempt, added, now.config.steps[0].inputs


def test_each_round_adds_what_the_last_run_lacked(project: Project) -> None:
    attempt, added, inputs = fix(project, lacking("a.csv"), lacking("b.csv", "data/"), DONE)
    assert DONE is attempt
    assert ("train.py", "a.csv", "b.csv", "data") == inputs
    assert [("a.csv",), ("b.csv", "data")] == [one.paths for one in added]


def test_a_failure_of_another_kind_is_returned_at_once(project: Project) -> None:
    assert (DONE, [], ("train.py",)) == fix(project, DONE)


def test_what_may_be_secret_is_named_and_never_added(project: Project) -> None:
    attempt, added, inputs = fix(project, lacking("a.csv", ".env", "mixed/"), lacking(".env"))
    assert ("train.py", "a.csv") == inputs
    assert [(".env", "mixed/"), (".env",)] == [one.left_out for one in added]
    assert attempt.stopped is not None


@pytest.mark.parametrize("path", ["model.json", "../else.csv", "/etc/passwd", ".repro/x", "a\nb"])
def test_no_output_and_nothing_from_outside_is_added(project: Project, path: str) -> None:
    assert ("train.py",) == fix(project, lacking(path))[2]
    assert TEXT == (project.config.root / "repro.toml").read_text()


def test_wildcards_in_the_name_of_a_file_stand_for_themselves(project: Project) -> None:
    assert ("train.py", "odd[[]1].csv") == fix(project, lacking("odd[1].csv"), DONE)[2]


def test_a_pattern_stays_one(project: Project) -> None:
    assert ("train.py", "data/*.csv") == fix(project, lacking("data/*.csv"), DONE)[2]


def test_it_comes_to_an_end_whatever_a_step_says(project: Project) -> None:
    runs: list[int] = []

    def verify(_: Project) -> Attempt:
        runs.append(1)
        (project.config.root / f"{len(runs)}.csv").touch()
        return lacking(f"{len(runs)}.csv")

    verify_and_fix(project, verify, lambda _: None)
    assert MAX_ROUNDS == len(runs)


def test_without_a_configuration_there_is_nothing_to_add_to(project: Project) -> None:
    (project.config.root / "repro.toml").unlink()
    with pytest.raises(ConfigError, match="there is none"):
        fix(project, DONE)


@pytest.mark.parametrize(
    ("link", "target", "lacks"),
    [
        ("b2.csv", ".env", "b2.csv"),
        ("b2.csv", "../private/diary.txt", "b2.csv"),
        ("data/y.csv", "../../private/diary.txt", "data/"),
        ("data/y.csv", "../.env", "data/*.csv"),
        ("private", "../private", "private/diary.txt"),
    ],
)
def test_no_link_takes_in_what_lies_outside_or_may_be_secret(
    project: Project, link: str, target: str, lacks: str
) -> None:
    private = project.config.root.parent / "private"
    private.mkdir(exist_ok=True)
    (private / "diary.txt").touch()
    (project.config.root / link).symlink_to(target)
    _, added, inputs = fix(project, lacking(lacks))
    assert ("train.py",) == inputs
    assert [(lacks,)] == [one.left_out for one in added]


def test_a_folder_of_more_files_than_are_looked_at_is_left_to_people(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fix_inputs, "MAX_FILES", 3)
    for number in range(4):
        (project.config.root / "data" / str(number)).touch()
    assert ("train.py",) == fix(project, lacking("data/"))[2]


def test_ends_of_lines_stay_as_they_are(project: Project) -> None:
    path = project.config.path
    path.write_bytes(TEXT.replace("\n", "\r\n").encode())
    fix(project, lacking("a.csv"), DONE)
    expected = TEXT.replace('["train.py"]', '["train.py", "a.csv"]').replace("\n", "\r\n")
    assert expected.encode() == path.read_bytes()


@pytest.mark.parametrize("edited", [b"version = ", b"\xff", b"version = 1\n", None])
def test_a_configuration_that_was_edited_meanwhile_stays_and_the_report_is_shown(
    project: Project, edited: bytes | None
) -> None:
    path = project.config.path

    def verify(_: Project) -> Attempt:
        path.unlink() if edited is None else path.write_bytes(edited)
        return lacking("a.csv")

    _, attempt = verify_and_fix(project, verify, lambda _: None)
    assert attempt.stopped is not None
    assert edited == (path.read_bytes() if path.exists() else None)


@pytest.mark.parametrize("path", ["repro.baseline.json", "*.json"])
def test_the_baseline_is_no_input(project: Project, path: str) -> None:
    (project.config.root / "repro.baseline.json").touch()
    assert ("train.py",) == fix(project, lacking(path))[2]
