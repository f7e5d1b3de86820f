# SPDX-License-Identifier: Apache-2.0
"""What is loaded before a step runs, and what while the first one trains."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.processes

UNTIL_A_STEP_RUNS = (
    "repro_action.cli.commands.verify, repro_action.environments.current, repro_action.flows.verify, "
    "repro_action.interpreter.inspect, repro_action.report.render.terminal.progress, "
    "repro_action.runs.project, repro_action.sandbox.select, repro_action.sinks.files.report"
)


def loaded_by(code):
    """Return the modules of repro that are loaded after some code."""
    code += "\nprint(*sorted(name for name in sys.modules if name.startswith('repro_action.')))"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_until_a_step_runs_nothing_is_loaded_that_reads_judges_or_reports():
    late = (
        "repro_action.compare.",
        "repro_action.findings.",
        "repro_action.observation",
        "repro_action.pyanalysis.",
        "repro_action.readers.",
        "repro_action.reading.",
        "repro_action.report.",
        "repro_action.sandbox.diagnosis",
        "repro_action.steps.diagnosis",
    )
    early = {
        "repro_action.compare.artifact_rules",
        "repro_action.compare.materials",
        "repro_action.report.build",
        "repro_action.report.build.labels",
        "repro_action.report.render",
        "repro_action.report.render.terminal",
        "repro_action.report.render.terminal.output_lines",
        "repro_action.report.render.terminal.progress",
    }
    found = loaded_by(f"import {UNTIL_A_STEP_RUNS}")
    assert set() == {name for name in found if name.startswith(late)} - early


def test_what_comes_after_the_steps_is_loaded_while_the_first_one_runs():
    code = (
        "from types import SimpleNamespace\n"
        "from repro_action.flows import prefetch\n"
        "prefetch.load(SimpleNamespace(steps=()))"
    )
    after = loaded_by(
        "import repro_action.flows.assessment, repro_action.sandbox.diagnosis, repro_action.report.json.report, "
        "repro_action.report.render.terminal.report, repro_action.report.render.markdown.report"
    )
    assert set() == after - loaded_by(f"import {UNTIL_A_STEP_RUNS}\n{code}")


def test_what_runs_steps_is_loaded_while_the_canary_runs_and_not_before():
    run = {
        "repro_action.data.seal",
        "repro_action.runs.run",
        "repro_action.runs.stash",
        "repro_action.sandbox.enclosure",
        "repro_action.steps.execute",
    }
    before = f"import {UNTIL_A_STEP_RUNS}"
    assert set() == loaded_by(before) & run
    code = f"{before}\nfrom repro_action.flows import prefetch\nprefetch.load_run()"
    assert run <= loaded_by(code)


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_what_is_loaded_beside_a_step_starts_no_threads_and_changes_no_variable():
    code = (
        "import os\n"
        "from types import SimpleNamespace\n"
        "from repro_action.flows import prefetch\n"
        "before = dict(os.environ)\n"
        "prefetch.load(SimpleNamespace(steps=(SimpleNamespace(outputs=('out/model.joblib',)),)))\n"
        "assert {'numpy', 'pickletools'} <= set(sys.modules)\n"
        "assert before == dict(os.environ)\n"
        "assert ['1'] == [line.split()[1] for line in open('/proc/self/status') if line.startswith('Threads')]"
    )
    loaded_by(code)


def test_a_status_without_a_difference_loads_nothing_that_ranks_or_reports():
    found = loaded_by(
        "import repro_action.cli.commands.status, repro_action.environments.current, repro_action.flows.status, "
        "repro_action.flows.present_materials, repro_action.runs.project"
    )
    unneeded = {
        "repro_action.data.dvc",
        "repro_action.exclusions",
        "repro_action.findings.suspects",
        "repro_action.notice",
        "repro_action.runs.journal",
        "repro_action.report.model",
        "repro_action.sandbox.select",
    }
    assert set() == found & unneeded
