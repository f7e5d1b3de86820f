# SPDX-License-Identifier: Apache-2.0
"""What `repro verify` costs beyond the training itself."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

from bench.clock import Command, difference, in_turn
from bench.projects import example
from bench.scale import BIN, Scale, variables
from bench.table import Row

# Asks repro itself which interpreter and variables the steps get; printed as JSON.
_ASK = """\
import json, sys
from pathlib import Path
from repro_action.environments import backend_for
from repro_action.runs.project import Project
from repro_action.runs.plan import make_plan
from repro_action.runs.materials import knobs_of
project = Project.open(Path(sys.argv[1]), None)
environment = backend_for(project.config).peek(project.config)
shared = {**environment.variables, **knobs_of(project.config, environment)}
steps = [[list(step.run), list(step.outputs), dict(step.env)] for step in make_plan(project.config).steps]
print(json.dumps([str(environment.python), shared, steps]))
"""


def measure(scale: Scale, work: Path) -> list[Row]:
    """Compare `repro verify` with a shell that runs the same commands under the same variables."""
    return [_row(scale, example(name, work), name) for name in scale.examples]


def _row(scale: Scale, project: Path, name: str) -> Row:
    asked = subprocess.run(
        [sys.executable, "-c", _ASK, project], env=variables(), check=True, capture_output=True
    )
    python, shared, steps = json.loads(asked.stdout)
    script = ["set -e"]
    for run, outputs, own in steps:
        program = [
            python if part in {"python", "python3"} and not at else part for at, part in enumerate(run)
        ]
        folders = sorted({str(Path(output).parent) for output in outputs})
        script += [
            shlex.join(["rm", "-rf", *outputs]),
            shlex.join(["mkdir", "-p", *folders]),
            shlex.join(["env", *(f"{key}={value}" for key, value in own.items()), *program]),
        ]
    commands = [
        Command(argv=(BIN / "repro", "verify"), folder=project, variables=variables()),
        Command(argv=("sh", "-c", "\n".join(script)), folder=project, variables=shared),
    ]
    ours, theirs = in_turn(commands, scale.rounds)
    more = difference(ours, theirs)
    return Row(
        what=f"repro verify, examples/{name}",
        ours=ours,
        against="its commands in a shell",
        theirs=theirs,
        goal="+ 0.3 s + 2 %",
        met=more <= 0.3 + 0.02 * theirs.median,
        note=f"{1000 * more:+.0f} ms ({100 * more / theirs.median:+.1f} %), "
        f"{1000 * (ours.cpu - theirs.cpu):+.0f} ms of CPU; {len(steps)} steps",
    )
