# SPDX-License-Identifier: Apache-2.0
"""Locks that DVC 2 wrote, or that contradict themselves; written by hand, so that no DVC is needed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from integration.command import repro


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


SPLIT = "open('part.txt', 'w').write(open('raw.txt', newline='').read().upper())\n"
FIT = "open('model.txt', 'w').write(open('part.txt').read() + open('fixed.txt').read())\n"
PIPELINE = """\
stages:
  old: {cmd: "false", frozen: true, outs: [fixed.txt]}
  split: {cmd: python split.py, deps: [split.py, raw.txt], outs: [part.txt]}
  fit: {cmd: python fit.py, deps: [fit.py, part.txt, fixed.txt], outs: [model.txt]}
"""


def project(root: Path, **recorded: str) -> Path:
    """Make a project whose raw data has CRLF, with a lock of DVC 2; `recorded` replaces digests."""
    files = {
        "split.py": SPLIT,
        "fit.py": FIT,
        "dvc.yaml": PIPELINE,
        "raw.txt": "a\r\nb\r\n",
        "fixed.txt": "f",
    }
    for name, text in files.items():
        (root / name).write_bytes(text.encode())
    unix = md5(b"a\nb\n")
    made = md5(b"A\r\nB\r\n")
    values = {
        "raw": unix,
        "split": md5(SPLIT.encode()),
        "fit": md5(FIT.encode()),
        "part": made,
        "read": made,
        "fixed": md5(b"f"),
        "model": md5(b"A\nB\nf"),
        **recorded,
    }
    (root / "dvc.lock").write_text(
        """\
schema: '2.0'
stages:
  old: {{cmd: "false", outs: [{{path: fixed.txt, md5: {fixed}}}]}}
  split:
    cmd: python split.py
    deps: [{{path: raw.txt, md5: {raw}}}, {{path: split.py, md5: {split}}}]
    outs: [{{path: part.txt, md5: {part}}}]
  fit:
    cmd: python fit.py
    deps: [{{path: fit.py, md5: {fit}}}, {{path: fixed.txt, md5: {fixed}}}, {{path: part.txt, md5: {read}}}]
    outs: [{{path: model.txt, md5: {model}}}]
""".format(**values)
    )
    return root


def verified(root: Path) -> dict:
    return json.loads(repro(root, "verify", "-q", "--json", "--no-repeat").stdout)


def test_text_of_dvc_2_and_a_frozen_stage_are_understood_and_nothing_of_dvcs_is_accepted(tmp_path):
    report = verified(project(tmp_path))
    assert "reproduced" == report["verdict"], report
    assert ["split", "fit"] == [step["name"] for step in report["steps"]]
    assert [] == report["claim"]["materials"]
    assert "dvc.lock" == report["claimed_by"]
    before = (tmp_path / "dvc.lock").read_bytes()
    assert 2 == repro(tmp_path, "accept").returncode
    assert before == (tmp_path / "dvc.lock").read_bytes()


def test_stages_that_ran_without_each_other_are_a_stale_lock_and_no_drift(tmp_path):
    report = verified(project(tmp_path, read=md5(b"earlier"), model=md5(b"from earlier")))
    assert "changed" == report["verdict"]
    assert ["part.txt"] == [one["name"] for one in report["claim"]["materials"]]


def test_a_stage_that_writes_outside_of_the_project_is_an_error_and_never_left_out(tmp_path):
    project(tmp_path)
    pipeline = tmp_path / "dvc.yaml"
    pipeline.write_text(PIPELINE.replace("outs: [part.txt]", "outs: [part.txt, ../elsewhere]"))
    report = verified(tmp_path)
    assert "failed" == report["verdict"]
    assert "split (its output ../elsewhere)" in report["error"]["what"]


def test_against_needs_a_configuration_of_ours(tmp_path):
    done = repro(project(tmp_path), "verify", "-q", "--json", "--against", "HEAD")
    assert 2 == done.returncode
    assert "repro init" in json.loads(done.stdout)["error"]["cure"]


def test_a_parameter_that_is_written_as_code_is_named(tmp_path):
    code = "import json\nfrom settings import Train\njson.dump(Train.lr, open('model.json', 'w'))\n"
    (tmp_path / "fit.py").write_text(code)
    (tmp_path / "settings.py").write_text("class Train:\n    lr = 0.2\n    deep = [1]\n")
    (tmp_path / "dvc.yaml").write_text(
        "stages: {fit: {cmd: python fit.py, deps: [fit.py], params: [settings.py: [Train]], outs: [model.json]}}"
    )
    (tmp_path / "dvc.lock").write_text(
        f"schema: '2.0'\nstages: {{fit: {{cmd: python fit.py, deps: [{{path: fit.py, md5: {md5(code.encode())}}}], "
        f"params: {{settings.py: {{Train: {{lr: 0.1, deep: [1]}}}}}}, outs: [{{path: model.json, md5: {md5(b'0.1')}}}]}}}}"
    )
    report = verified(tmp_path)
    assert "changed" == report["verdict"]
    assert ["settings.py: Train.lr 0.1 → 0.2"] == [one["text"] for one in report["causes"]]
