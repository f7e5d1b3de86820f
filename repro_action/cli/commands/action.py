# SPDX-License-Identifier: Apache-2.0
"""`repro action`: what action.yml runs on a GitHub runner."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.action.job import Job
    from repro_action.action.runner import Runner
    from repro_action.sinks.github.port import Forge

_EPILOG = """\
stages:
  look   read the inputs, fetch the base commit, plan
  run    train and compare; needs no token, and is given none
  tell   summary, annotations, comment; fails the job where it should

Inputs come as variables REPRO_INPUT_…, the event as the runner tells it: docs/action.md.
On a laptop, `repro verify` does the same work.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("stage", choices=("look", "run", "tell"), help="which part of the action")


def execute(options: argparse.Namespace) -> int:
    """Run one stage and return its exit status."""
    from repro_action.action.runner import Runner
    from repro_action.errors import ReproError

    runner = Runner.of(os.environ, sys.stdout)
    try:
        job = _job(options.directory)
        return {"look": _look, "run": _run, "tell": _tell}[options.stage](job, runner)
    except ReproError as error:
        # Whoever reads the checks of a pull request sees annotations first.
        told = "\n".join(part for part in (error.what, error.why, error.remedy) if part)
        runner.annotate("error", told, title="repro")
        raise


def _job(directory: Path) -> Job:
    from repro_action.action import event, inputs
    from repro_action.action.job import Job

    workspace = os.environ.get("GITHUB_WORKSPACE") or str(directory)
    return Job(
        inputs=inputs.read(os.environ),
        event=event.read(os.environ),
        root=Path(workspace).resolve(),
        server=os.environ.get("GITHUB_SERVER_URL", "https://github.com"),
    )


def _look(job: Job, runner: Runner) -> int:
    from repro_action.action.prepare import look

    looked = look(job)
    folder = tempfile.mkdtemp(prefix="repro-", dir=os.environ.get("RUNNER_TEMP") or None)
    runner.set({"folder": folder, **looked.outputs(job)})
    if looked.warning is not None:
        runner.annotate("warning", f"{looked.warning.what}\n{looked.warning.remedy}", title="repro")
    return 0


def _run(job: Job, runner: Runner) -> int:
    from repro_action.action import outputs
    from repro_action.action.run import run
    from repro_action.cli import console
    from repro_action.codec import bundle as bundle_json
    from repro_action.files import write_atomically
    from repro_action.report import bundle
    from repro_action.report.render.markdown import comment

    with console.open_progress() as progress:
        done = run(job, progress)
    for entry in done.entries:
        console.show_report(entry.report, as_json=False)
    folder = _folder()
    data, page = folder / bundle.NAME, folder / "repro-report.md"
    write_atomically(data, bundle_json.dump(done), durable=False)
    write_atomically(page, comment.summary(done, comment.Context(run_url=job.event.run_url)), durable=False)
    runner.set({**outputs.of(done), "report-json": str(data), "report-markdown": str(page)})
    return 0  # whether the job fails is for the last stage to say, after the report was kept


def _tell(job: Job, runner: Runner) -> int:
    from repro_action.action.publish import tell

    def connect() -> Forge:
        from repro_action.sinks.github.adapter import GitHub

        return GitHub(job.event.repository, token=job.inputs.token, api_url=job.event.api_url)

    held = os.environ.get("REPRO_FOLDER", "")
    return tell(job, runner, connect, Path(held) if held else Path())


def _folder() -> Path:
    from repro_action.errors import ConfigError

    held = Path(os.environ.get("REPRO_FOLDER", ""))
    if not held.is_absolute() or not held.is_dir():
        raise ConfigError("there is no folder of an earlier stage", where="REPRO_FOLDER")
    return held
