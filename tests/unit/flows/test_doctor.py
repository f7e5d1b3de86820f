# SPDX-License-Identifier: Apache-2.0
"""Whether the command of a step can be started, as far as that can be told without starting it."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_action.config.model import Config, Step
from repro_action.environments.checks import Health
from repro_action.flows.doctor import check_commands


def found(root: Path, *run: str, outputs: tuple[str, ...] = ()) -> tuple[Health, str]:
    (root / "bin").mkdir(exist_ok=True)
    for name, mode in (("tool", 0o755), ("plain", 0o644)):
        (root / "bin" / name).write_text("#!/bin/sh\n")
        (root / "bin" / name).chmod(mode)
    (root / "train.py").write_text("")
    steps = (Step(name="first", run=("tool",), outputs=outputs), Step(name="train", run=run))
    config = Config(root=root, path=root / "repro.toml", name="m", steps=steps)
    check = check_commands(config, {"PATH": f"/nowhere:{root / 'bin'}"})
    return check.health, check.found


@pytest.mark.parametrize(
    "run",
    [
        ["python", "train.py"],
        ["python3", "-u", "-X", "dev", "train.py", "--out", "gone.py"],
        ["python", "-m", "package", "gone.py"],
        ["python", "-c", "pass", "gone.py"],
        ["python"],
        ["tool", "gone.py"],
        ["bin/tool"],
        ["./bin/tool"],
    ],
)
def test_a_command_that_can_be_started_is_fine(tmp_path: Path, run: list[str]) -> None:
    assert (Health.OK, "every step can be started") == found(tmp_path, *run)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (["python", "gone.py"], "there is no gone.py"),
        (["python", "-X", "dev", "gone.py"], "there is no gone.py"),
        (["./bin/gone"], "there is no ./bin/gone"),
        (["bin/plain"], "bin/plain is not executable"),
        (["plain"], "plain is not on the PATH of the environment"),
        (["gone"], "gone is not on the PATH of the environment"),
    ],
)
def test_what_is_missing_is_named_with_its_step(tmp_path: Path, run: list[str], said: str) -> None:
    assert (Health.BAD, f"train: {said}") == found(tmp_path, *run)


@pytest.mark.parametrize("run", [["python", "made/run.py"], ["./made/run"]])
def test_what_a_step_writes_need_not_be_there_yet(tmp_path: Path, run: list[str]) -> None:
    assert Health.OK is found(tmp_path, *run, outputs=("made",))[0]
