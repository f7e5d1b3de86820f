# SPDX-License-Identifier: Apache-2.0
"""Scripts that are meant to be started from a folder of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.init.repositories import proposed, run, write

from repro_action.init.commands import makefile_commands, shell_commands

pytestmark = pytest.mark.processes

TRAIN = """
    import json
    import os
    from pathlib import Path
    HERE = Path(__file__).resolve().parent
    rows = open("../data/rows.csv").read().split()
    more = (HERE / "more.csv").read_text().split() + (HERE.parent / "top.csv").read_text().split()
    os.makedirs("../models", exist_ok=True)
    json.dump({"loss": len(rows) + len(more)}, open("../models/metrics.json", "w"))
"""


def test_a_script_that_reads_from_its_own_folder_runs_there(tmp_path: Path) -> None:
    files = {"data/rows.csv": "1\n", "code/more.csv": "2\n", "top.csv": "3\n", "code/train.py": TRAIN}
    _, config = proposed(write(tmp_path, files))
    (step,) = config.steps
    assert (("python", "train.py"), "code") == (step.run, step.cwd)
    assert {"code/train.py", "data/rows.csv", "code/more.csv", "top.csv"} == set(step.inputs)
    assert ("models/metrics.json",) == step.outputs
    run(config)


def test_a_script_whose_outputs_lie_beside_it_runs_there(tmp_path: Path) -> None:
    script = """
        import json
        json.dump({"loss": 1.5}, open("metrics.json", "w"))
    """
    _, config = proposed(write(tmp_path, {"code/train.py": script, "code/metrics.json": "{}"}))
    assert [("code", ("code/metrics.json",))] == [(step.cwd, step.outputs) for step in config.steps]
    run(config)


def test_of_a_script_that_reads_from_the_project_the_folder_is_the_projects(tmp_path: Path) -> None:
    script = """
        import json
        rows = open("data/rows.csv").read().split()
        json.dump({"loss": len(rows)}, open("metrics.json", "w"))
    """
    _, config = proposed(write(tmp_path, {"data/rows.csv": "1\n", "code/train.py": script}))
    assert [(("python", "code/train.py"), "")] == [(step.run, step.cwd) for step in config.steps]
    run(config)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Makefile", "train:\n\tcd code && python go.py --out o.txt\n"),
        ("Makefile", "SCRIPT=go.py\nHERE := code\nfit:\n\t@cd $(HERE); python3 ${SCRIPT} --out o.txt\n"),
        ("code/run.sh", '#!/bin/sh\ncd "$(dirname "$0")"\npython go.py --out o.txt 2>&1 | tee run.log\n'),
        ("code/run.sh", 'cd "$(dirname "${BASH_SOURCE[0]}")"\npython go.py --out o.txt > run.log\n'),
        ("run.sh", "set -e\ncd code\npython go.py --out o.txt\n"),
        ("run.sh", "set -eu\ncd code && uv run python go.py --out o.txt\n"),
    ],
)
def test_the_folder_is_the_one_that_a_written_command_changes_to(
    tmp_path: Path, name: str, text: str
) -> None:
    script = """
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("--out", required=True)
        open(parser.parse_args().out, "w").write("1")
    """
    _, config = proposed(write(tmp_path, {"code/go.py": script, name: text}))
    (step,) = config.steps
    assert (("python", "go.py", "--out", "o.txt"), "code", ("code/o.txt",)) == (
        step.run,
        step.cwd,
        step.outputs,
    )
    run(config)


@pytest.mark.parametrize(
    "text",
    [
        'cd "$ROOT/code"\npython go.py\n',
        "cd ..\npython go.py\n",
        "cd /srv\npython go.py\n",
        "cd code && cd $X && python go.py\n",
        "python go.py | sort > x\n",
        "python $SCRIPT\n",
    ],
)
def test_a_command_in_a_folder_that_is_not_known_is_left_alone(text: str) -> None:
    assert {} == shell_commands("run.sh", text)


def test_a_makefile_cannot_lead_out_of_the_project() -> None:
    assert {} == makefile_commands("train:\n\tcd ../other && python go.py\n\tcd /srv && python go.py\n")
