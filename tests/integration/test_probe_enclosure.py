# SPDX-License-Identifier: Apache-2.0
"""Trials of a probe run in the enclosure of `verify`: what it hides is hidden, what it forbids is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from integration.probed_project import probed
from required import require_enclosing

from repro_action.environments import backend_for
from repro_action.flows.probe import enclosure_of_trials, refused
from repro_action.probe.trial import ELSEWHERE, Trial, run_trial
from repro_action.probe.variations.catalogue import VARIATIONS
from repro_action.progress import Silent
from repro_action.report.probe_model import Answer
from repro_action.runs.project import Project
from repro_action.sandbox.enclosure import Open
from repro_action.sandbox.mechanisms import Bubblewrap, Namespaces
from repro_action.sandbox.protocol import Enforced
from repro_action.sandbox.select import select
from repro_action.steps.disturbance import NOTHING

CONFIG = """
version = 1
name = "small"
seed = 3
[environment]
backend = "current"
[determinism]
profile = "portable"
[sandbox]
{sandbox}
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py", "data/*.txt"]
outputs = ["out/seen.json"]
"""
TRAIN = """import json, os, random, socket
{code}
seen = dict(
    hidden=os.path.exists("hidden.txt"),
    data=open("data/a.txt").read(),
    folder=os.getcwd(),
    file=os.path.abspath(__file__),
    host=socket.gethostname(),
    user=os.environ.get("USER"),
    home=os.path.expanduser("~"),
    pids=[os.getpid(), os.getppid()],
    umask=os.umask(0),
)
os.makedirs("out", exist_ok=True)
json.dump(seen if {every} else made, open("out/seen.json", "w"))
"""
VARIATION = {variation.name: variation for variation in VARIATIONS}
MECHANISMS = {"namespaces": Namespaces(), "bubblewrap": Bubblewrap(), "open": None}


@pytest.fixture
def project(tmp_path):
    def make(code="", *, sandbox="", every=True):
        root = tmp_path / "small"
        (root / "data").mkdir(parents=True)
        (root / "data" / "a.txt").write_text("1.5")
        (root / "hidden.txt").write_text("not declared")
        (root / "repro.toml").write_text(CONFIG.format(sandbox=sandbox))
        (root / "train.py").write_text(TRAIN.format(code=code, every=every))
        return root

    return make


class Trials:
    """Single trials of a project, in one mechanism."""

    def __init__(self, root, mechanism="namespaces"):
        self.config = Project.open(root, None).config
        self.environment = backend_for(self.config, os.environ).prepare(self.config, Silent())
        means = MECHANISMS[mechanism]
        if means is None:
            self.sandbox = Open(enforced=Enforced())
        else:
            require_enclosing(means)
            self.sandbox = select(self.config, self.environment, mechanisms=(means,))
            assert "none" != self.sandbox.enforced.how, self.sandbox.enforced.reason
        self.base = root / ".repro" / "probe"
        self.base.mkdir(parents=True)
        self.count = 0

    def run(self, disturbance=NOTHING):
        self.count += 1
        trial = Trial(
            config=self.config,
            environment=self.environment,
            place=self.base / "0",
            kept=self.base / f"kept-{self.count}",
            disturbance=disturbance,
            sandbox=self.sandbox,
        )
        return run_trial(trial)

    def see(self, disturbance=NOTHING):
        outcome = self.run(disturbance)
        assert outcome.failure is None, outcome.failure
        return json.loads((outcome.root / "out" / "seen.json").read_text())

    def disturbed(self, name, *, unpinned=False):
        variation = VARIATION[name]
        make = variation.unpin if unpinned else variation.disturb
        return self.see(make(self.environment, round_number=1))


@pytest.mark.parametrize("mechanism", ["namespaces", "bubblewrap"])
def test_a_trial_sees_the_project_where_verify_sees_it_and_only_what_is_declared(project, mechanism):
    root = project()
    seen = Trials(root, mechanism).see()
    assert (False, "1.5", str(root), f"{root}/train.py") == (
        *(seen[key] for key in ("hidden", "data", "folder", "file")),
    )
    assert 2 == seen["pids"][0]


def test_a_write_to_an_input_fails_a_trial_as_it_fails_verify(project):
    outcome = Trials(project('open("data/a.txt", "w").write("2")')).run()
    assert "train" == outcome.failure.step
    assert "inputs are read-only in the sandbox" in outcome.failure.notice.why


def test_what_a_trial_sought_and_did_not_declare_is_named_as_in_verify(project):
    outcome = Trials(project('open("hidden.txt").read()')).run()
    assert "hidden.txt, which exists but is not declared" in outcome.failure.notice.why


@pytest.mark.parametrize("mechanism", ["namespaces", "bubblewrap"])
def test_each_variation_of_places_and_names_works_inside(project, mechanism):
    trials = Trials(project(), mechanism)
    plain = trials.see()
    moved = trials.disturbed("build-path")
    assert ELSEWHERE == Path(moved["folder"]).parent
    assert {**plain, **{key: moved[key] for key in ("folder", "file")}} == moved
    named = trials.disturbed("user-host")
    assert ("another-host", "another-user") == (named["host"], named["user"])
    assert 0o077 == trials.disturbed("umask")["umask"]
    assert trials.disturbed("home")["home"].endswith("/.repro/probe/0/home")
    numbered = trials.disturbed("process-ids", unpinned=True)
    assert {**plain, "pids": numbered["pids"]} == numbered
    assert numbered["pids"][0] > 30


def test_without_a_sandbox_the_path_is_that_of_the_copy_and_the_name_is_another_where_it_can_be(project):
    root = project(sandbox='network = true\nfiles = "any"')
    trials = Trials(root, "open")
    assert str(root / ".repro" / "probe" / "0" / "project") == trials.see()["folder"]
    assert trials.disturbed("build-path")["folder"].startswith(str(root / ".repro" / "probe" / "0"))
    reasons = refused(trials.sandbox, trials.environment)
    assert "differ in every run" in reasons["process-ids"]


def test_an_environment_in_the_project_is_found_at_another_path_too(project, tmp_path):
    import venv

    root = project()
    venv.create(root / ".venv", symlinks=True)
    text = (root / "repro.toml").read_text().replace('"python", "train.py"', '".venv/bin/python", "train.py"')
    (root / "repro.toml").write_text(
        text.replace('backend = "current"', f'backend = "current"\npython = "{root}/.venv/bin/python"')
    )
    trials = Trials(root)
    assert trials.disturbed("build-path")["folder"].startswith(str(ELSEWHERE))


def test_every_variation_is_asked_inside_and_a_refusal_has_a_reason(project):
    trials = Trials(project())
    reasons = refused(trials.sandbox, trials.environment)
    assert set(VARIATION) == set(reasons)
    assert not {"build-path", "home", "umask", "user-host", "process-ids", "file-order"} & {
        name for name, reason in reasons.items() if reason
    }


def test_a_backend_that_cannot_be_disturbed_is_probed_in_the_sandbox_of_its_shell(project):
    trials = Trials(project())

    class Derivations:
        disturbable = False

    assert "namespaces" == enclosure_of_trials(trials.config, Derivations(), trials.environment).enforced.how


def test_bits_that_hold_by_the_sandbox_or_by_the_seed_of_repro_alone_are_reported(project):
    require_enclosing(Namespaces(), Bubblewrap())
    root = project("made = [os.getpid(), 0]", every=False)
    code = (root / "train.py").read_text()
    options = {"names": ("seed", "process-ids"), "rounds": 1}
    report = probed(root, **options)
    assert "only declared files" in report.enclosure
    assert report.robust
    (found,) = report.findings
    assert (("process-ids",), ("the sandbox",)) == (found.variations, found.pinned_by)
    assert code.splitlines().index("made = [os.getpid(), 0]") + 1 == found.places[0].line
    assert "the sandbox keeps process-ids stable" in report.headline
    (root / "train.py").write_text(code.replace("[os.getpid(), 0]", "[random.random(), 0]"))
    report = probed(root, **options)
    assert [("seed",)] == [found.variations for found in report.findings]
    report = probed(root, **options, unpin=False)
    rows = {row.name: row.answer for row in report.variations}
    assert {Answer.NOT_TRIED} == {rows["seed"], rows["process-ids"]}
