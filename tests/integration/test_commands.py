"""Every command as people and machines meet it: what is printed, where, and the exit status."""

import json
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from e2e.project import copy
from integration import command
from work import HANG, eventually

TINY = Path(__file__).parents[1] / "e2e" / "tiny"


repro = partial(command.repro, COLUMNS="80")


@pytest.fixture
def tiny(tmp_path):
    return copy(TINY, tmp_path / "tiny")


def change(root, old, new):
    path = root / "repro.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


# Typing mistakes.


def test_a_misspelt_command_is_answered_with_the_one_that_was_meant(tmp_path):
    done = repro(tmp_path, "verfy")
    assert 2 == done.returncode
    assert "Did you mean `repro verify`?" in done.stderr
    assert "" == done.stdout


def test_a_misspelt_option_is_answered_with_the_usage_of_its_command(tmp_path):
    done = repro(tmp_path, "verify", "--jsn")
    assert 2 == done.returncode
    assert "usage: repro verify" in done.stderr
    assert "Did you mean `--json`?" in done.stderr


def test_an_option_of_one_command_is_refused_by_another(tmp_path):
    done = repro(tmp_path, "accept", "--no-repeat")
    assert 2 == done.returncode
    assert "usage: repro accept" in done.stderr


def test_a_value_that_looks_like_a_command_is_none(tmp_path):
    (tmp_path / "verify").mkdir()
    done = repro(tmp_path, "-C", "verify", "pin", "--jsn")
    assert "usage: repro pin" in done.stderr


def test_help_is_a_command_too(tmp_path):
    whole, one = repro(tmp_path, "help"), repro(tmp_path, "help", "verify")
    assert (0, 0) == (whole.returncode, one.returncode)
    assert repro(tmp_path, "--help").stdout == whole.stdout
    assert repro(tmp_path, "verify", "--help").stdout == one.stdout


def test_help_on_a_misspelt_command_is_answered_with_the_one_that_was_meant(tmp_path):
    done = repro(tmp_path, "help", "verfy")
    assert 2 == done.returncode
    assert "Did you mean `repro verify`?" in done.stderr


def test_without_a_command_the_help_is_shown_and_the_status_is_that_of_an_error(tmp_path):
    done = repro(tmp_path)
    assert 2 == done.returncode
    assert "first session" in done.stderr


# Places that are not there.


@pytest.mark.parametrize("command", [["verify", "-q"], ["status"], ["init"], ["pin"], ["accept"]])
def test_a_folder_that_is_not_there_is_called_that(tmp_path, command):
    done = repro(tmp_path, "-C", "nowhere", *command)
    assert 2 == done.returncode
    assert "there is no folder nowhere" in done.stdout + done.stderr
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("option", ["--report-json", "--report-markdown"])
def test_a_report_cannot_go_to_a_folder_that_is_not_there_and_nothing_is_trained(tiny, option):
    done = repro(tiny, "verify", "-q", option, "nowhere/report")
    assert 2 == done.returncode
    assert "there is no folder nowhere" in done.stderr
    assert option in done.stderr
    assert not (tiny / "nowhere").exists()
    assert not (tiny / "out").exists()


def test_a_report_cannot_replace_a_folder(tiny):
    done = repro(tiny, "verify", "-q", "--report-json", "data")
    assert 2 == done.returncode
    assert "data is a folder" in done.stderr
    assert not (tiny / "out").exists()


# JSON.


@pytest.mark.parametrize(
    ("command", "arguments", "own"),
    [
        ("init", ["--dry-run"], {"written", "ready", "text", "notes", "candidates", "proposals"}),
        ("pin", ["--check"], {"pins"}),
        ("status", [], {"platform", "materials", "environment_built", "undeclared_reads"}),
        ("doctor", [], {"checks"}),
    ],
)
def test_every_document_has_the_same_envelope(tiny, command, arguments, own):
    done = repro(tiny, command, "--json", *arguments)
    document = json.loads(done.stdout)
    assert (1, command, done.returncode) == (document["version"], document["command"], document["exit_code"])
    assert own == document.keys() - {"version", "command", "exit_code"}


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["--json", "verfy"], "verfy"),
        (["verify", "--json", "--jsn"], "verify"),
        (["--json"], ""),
        (["pin", "--json", "nowhere.csv"], "pin"),
        (["-C", "nowhere", "status", "--json"], "status"),
        (["verify", "--json", "--report-json", "nowhere/x.json"], "verify"),
    ],
)
def test_errors_are_documents_too(tiny, arguments, command):
    done = repro(tiny, *arguments)
    document = json.loads(done.stdout)
    assert 2 == done.returncode
    assert (1, command, 2) == (document["version"], document["command"], document["exit_code"])
    assert document["error"]["what"]
    assert {"what", "why", "cure", "where"} == document["error"].keys()


