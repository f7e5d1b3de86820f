"""What repro promises about a project's files and about its own answers, seen from outside."""

import json
import os
import signal
import subprocess
import time

import pytest
from e2e.mutant import OPEN, PROJECTS, swap
from e2e.project import command, copy, environment, git, repro
from work import HANG

from repro_action.codec import baseline as baseline_codec
from repro_action.report.consistency import contradiction
from repro_action.report.json import report as report_codec


@pytest.fixture
def project(tmp_path):
    return copy(PROJECTS["tiny"], tmp_path / "project")


@pytest.fixture
def accepted(project):
    assert repro(project, "verify", "-q").status == 3
    assert repro(project, "accept").status == 0
    return project


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_failed_run_puts_the_outputs_back_that_stood_there_before(accepted):
    before = files(accepted / "out")
    (accepted / "train.py").write_text("raise SystemExit(1)\n")
    assert repro(accepted, "verify", "-q").status == 2
    assert before == files(accepted / "out")


def test_an_interrupted_run_puts_the_outputs_back(accepted):
    before = files(accepted / "out")
    swap("train.py", "import pickle\n", "import pickle, time\ntime.sleep(600)\n")(accepted)
    running = subprocess.Popen(
        command("verify"), cwd=accepted, env=environment(), stderr=subprocess.PIPE, text=True
    )
    for line in running.stderr:
        if "step 1" in line:
            break
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=HANG)
    assert running.returncode == 130
    assert before == files(accepted / "out")


def test_files_that_people_keep_in_an_output_folder_stay_there_and_are_named(project):
    swap("repro.toml", '"out/model.pkl", "out/weights.npz"]', '"out/model.pkl", "out/weights.npz", "extra"]')(
        project
    )
    swap("train.py", '    Path("out").mkdir', '    Path("extra").mkdir()\n    Path("out").mkdir')(project)
    (project / "extra").mkdir()
    (project / "extra" / "NOTES.md").write_text("precious\n")
    # More runs than are kept, some of them dated later than now.
    for second in range(10):
        (project / f".repro/runs/20990101T00000{second}Z-000000000-1").mkdir(parents=True)
    for _ in range(2):
        report = repro(project, "verify", "--json", "-q").json
        assert "extra/NOTES.md" in json.dumps(report["warnings"]), report
        assert (project / "extra" / "NOTES.md").read_text() == "precious\n"


def test_after_a_kill_the_next_command_of_any_kind_puts_files_back_and_says_so(accepted):
    swap("train.py", "import pickle\n", "import pickle, time\ntime.sleep(600)\n")(accepted)
    before = files(accepted / "out")
    running = subprocess.Popen(
        command("verify"), cwd=accepted, env=environment(), stderr=subprocess.PIPE, text=True
    )
    for line in running.stderr:
        if "step 1" in line:
            break
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=HANG)
    ended = repro(accepted, "status")
    assert "put back: out/model.pkl" in ended.err
    assert before == files(accepted / "out")
    assert "put back" not in repro(accepted, "status").err


def test_a_reused_run_reports_the_same_as_a_fresh_one_and_says_that_nothing_was_trained(accepted):
    assert repro(accepted, "verify", "--reuse", "-q").status == 0
    fresh = repro(accepted, "verify", "-q", "--json").json
    reused = repro(accepted, "verify", "--reuse", "-q", "--json").json
    assert ["reused", "reused"] == [step["state"] for step in reused["steps"]]
    assert ["ran", "ran"] == [step["state"] for step in fresh["steps"]]
    for report in (fresh, reused):
        del report["steps"]
    assert fresh == reused


def test_reuse_is_refused_where_git_tracks_the_cache(accepted):
    git(accepted, "init")
    git(accepted, "add", "-f", ".repro/candidate.json")
    assert "git tracks" in repro(accepted, "verify", "--reuse", "-q").out


def test_a_run_that_disagreed_with_itself_is_not_accepted_by_mistake(project):
    swap("ridge.py", "np.random.default_rng(seed)", "np.random.default_rng()")(project)
    assert repro(project, "verify", "-q").status == 3  # a first run is repeated, too
    assert repro(project, "accept").status == 2
    assert repro(project, "accept", "--force").status == 0
    assert repro(project, "verify", "-q").status == 1
    assert repro(project, "accept").status == 2
    assert repro(project, "accept", "--force").status == 0


def test_a_run_of_which_nothing_is_compared_is_a_failure(project):
    text = (project / "repro.toml").read_text()
    text = text[: text.index("[metrics.")]
    kept = [line for line in text.splitlines() if not line.startswith("outputs")]
    (project / "repro.toml").write_text("\n".join(kept).replace(', "out/weights.npz"', ""))
    ended = repro(project, "verify", "-q", "--json")
    assert ended.status == 2
    assert "nothing to compare" in ended.json["error"]["what"]
    assert repro(project, "accept").status == 2


