"""The engine of `repro probe`: real runs in copies of small projects."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest
from work import HANG, eventually

from repro_action.environments import backend_for
from repro_action.flows.probe import ProbeOptions, probe
from repro_action.probe.trial import run_trial
from repro_action.probe.variations.names import NAMES
from repro_action.progress import Silent
from repro_action.report.json.probe import dump
from repro_action.report.probe_model import Answer
from repro_action.report.render.markdown import probe as markdown
from repro_action.report.render.terminal import probe as terminal
from repro_action.runs.project import Project
from repro_action.runs.workspace import copy_project, keep_outputs

CONFIG = """
version = 1
name = "small"
seed = 3
[environment]
backend = "current"
[determinism]
profile = "{profile}"
[sandbox]
network = true
files = "any"
[[steps]]
name = "prepare"
run = ["python", "prepare.py"]
inputs = ["prepare.py"]
outputs = ["out/data.json"]
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py", "parts", "out/data.json"]
outputs = ["out/model.json", "out/metrics.json"]
[metrics."out/metrics.json"]
"""
PREPARE = "import json\njson.dump([1.5, 2.5], open('out/data.json', 'w'))\n"
TRAIN = """import json
{code}
json.dump(made, open('out/model.json', 'w'))
json.dump({{'accuracy': 0.5}}, open('out/metrics.json', 'w'))
"""


@pytest.fixture
def project(tmp_path):
    def make(code, *, profile="portable", prepare=PREPARE):
        root = tmp_path / "small"
        (root / "parts").mkdir(parents=True)
        (root / "out").mkdir()
        for number in range(5):
            (root / "parts" / f"{number}.txt").write_text(f"{number / 7}")
        (root / "repro.toml").write_text(CONFIG.format(profile=profile))
        (root / "prepare.py").write_text(prepare)
        (root / "train.py").write_text(TRAIN.format(code=code))
        return root

    return make


def probed(root, *, progress=None, executor=None, **options):
    held = Project.open(root, None)
    backend = backend_for(held.config, os.environ)
    return probe(held, backend, ProbeOptions(**options), progress or Silent(), executor=executor)


def answers(report, answer):
    return {row.name for row in report.variations if row.answer is answer}


def files(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(root.rglob("*"))
        if ".repro" not in path.parts
    }


def test_a_clean_pipeline_is_robust_under_everything(project):
    report = probed(project("made = {'weights': [0.25, 0.5]}"))
    assert report.robust
    assert () == report.findings
    assert set(NAMES) == answers(report, Answer.SAME) | answers(report, Answer.UNAVAILABLE)
    assert report.runs <= 7
    assert report.seconds > 0


def test_a_folder_listed_unsorted_is_found_with_step_artifact_and_place(project):
    root = project("import os\nmade = {'a': 1, 'order': os.listdir('parts')}")
    report = probed(root, trace=True)
    assert {"file-order"} == answers(report, Answer.DIFFERS)
    assert not report.robust
    (finding,) = report.findings
    assert (("file-order",), "train", ()) == (finding.variations, finding.step, finding.pinned_by)
    assert ["out/model.json"] == [found.path for found in finding.artifacts]
    assert ("train.py", 3) == (finding.places[0].file, finding.places[0].line)
    assert "sorted" in finding.remedy
    assert "train.py" == finding.divergence.after.file


def test_a_set_in_hash_order_is_held_by_the_profile_and_named_with_its_knob(project):
    report = probed(project("made = list({'age', 'income', 'height', 'zip', 'city'})"))
    assert report.robust
    assert {"hash-seed"} == answers(report, Answer.PINNED)
    assert [("PYTHONHASHSEED",)] == [finding.pinned_by for finding in report.findings]


def test_pins_stay_where_lifting_is_not_asked_for(project):
    report = probed(project("made = list({'age', 'income', 'height', 'zip', 'city'})"), unpin=False)
    assert () == report.findings


def test_a_result_that_counts_variables_is_laid_to_the_environment(project):
    # Nearly every variation sets a variable, so nearly all of them change it.
    report = probed(project("import os\nmade = len([n for n in os.environ if not n.startswith('REPRO_')])"))
    assert not report.robust
    assert ("environment",) in [found.variations for found in report.findings]


@pytest.mark.parametrize("runs", [6, 9, 12, 15])
def test_what_differed_once_is_never_called_robust_when_runs_are_used_up(project, runs):
    report = probed(project("import os\nmade = dict(os.environ)"), runs=runs)
    assert not report.robust
    assert report.findings
    open_ = [found for found in report.findings if len(found.variations) > 1]
    assert all(found.unfinished for found in open_)
    for said in (terminal.render(report), markdown.render(report)):
        assert "robust" not in said
        assert "together" not in said
        assert bool(open_) == ("unfinished: something among" in said)
    assert [found.unfinished for found in report.findings] == [
        found.get("unfinished", False) for found in json.loads(dump(report))["findings"]
    ]


def test_without_a_profile_the_same_set_is_a_difference(project):
    root = project("made = list({'age', 'income', 'height', 'zip', 'city'})", profile="off")
    report = probed(root)
    assert {"again", "hash-seed"} == answers(report, Answer.DIFFERS)
    assert [("hash-seed",)] == [finding.variations for finding in report.findings]


def test_several_culprits_are_named_apart(project):
    report = probed(project("import os\nmade = [os.getcwd(), os.environ.get('USER'), os.listdir('parts')]"))
    assert {"build-path", "user-host", "file-order"} == answers(report, Answer.DIFFERS)
    assert 3 == len(report.findings)


def test_a_pair_that_is_guilty_only_together_is_one_finding(project):
    code = "import os\nboth = 'home' in os.environ['HOME'][-4:] and os.environ.get('USER') == 'another-user'\nmade = both"
    report = probed(project(code), rounds=1)
    assert [("home", "user-host")] == [finding.variations for finding in report.findings]


def test_a_time_stamp_is_laid_to_time_and_not_to_chance(project):
    report = probed(project("import datetime\nmade = {'when': str(datetime.datetime.now())}"))
    if "time" in answers(report, Answer.UNAVAILABLE):
        pytest.skip("libfaketime is not installed")
    assert [("time",)] == [finding.variations for finding in report.findings]
    assert {"again", "time"} == answers(report, Answer.DIFFERS)


def test_an_unseeded_generator_makes_the_run_disagree_with_itself_and_hides_no_other_culprit(project):
    report = probed(
        project("import random, os\nmade = {'x': random.Random().random(), 'y': os.listdir('parts')}")
    )
    assert {("again",), ("file-order",)} == {finding.variations for finding in report.findings}


def test_noise_that_nothing_holds_hides_no_other_culprit(project):
    code = "import time, os\nmade = {'x': time.perf_counter_ns(), 'y': os.listdir('parts')}"
    report = probed(project(code))
    assert {("again",), ("file-order",)} == {finding.variations for finding in report.findings}
    assert any("run to run" in warning.what for warning in report.warnings)


def test_a_step_that_fails_under_a_variation_is_an_answer(project):
    report = probed(project("import os\nassert 'home' != os.path.basename(os.environ['HOME'])\nmade = 1"))
    assert {"home"} == answers(report, Answer.FAILED)
    row = next(row for row in report.variations if row.name == "home")
    assert "step train failed: exit status 1" in row.note
    assert "train" == report.findings[0].step


def test_a_run_that_fails_undisturbed_is_an_error(project):
    report = probed(project("raise SystemExit(7)"))
    assert "step train failed: exit status 7" == report.error.what
    assert not report.robust


def test_the_first_step_that_differs_is_named(project):
    prepare = "import json, os\njson.dump([os.getcwd()], open('out/data.json', 'w'))\n"
    report = probed(project("made = json.load(open('out/data.json'))", prepare=prepare))
    assert ["prepare"] == [finding.step for finding in report.findings]


def test_only_what_is_asked_for_is_tried(project):
    report = probed(project("import os\nmade = os.listdir('parts')"), names=("umask", "home"))
    assert {"umask", "home"} == answers(report, Answer.SAME)
    assert set(NAMES) - {"umask", "home"} == answers(report, Answer.NOT_ASKED)


def test_what_is_left_out_is_not_tried(project):
    report = probed(project("import os\nmade = os.listdir('parts')"), leave_out=("file-order",))
    assert report.robust
    assert {"file-order"} == answers(report, Answer.NOT_ASKED)


def test_an_unknown_name_is_answered_with_the_one_that_was_meant(project):
    report = probed(project("made = 1"), names=("hashseed",))
    assert "Did you mean `hash-seed`?" in report.error.remedy


def test_runs_are_bounded_and_what_is_open_then_is_said(project):
    report = probed(project("import os\nmade = os.listdir('parts')"), runs=8)
    assert report.runs <= 8
    assert answers(report, Answer.NOT_ASKED)
    assert any("did not suffice" in warning.what for warning in report.warnings)


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
    assert "changed while the probe went on" in report.error.what


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


def running(mark):
    """Return the processes whose environment or command line has a mark."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (entry / "cmdline").read_bytes():
                found.append(entry.name)
        except OSError:
            continue
    return found


START = """
import os, sys
from pathlib import Path
from repro_action.environments import backend_for
from repro_action.flows.probe import ProbeOptions, probe
from repro_action.runs.project import Project
from repro_action.progress import Silent
if __name__ == "__main__":
    held = Project.open(Path(sys.argv[1]), None)
    probe(held, backend_for(held.config, os.environ), ProbeOptions(jobs=2), Silent())
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


def test_a_probe_of_no_outputs_is_refused(project):
    root = project("made = 1")
    text = (root / "repro.toml").read_text().partition("[[steps]]")[0]
    text += '[[steps]]\nname = "train"\nrun = ["python", "train.py"]\ninputs = ["train.py"]\n'
    (root / "repro.toml").write_text(text)
    assert "nothing to compare" in probed(root).error.what
