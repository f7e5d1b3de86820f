"""The README says what the program does."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from repro_action.config.load import parse
from repro_action.determinism.document import render as render_knobs
from repro_action.verdict import Verdict

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DETERMINISM = ROOT / "docs" / "determinism.md"
TEXT = README.read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def help_text():
    done = subprocess.run(
        [sys.executable, "-m", "repro_action", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "80", "LC_ALL": "C.UTF-8"},
    )
    return done.stdout


def verdict_rows():
    return "".join(f"| `{one.value}` | {one.meaning} | {one.exit_code} |\n" for one in Verdict)


def test_the_help_block_is_what_the_program_prints():
    assert help_text() in blocks("text")


def test_the_table_of_verdicts_is_that_of_the_code():
    assert verdict_rows() in TEXT


def test_the_two_commands_are_targets_of_the_makefile():
    commands = [line.split() for line in blocks("sh")[0].splitlines()]
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert [["make", "demo"], ["make", "test"]] == commands
    assert {"demo", "test", "setup", "check", "bench"} <= set(targets)


def test_ci_calls_the_two_commands():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for line in blocks("sh")[0].splitlines():
        assert line in script.splitlines()


def test_the_configuration_shown_is_valid():
    (shown,) = blocks("toml")
    config = parse(shown, Path("/project/repro.toml"))
    assert config.name == "wine"


def test_every_link_leads_somewhere():
    for page in [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_version_stands_in_the_changelog():
    from repro_action import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_table_of_knobs_is_that_of_the_code():
    assert render_knobs() in DETERMINISM.read_text(encoding="utf-8")


def test_project_metadata_names_every_dependency_with_a_reason():
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for requirement in document["project"]["dependencies"]:
        name = re.match(r"[A-Za-z0-9-]+", requirement)[0]
        assert f"| {name} |" in page


@pytest.mark.parametrize(
    "command",
    [
        "init",
        "verify",
        "status",
        "accept",
        "attest",
        "receipts",
        "diff",
        "pin",
        "probe",
        "plan",
        "doctor",
        "publish",
        "report",
    ],
)
def test_every_command_has_help_with_an_example(command):
    done = subprocess.run(
        [sys.executable, "-m", "repro_action", command, "--help"], capture_output=True, text=True, check=True
    )
    assert f"repro {command}" in done.stdout.split("example")[1]