def test_a_verification_keeps_the_schema_of_reports(tiny):
    done = repro(tiny, "verify", "--json", "-q")
    document = json.loads(done.stdout)
    assert "command" not in document
    assert "no_baseline" == document["verdict"]


def test_what_was_accepted_comes_in_the_envelope(tiny):
    assert 3 == repro(tiny, "verify", "-q").returncode
    document = json.loads(repro(tiny, "accept", "--json").stdout)
    assert (1, "accept", 0) == (document["version"], document["command"], document["exit_code"])
    assert "repro.baseline.json" == document["file"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_is_a_document_too(tiny, number):
    change(tiny, '["python", "train.py"]', '["sleep", "600"]')
    command = [sys.executable, "-m", "repro_action", "verify", "--json", "-q"]
    with subprocess.Popen(command, cwd=tiny, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert eventually(lambda: list(tiny.glob(".repro/runs/*/*")))
        running.send_signal(number)
        out, _ = running.communicate(timeout=HANG)
    document = json.loads(out)
    assert 130 == running.returncode
    assert ("verify", 130) == (document["command"], document["exit_code"])
    assert "stopped" in document["error"]["what"]


# Pins.


def test_only_what_is_named_is_checked(tiny):
    done = repro(tiny, "pin", "--check", "data/points.csv")
    assert 0 == done.returncode
    assert 1 == done.stdout.count("ok ")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nope.csv", "nope.csv does not exist, and is not pinned"),
        ("train.py", "train.py is not pinned"),
    ],
)
def test_what_is_not_pinned_does_not_pass_a_check(tiny, path, said):
    done = repro(tiny, "pin", "--check", path)
    assert 2 == done.returncode
    assert said in done.stderr


def test_a_check_of_one_pin_does_not_look_at_the_others(tiny):
    (tiny / "more.csv").write_text("1\n")
    assert 0 == repro(tiny, "pin", "more.csv").returncode
    (tiny / "more.csv").write_text("2\n")
    assert 0 == repro(tiny, "pin", "--check", "data/points.csv").returncode
    assert 2 == repro(tiny, "pin", "--check", "more.csv").returncode
    assert 2 == repro(tiny, "pin", "--check").returncode


# What `doctor` calls bad, `verify` refuses.


def checks(root):
    done = repro(root, "doctor", "--json")
    return done.returncode, {(one["name"], one["health"]): one for one in json.loads(done.stdout)["checks"]}


def test_a_sound_project_has_nothing_bad(tiny):
    status, found = checks(tiny)
    assert 0 == status
    assert {"data", "commands"} <= {name for name, health in found if health == "ok"}


def test_data_that_is_not_what_was_pinned_is_bad(tiny):
    (tiny / "data" / "points.csv").write_text("1,2\n")
    status, found = checks(tiny)
    assert 2 == status
    assert "data/points.csv is not the data that was pinned" in found["data", "bad"]["found"]
    assert "repro pin data/points.csv" in found["data", "bad"]["cure"]


def test_a_script_that_is_not_there_is_bad(tiny):
    change(tiny, '"train.py"]', '"trian.py"]')
    status, found = checks(tiny)
    assert 2 == status
    assert "train: there is no trian.py" == found["commands", "bad"]["found"]


def test_a_program_that_is_not_there_is_bad(tiny):
    change(tiny, '["python", "train.py"]', '["no-such-program", "train.py"]')
    status, found = checks(tiny)
    assert 2 == status
    assert "train: no-such-program is not on the PATH of the environment" == found["commands", "bad"]["found"]


def test_a_read_that_no_step_declares_is_a_warning_of_doctor_and_status(tiny):
    (tiny / "other.csv").write_text("1\n")
    with (tiny / "train.py").open("a") as file:
        file.write('open("other.csv")\n')
    line = len((tiny / "train.py").read_text().splitlines())
    said = f"train.py:{line} reads other.csv, which is in no inputs"
    status, found = checks(tiny)
    assert 0 == status
    assert said == found["inputs", "warn"]["found"]
    assert said in repro(tiny, "status").stdout
    assert [{"file": "train.py", "line": line, "path": "other.csv"}] == json.loads(
        repro(tiny, "status", "--json").stdout
    )["undeclared_reads"]


def test_every_mistake_of_a_configuration_is_listed(tiny):
    change(tiny, 'backend = "current"', 'backend = "conda"')
    change(tiny, "seed = 5", "sed = 5")
    done = repro(tiny, "doctor")
    assert 2 == done.returncode
    assert "the configuration has 2 mistakes" in done.stdout
    assert "Did you mean `seed`?" in done.stdout
    assert "expected one of 'current', 'venv', 'nix', 'nix-build', found 'conda'" in done.stdout


def test_init_says_what_it_did_to_gitignore(tmp_path):
    (tmp_path / "train.py").write_text('open("model.txt", "w").write("1")\n')
    done = repro(tmp_path, "init")
    assert "wrote repro.toml and added .repro/ to .gitignore" in done.stdout
