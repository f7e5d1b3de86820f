# SPDX-License-Identifier: Apache-2.0
"""A step cannot report for the hook: what is forged, left early or run without it is seen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from integration.command import repro

from repro_action.config.model import Step
from repro_action.determinism.attach import hook_variables
from repro_action.determinism.presence import STARTS, listening, switched_off
from repro_action.determinism.read import HookReport, merge, read_reports
from repro_action.runs.observed import unknown, unvouched, with_missing

FORGED = """
import json
d = os.environ["REPRO_HOOK_DIR"]
json.dump({"version": 1, "python": "3.11.7", "seeded": ["random"], "modules": [], "project": [], "main": "train.py",
           "libraries": [], "observations": [], "errors": [], "of": f"{os.getpid()}-1", "seal": "x"},
          open(f"{d}/{os.getpid()}-1.json", "w"))
"""
POOL = """
import multiprocessing as m
if __name__ == '__main__':
    with m.get_context({!r}).Pool(1) as pool:
        pool.map(abs, [1])
"""
FULL = """
pipe = os.open(os.environ['REPRO_HOOK_DIR'] + '/starts.pipe', os.O_WRONLY | os.O_NONBLOCK)
try:
    while True:
        os.write(pipe, b'x' * 4096)
except OSError:
    pass
"""
LEAVE = "import posix; posix._exit(0)\n"
PIPE = """
import hashlib
digest = hashlib.blake2b(b"x", digest_size=16).hexdigest()
open(d + "/starts.pipe", "w").write(f"{os.getpid()}-1 {digest} program\\n")
"""


def run(folder: Path, code: str, *options: str, **more: str) -> tuple[HookReport, ...]:
    (folder / "train.py").write_text("import os, sys, uuid\nuuid.uuid4()\n" + code)
    hook = folder / "hook"
    hook.mkdir()
    environ = {**os.environ, **hook_variables(folder=hook, root=folder, seed=1), **more}
    with listening(hook):
        subprocess.run(
            [sys.executable, *options, "train.py"], cwd=folder, env=environ, check=False, timeout=60
        )
    assert [] == list(hook.glob("*.pipe"))
    step = Step(name="train", run=("python", *options, "train.py"))
    return with_missing(step, read_reports(hook))


@pytest.mark.parametrize(
    "code",
    [
        "",
        "os._exit(0)\n",
        "os.execv(sys.executable, [sys.executable, '-c', 'pass'])\n",
        "import subprocess; subprocess.run([sys.executable, '-c', 'pass'])\n",
        "if os.fork() == 0: os._exit(0)\nos.wait()\n",
        "raise SystemExit(1)\n",
        POOL.format("spawn"),
        POOL.format("fork"),
        "os.environ.clear()\n",
    ],
)
def test_a_process_that_reports_is_vouched_for(tmp_path, code):
    reports = run(tmp_path, code)
    assert "" == merge(reports).unvouched
    assert any("uuid" in item.what for item in merge(reports).observations)
    assert {} == unknown({"train": reports})


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (LEAVE, "a process ended without writing its report"),
        ("os.kill(os.getpid(), 9)\n", "a process ended without writing its report"),
        (FORGED, "a report that no process of the hook wrote"),
        (FORGED + "os._exit(0)\n", "a report that no process of the hook wrote"),
        (FORGED + LEAVE, "a process ended without writing its report"),
        (FORGED + PIPE + LEAVE, "a process ended without writing its report"),
        (f"{FORGED}os.remove(d + '/starts.pipe')\n{LEAVE}", "processes could not record that they started"),
        (
            f"{FORGED}import glob\nfor x in glob.glob(d + '/*'): os.remove(x)\nopen(d + '/starts', 'w')\n{LEAVE}",
            "a process ended without writing its report",
        ),
        (
            FULL,
            "processes could not record that they started",
        ),
        (
            f"import subprocess; subprocess.run([sys.executable, '-c', {LEAVE!r}])\n",
            "a process ended without writing its report",
        ),
    ],
)
def test_what_the_hook_does_not_vouch_for_is_a_fact_and_a_material(tmp_path, code, said):
    reports = run(tmp_path, code)
    assert said in unvouched({"train": reports})["train"]
    assert {"not vouched for": "train"} == unknown({"train": reports})


def test_a_forged_report_says_nothing(tmp_path):
    merged = merge(run(tmp_path, FORGED + "os._exit(0)\n"))
    assert any("uuid" in item.what for item in merged.observations)
    assert () == merged.seeded


@pytest.mark.parametrize("options", [("-I",), ("-E",), ("-S",), ("-B", "-uI"), ("-X", "dev", "-IS")])
def test_python_without_the_hook_is_not_vouched_for(tmp_path, options):
    if options[0] == "-X":
        assert not switched_off(("python", "-X", "dev", "train.py"))
    reports = run(tmp_path, "", *options)
    assert "Python ran without the hook" in unvouched({"train": reports})["train"]


def test_another_program_is_not_expected_to_report():
    assert () == with_missing(Step(name="copy", run=("cp", "a", "b")), ())


def test_what_processes_said_is_kept_beside_their_reports(tmp_path):
    run(tmp_path, "")
    (line,) = (tmp_path / "hook" / STARTS).read_text().splitlines()
    assert line.endswith(" program")


def test_reports_that_are_brought_from_elsewhere_are_taken_as_they_are(tmp_path):
    with listening(tmp_path) as listener:
        listener.elsewhere = True
        (tmp_path / "7-1.json").write_text('{"version": 1, "python": "3.11.7"}')
    (report,) = read_reports(tmp_path)
    assert ("", "3.11.7") == (report.unvouched, report.python)


def test_a_run_that_is_not_vouched_for_can_be_accepted_and_is_the_same_afterwards(tmp_path):
    (tmp_path / "repro.toml").write_text(
        'version = 1\nname = "cut"\n[sandbox]\nfiles = "any"\n[[steps]]\nname = "train"\n'
        'run = ["python", "train.py"]\ninputs = ["train.py"]\noutputs = ["o.json"]\n'
    )
    (tmp_path / "train.py").write_text(
        "import subprocess, sys\n"
        'subprocess.run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])\n'
        'open("o.json", "w").write("[1]")\n'
    )
    ended = [repro(tmp_path, name) for name in ("verify", "accept", "status", "verify")]
    assert "may be incomplete" in ended[0].stdout
    assert [3, 0, 0, 0] == [one.returncode for one in ended]
