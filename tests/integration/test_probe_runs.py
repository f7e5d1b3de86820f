# SPDX-License-Identifier: Apache-2.0
"""How a probe runs its trials: bounded, in copies, elsewhere, and leaving nothing when it is stopped."""

import os
import signal
import subprocess
import sys
from concurrent.futures import Future

import pytest
from integration.probed_project import TRAIN, answers, files, probed, project
from integration.processes import running
from work import HANG, eventually

from repro_action.probe.trial import run_trial
from repro_action.progress import Silent
from repro_action.report.probe_model import Answer

__all__ = ["project"]


def test_runs_are_bounded_and_what_is_open_then_is_said(project):
    report = probed(project("import os\nmade = os.listdir('parts')"), runs=8)
    assert report.runs <= 8
    assert answers(report, Answer.NOT_TRIED)
    assert any("were not enough" in warning.what for warning in report.warnings)


def test_the_project_stays_as_it_is(project):
    root = project("import os\nopen('scratch', 'w').close()\nmade = os.listdir('parts')")
    (root / "out" / "model.json").write_text("accepted")
    (root / ".repro").mkdir()
    (root / ".repro" / "candidate.json").write_text("mine")
    before = files(root)
    probed(root)
    assert before == files(root)
    assert "mine" == (root / ".repro" / "candidate.json").read_text()
    assert not (root / ".repro" / "probe").exists()


def test_copies_are_kept_where_they_are_asked_for(project):
    root = project("made = 1")
    report = probed(root, keep=True, names=("umask",))
    kept = list((root / ".repro" / "probe").glob("kept-*/*/out/model.json"))
    assert report.runs == len(kept)


def test_an_edit_while_the_probe_goes_on_is_no_finding(project):
    root = project("made = 1")

    class Editor(Silent):
        def stage(self, text):
            if text.startswith("probing: 3"):
                (root / "train.py").write_text(TRAIN.format(code="made = 2"))

    report = probed(root, progress=Editor(), jobs=1)
    assert "changed during the probe" in report.error.what


def test_trials_may_run_elsewhere(project):
    class Here:
        def __init__(self):
            self.trials = []

        def submit(self, function, trial, /):
            self.trials.append(trial)
            future = Future()
            future.set_result(run_trial(trial))
            return future

    executor = Here()
    report = probed(project("made = 1"), executor=executor)
    assert report.runs == len(executor.trials)


START = """
import os, sys
from pathlib import Path
from repro_action.environments import backend_for
from repro_action.flows.probe import ProbeOptions, probe
from repro_action.runs.project import Project
from repro_action.progress import Silent
if __name__ == "__main__":
    project = Project.open(Path(sys.argv[1]), None)
    probe(project, backend_for(project.config, os.environ), ProbeOptions(jobs=2), Silent())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_probe_that_is_stopped_leaves_no_process_and_no_copy(project, tmp_path, number):
    mark = f"sleeper-{os.getpid()}-{number}"
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; time.sleep(600)', {mark!r}])"
    root = project(f"{code}\nmade = 1")
    script = tmp_path / "start.py"
    script.write_text(START)
    process = subprocess.Popen([sys.executable, script, root], stderr=subprocess.PIPE, start_new_session=True)
    assert eventually(lambda: len(running(mark)) >= 2)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.send_signal(number)
    _, said = process.communicate(timeout=HANG)
    assert eventually(lambda: not running(mark)), running(mark)
    if number != signal.SIGKILL:
        assert not (root / ".repro" / "probe").exists()
        wanted = b"KeyboardInterrupt" if number == signal.SIGINT else b"Interrupted"
        assert wanted in said.splitlines()[-2] + said.splitlines()[-1]


def test_a_probe_of_no_outputs_is_refused(project):
    root = project("made = 1")
    text = (root / "repro.toml").read_text().partition("[[steps]]")[0]
    text += '[[steps]]\nname = "train"\nrun = ["python", "train.py"]\ninputs = ["train.py"]\n'
    (root / "repro.toml").write_text(text)
    assert "nothing to compare" in probed(root).error.what
