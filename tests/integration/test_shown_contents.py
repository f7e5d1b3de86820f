# SPDX-License-Identifier: Apache-2.0
"""What a report or baseline shows of a file is never that of a link to somewhere else on the machine."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from integration.command import TRAIN_STEP, repro

CONFIG = f"""{TRAIN_STEP}inputs = ["train.py", "note.txt"]
params = ["p.json"]
outputs = ["o"]
"""


def kept(root: Path) -> str:
    names = ("candidate.json", "report.json", "report.md")
    return "".join(
        (root / ".repro" / name).read_text() for name in names if (root / ".repro" / name).exists()
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "repository" / "model"
    root.mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=root.parent, check=True)
    (root / "repro.toml").write_text(CONFIG)
    (root / "train.py").write_text("open('o', 'w').write('x')")
    (root / "note.txt").write_text("a line\n")
    (tmp_path / "secret.json").write_text(json.dumps({"token": "SESAME"}))
    (tmp_path / "secret.txt").write_text("SESAME\n")
    (root.parent / "shared.json").write_text('{"rate": 0.25}')
    return root


def test_a_parameters_file_that_leads_out_of_the_repository_is_refused(project: Path) -> None:
    (project / "p.json").symlink_to("../../secret.json")
    done = repro(project, "verify", "-q", "--no-repeat")
    assert (done.returncode, "it is a link that leads out of the project" in done.stdout) == (2, True)
    assert "SESAME" not in done.stdout + kept(project)
    (project / "p.json").unlink()
    (project / "p.json").symlink_to("../shared.json")
    assert repro(project, "verify", "-q", "--no-repeat").returncode == 3
    assert "0.25" in kept(project)


def test_an_input_that_became_a_link_out_of_the_repository_shows_no_line_of_its_target(project: Path) -> None:
    (project / "p.json").write_text("{}")
    assert repro(project, "verify", "-q", "--no-repeat").returncode == 3
    assert repro(project, "accept").returncode == 0
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example"]
    subprocess.run([*git, "add", "-A"], cwd=project.parent, check=True)
    subprocess.run([*git, "commit", "-qm", "accepted"], cwd=project.parent, check=True)
    (project / "note.txt").write_text("another line\n")
    assert "another line" in repro(project, "verify", "-q").stdout + kept(project)
    (project / "note.txt").unlink()
    (project / "note.txt").symlink_to("../../secret.txt")
    done = repro(project, "verify", "-q")
    assert "note.txt: changed" in done.stdout + kept(project)
    assert "SESAME" not in done.stdout + kept(project)
