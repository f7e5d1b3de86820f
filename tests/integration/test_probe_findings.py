# SPDX-License-Identifier: Apache-2.0
"""What a probe finds: which variations make outputs differ, in which step, and what pins them."""

import json

import capabilities
import pytest
from integration.probed_project import answers, probed, project
from required import absent

from repro_action.probe.variations.names import NAMES
from repro_action.report.json.probe import dump
from repro_action.report.probe_model import Answer
from repro_action.report.render.markdown import probe as markdown
from repro_action.report.render.terminal import probe as terminal

__all__ = ["project"]


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


def test_a_set_in_hash_order_is_kept_stable_by_the_profile_and_named_with_its_knob(project):
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
    assert bool(open_) >= (runs == 6)  # so few cannot suffice
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
    if reason := capabilities.faketime():
        absent("faketime", reason)
    report = probed(project("import datetime\nmade = {'when': str(datetime.datetime.now())}"))
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
    assert set(NAMES) - {"umask", "home"} == answers(report, Answer.NOT_TRIED)


def test_what_is_left_out_is_not_tried(project):
    report = probed(project("import os\nmade = os.listdir('parts')"), leave_out=("file-order",))
    assert report.robust
    assert {"file-order"} == answers(report, Answer.NOT_TRIED)


def test_an_unknown_name_is_answered_with_the_one_that_was_meant(project):
    report = probed(project("made = 1"), names=("hashseed",))
    assert "Did you mean `hash-seed`?" in report.error.remedy
