# SPDX-License-Identifier: Apache-2.0
"""`repro calibrate` as people run it: it resumes after `kill -9`, and trains again only what a seed reaches."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from integration import command
from integration.probed_project import CONFIG

TRAIN = """import json, os, random, tomllib
params = tomllib.load(open('params.toml', 'rb'))
with open({log!r}, 'a') as log:
    log.write(f"train {{params['seed']}}\\n")
data = json.load(open('out/data.json'))
score = random.Random(params['seed']).gauss(0.9, 0.01) + sum(data) * params.get('shift', 0)
{extra}
json.dump({{'accuracy': score}}, open('out/metrics.json', 'w'))
json.dump([score], open('out/model.json', 'w'))
"""
PREPARE = """import json
with open({log!r}, 'a') as log:
    log.write('prepare\\n')
json.dump([1.5, 2.5], open('out/data.json', 'w'))
"""


class CalibratedProject:
    """A project of two steps; only the second one is given the seed."""

    def __init__(self, root, extra=""):
        self.root, self.log = root / "small", root / "log.txt"
        (self.root / "out").mkdir(parents=True)
        config = CONFIG.format(profile="portable")
        config = config.replace('"parts", "out/data.json"]', '"out/data.json"]\nparams = ["params.toml"]')
        (self.root / "repro.toml").write_text(config)
        (self.root / "params.toml").write_text("seed = 3\n")
        (self.root / "prepare.py").write_text(PREPARE.format(log=str(self.log)))
        (self.root / "train.py").write_text(TRAIN.format(log=str(self.log), extra=extra))

    def accept(self):
        for name in ("verify", "accept"):
            found = command.repro(self.root, name)
            assert found.returncode in {0, 3}, found.stderr
        self.log.write_text("")
        return self

    def calibrate(self, *options):
        found = command.repro(self.root, "calibrate", "--json", "--quiet", *options)
        return found, json.loads(found.stdout) if found.stdout else None

    def trained(self):
        return self.log.read_text().split("\n")[:-1]

    def results(self):
        return sorted(self.root.glob(".repro/calibrate/*/*.json"))


@pytest.fixture
def project(tmp_path):
    return CalibratedProject(tmp_path).accept()


def test_steps_that_no_seed_reaches_run_twice_and_the_others_once_a_seed(project):
    done, found = project.calibrate("--seeds", "5", "--jobs", "2")
    assert 0 == done.returncode, done.stderr
    assert (["train"], ["prepare"]) == (found["seeded_steps"], found["reused_steps"])
    assert 2 == project.trained().count("prepare")
    assert [f"train {seed}" for seed in range(4, 9)] == sorted(set(project.trained()) - {"prepare"})
    noise = found["metrics"]["out/metrics.json"]["accuracy"]
    assert (5, []) == (noise["count"], noise["missing"])
    (folder,) = project.root.glob(".repro/calibrate/*")
    assert {".json"} == {path.suffix for path in folder.iterdir()}
    assert "seed = 3\n" == (project.root / "params.toml").read_text()
    baseline = json.loads((project.root / "repro.baseline.json").read_text())
    (record,) = baseline["noise"].values()
    assert [4, 5, 6, 7, 8] == record["seeds"]


def test_after_kill_9_it_goes_on_and_counts_each_seed_once(tmp_path):
    project = CalibratedProject(tmp_path, "import time; time.sleep(0.2)").accept()
    process = subprocess.Popen(
        [sys.executable, "-m", "repro_action", "calibrate", "--seeds", "8", "--jobs", "1", "--quiet"],
        cwd=project.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while len(project.results()) < 3:
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = project.results()
    assert "noise" not in json.loads((project.root / "repro.baseline.json").read_text())
    done, found = project.calibrate("--seeds", "8")
    assert 0 == done.returncode, done.stderr
    assert found["resumed"] >= 3
    assert 8 == found["resumed"] + found["trained"]
    runs = [line for line in project.trained() if line.startswith("train")]
    assert all(1 == runs.count(f"train {path.stem}") for path in kept)
    project.root.joinpath(".repro/calibrate").rename(tmp_path / "before")
    _, alone = project.calibrate("--seeds", "8")
    assert alone["metrics"] == found["metrics"]


def test_a_project_without_a_seed_is_told_so_after_two_trainings(tmp_path):
    project = CalibratedProject(tmp_path)
    (project.root / "params.toml").write_text("rounds = 3\n")
    train = project.root / "train.py"
    train.write_text(train.read_text().replace("params['seed']", "params['rounds']"))
    done, _ = project.accept().calibrate("--seeds", "20")
    assert 2 == done.returncode
    assert "no step depends on the seed" in done.stdout + done.stderr
    assert 2 == project.trained().count("train 3")


def test_metrics_that_are_missing_or_not_finite_are_named_with_their_seeds(tmp_path):
    extra = "if params['seed'] % 2: score = float('nan')"
    done, found = CalibratedProject(tmp_path, extra).accept().calibrate("--seeds", "5")
    assert 0 == done.returncode, done.stderr
    noise = found["metrics"]["out/metrics.json"]["accuracy"]
    assert (3, [5, 7]) == (noise["count"], noise["missing"])


def test_trainings_that_fail_are_named_and_not_counted(tmp_path):
    extra = "if params['seed'] == 5: raise SystemExit('no luck')"
    done, found = CalibratedProject(tmp_path, extra).accept().calibrate("--seeds", "4")
    assert 0 == done.returncode, done.stderr
    assert ["5"] == list(found["failed"])
    assert 3 == found["metrics"]["out/metrics.json"]["accuracy"]["count"]


def test_materials_that_were_not_accepted_are_refused_before_training(project):
    (project.root / "params.toml").write_text("seed = 3\nshift = 1.0\n")
    done, _ = project.calibrate()
    assert 2 == done.returncode
    assert "shift" in done.stdout + done.stderr
    assert [] == project.trained()


def test_a_change_within_two_sigma_is_equivalent_and_a_stale_record_allows_nothing(project):
    assert 0 == project.calibrate("--seeds", "6")[0].returncode
    config = project.root / "repro.toml"
    rule = 'accuracy = { goal = "max", max_worsening = "2 sigma" }'
    config.write_text(config.read_text() + rule + "\n")
    baseline = json.loads((project.root / "repro.baseline.json").read_text())
    (record,) = baseline["noise"].values()
    sigma = record["metrics"]["out/metrics.json"]["accuracy"]["deviation"]
    params = project.root / "params.toml"
    params.write_text(f"seed = 3\nshift = {-sigma / 4}\n")
    small = command.repro(project.root, "verify")
    assert "of seed noise" in small.stdout, small.stdout
    params.write_text(f"seed = 3\nshift = {-sigma * 5}\n")
    assert "distinguishable" in command.repro(project.root, "verify").stdout
    assert "`repro calibrate` measures it again" in command.repro(project.root, "accept").stdout
    params.write_text(f"seed = 3\nshift = {-sigma * 5.01}\n")
    stale = command.repro(project.root, "verify").stdout
    assert "measured with other materials" in stale, stale
