# SPDX-License-Identifier: Apache-2.0
"""Copies of a project in which trials run."""

import os

from repro_action.runs.workspace import copy_project, keep_outputs


def test_a_copy_has_what_a_step_would_find(tmp_path):
    root = tmp_path / "project"
    for folder in ("data", "out/kept", ".git", ".repro", "__pycache__", ".venv/bin", "empty"):
        (root / folder).mkdir(parents=True)
    (root / ".venv" / "pyvenv.cfg").touch()
    (tmp_path / "outside.txt").write_text("outside")
    (root / "data" / "large.bin").write_bytes(b"x" * (17 << 20))
    (root / "out" / "model.json").write_text("old")
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    (root / "inside").symlink_to("data/large.bin")
    (root / "absolute").symlink_to(root / "run.sh")
    (root / "beyond").symlink_to("../outside.txt")
    (root / "dangling").symlink_to("nowhere")
    os.mkfifo(root / "pipe")
    copy = tmp_path / "deep" / "down" / "copy"
    copy_project(root, copy, outputs=["out/model.json"])
    there = {path.relative_to(copy).as_posix() for path in copy.rglob("*")}
    linked = {".venv", "inside", "absolute", "beyond", "dangling"}
    assert {"data", "data/large.bin", "out", "out/kept", "run.sh", "empty"} | linked == there
    assert os.access(copy / "run.sh", os.X_OK)
    assert copy / "run.sh" == (copy / "absolute").resolve()
    assert copy / "data" / "large.bin" == (copy / "inside").resolve()
    assert "outside" == (copy / "beyond").read_text()
    assert root / ".venv" == (copy / ".venv").resolve()
    with (copy / "data" / "large.bin").open("r+b") as file:
        file.write(b"changed")
    assert (root / "data" / "large.bin").read_bytes().startswith(b"xxx")


def test_of_a_copy_that_ran_only_outputs_are_kept(tmp_path):
    for name in ("out/model/a.json", "out/other.json", "data/x.csv", "train.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    keep_outputs(tmp_path, ["out/model"])
    assert [tmp_path / "out/model/a.json"] == [path for path in tmp_path.rglob("*") if path.is_file()]