def test_a_rule_for_a_metric_that_is_not_there_is_reported(project):
    swap("repro.toml", "rmse = {", "rsme = {")(project)
    report = repro(project, "verify", "-q", "--json").json
    assert "'rsme'" in json.dumps(report["warnings"])
    assert "'rmse'" in json.dumps(report["warnings"])


def test_the_second_question_is_answered_apart_from_the_first(accepted):
    git(accepted, "init")
    git(accepted, "add", ".")
    git(accepted, "commit", "-m", "baseline")
    swap("params.toml", "ridge = 1", "ridge = 2")(accepted)
    assert repro(accepted, "verify", "-q").status == 1
    assert repro(accepted, "accept").status == 0
    report = repro(accepted, "verify", "-q", "--json", "--against", "HEAD").json
    assert report["verdict"] == "reproduced"
    assert report["claim"]["materials"] == []
    assert ["params"] == sorted({one["kind"] for one in report["change"]["materials"]})
    assert report["change"]["metrics"]


def test_an_unknown_revision_is_an_error_before_anything_is_trained(accepted):
    earlier = set((accepted / ".repro" / "runs").iterdir())
    ended = repro(accepted, "verify", "-q", "--against", "nowhere")
    assert ended.status == 2
    assert "nowhere" in ended.err + ended.out
    assert earlier == set((accepted / ".repro" / "runs").iterdir())


def test_status_sees_what_verify_would_blame(accepted):
    assert repro(accepted, "status").status == 0
    swap("ridge.py", "import numpy as np\n", "import numpy as np  # edited\n")(accepted)
    ended = repro(accepted, "status")
    assert ended.status == 1
    assert "ridge.py" in ended.out


def test_accept_refuses_outputs_of_other_materials(accepted):
    assert repro(accepted, "verify", "-q").status == 0
    swap("ridge.py", "import numpy as np\n", "import numpy as np  # edited\n")(accepted)
    ended = repro(accepted, "accept")
    assert ended.status == 2
    assert "ridge.py" in ended.err


def test_secrets_of_the_caller_do_not_reach_a_step(accepted):
    swap("train.py", "import pickle\n", "import os, pickle\nprint(sorted(os.environ))\n")(accepted)
    ended = repro(accepted, "verify", GITHUB_TOKEN="sesame", AWS_SECRET_ACCESS_KEY="sesame")
    assert "REPRO_SEED" in ended.err
    assert "GITHUB_TOKEN" not in ended.err
    assert "AWS_SECRET" not in ended.err


def test_a_step_cannot_talk_to_the_runner_that_reads_the_log(accepted):
    swap("train.py", "import pickle\n", "import pickle\nprint('::set-output name=x::y')\n")(accepted)
    ended = repro(accepted, "verify", GITHUB_ACTIONS="true")
    lines = (ended.err + ended.out).splitlines()
    assert any("set-output" in line for line in lines)
    assert not any(line.lstrip().startswith("::set-output") for line in lines)
    assert os.environ.get("GITHUB_ACTIONS") is None


def test_a_file_that_a_step_reads_undeclared_is_the_first_suspect_of_a_drift(project):
    OPEN(project)
    (project / "gain.txt").write_text("1.0\n")
    swap(
        "train.py",
        '    Path("out").mkdir',
        '    model["gain"] = float(open("gain.txt").read())\n    Path("out").mkdir',
    )(project)
    assert repro(project, "verify", "-q").status == 3
    assert repro(project, "accept").status == 0
    (project / "gain.txt").write_text("2.0\n")
    report = repro(project, "verify", "-q", "--json").json
    assert (report["verdict"], report["flavour"]) == ("drifted", "stable")
    assert "gain.txt" in report["causes"][0]["text"]


def test_what_a_report_shows_is_what_would_be_committed(project):
    with (project / "repro.toml").open("a") as config:  # the last rule that fits decides
        config.write('[artifacts."out/model.pkl"]\nbyproducts = ["**intercept**"]\n')
    for change in (lambda root: None, accept, swap("params.toml", "ridge = 1", "ridge = 9"), accept):
        change(project)
        repro(project, "verify", "-q")
        report = report_codec.load((project / ".repro/report.json").read_text())
        candidate = baseline_codec.load((project / ".repro/candidate.json").read_text())
        assert contradiction(report, candidate) == "", report.verdict


def accept(root):
    assert repro(root, "accept").status == 0
