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
    from repro_action.action.job import ActionJob
    from repro_action.sinks.github.adapter import GitHub
    from repro_action.sinks.github.runner import Runner

_EPILOG = """\
stages:
  prepare  read the inputs, fetch the base commit, plan
  run      train and compare; needs no token, and is given none
  publish  summary, annotations, comment; fails the job where it should

Inputs come as variables REPRO_INPUT_…, the event as the runner gives it: docs/action.md.
On a laptop, `repro verify` does the same work.
"""


_PAST = "past"
"""The folder of earlier baselines, in that of the stages."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("stage", choices=("prepare", "run", "publish"), help="which part of the action")


def execute(options: argparse.Namespace) -> int:
    """Run one stage and return its exit status."""
    from repro_action.errors import ReproError
    from repro_action.sinks.github.runner import Runner

    runner = Runner.of(os.environ, sys.stdout)
    try:
        job = _job(options.directory)
        return {"prepare": _prepare, "run": _run, "publish": _publish}[options.stage](job, runner)
    except ReproError as error:
        # Readers of a pull request's checks see annotations first.
        text = "\n".join(part for part in (error.what, error.why, error.remedy) if part)
        runner.annotate("error", text, title="repro")
        raise


def _job(directory: Path) -> ActionJob:
    from repro_action.action import event, inputs
    from repro_action.action.job import ActionJob, locate

    workspace = os.environ.get("GITHUB_WORKSPACE") or str(directory)
    given = inputs.read(os.environ)
    root, folder = locate(Path(workspace).resolve(), given)
    return ActionJob(
        inputs=given,
        event=event.read(os.environ),
        root=root,
        folder=folder,
        server=os.environ.get("GITHUB_SERVER_URL", "https://github.com"),
    )


def _prepare(job: ActionJob, runner: Runner) -> int:
    from repro_action.action.prepare import configs_of, prepare

    prepared = prepare(job)
    folder = tempfile.mkdtemp(prefix="repro-", dir=os.environ.get("RUNNER_TEMP") or None)
    runner.set({"folder": folder, **prepared.outputs(job)})
    if prepared.run and "history" in job.inputs.comment_sections:
        from repro_action.action.past_baselines import PastBaselines

        PastBaselines(folder=Path(folder) / _PAST).fetch(job, configs_of(job))
    if prepared.plan is not None:
        from repro_action.report import bundle
        from repro_action.report.json.bundle import dump

        place = Path(folder) / bundle.NAME
        place.write_text(dump(prepared.plan), encoding="ascii")
        runner.set({"plan-json": str(place)})
    if prepared.warning is not None:
        text = f"{prepared.warning.what}\n{prepared.warning.remedy}"
        runner.annotate("warning", text, title="repro")
    return 0


def _run(job: ActionJob, runner: Runner) -> int:
    from repro_action.action.past_baselines import PastBaselines
    from repro_action.action.run import run
    from repro_action.cli import console
    from repro_action.report import bundle
    from repro_action.sinks import Publication, deliver, make_sinks
    from repro_action.sinks.settings import SinkSettings

    folder = _folder()
    with console.open_progress() as progress:
        done = run(job, progress, PastBaselines(folder=folder / _PAST))
    for entry in done.entries:
        console.show_report(entry.report, as_json=False)
    settings = SinkSettings(
        environ=os.environ,
        root=job.root,
        json=folder / bundle.NAME,
        markdown=folder / "repro-report.md",
        runner=runner,
    )
    publication = Publication(bundle=done, run_url=job.event.run_url)
    for delivery in deliver(make_sinks(["bundle-files", "outputs"], settings), publication):
        if delivery.error is not None:  # without its report, nothing of this job could be believed
            raise delivery.error
    return 0  # whether the job fails is for the last stage to say, after the report was kept


def _publish(job: ActionJob, runner: Runner) -> int:
    from repro_action.action.publish import publish

    def connect() -> GitHub:
        from repro_action.sinks.github.adapter import GitHub

        return GitHub(job.event.repository, token=job.inputs.token, api_url=job.event.api_url)

    folder = os.environ.get("REPRO_FOLDER", "")
    return publish(job, runner, connect, Path(folder) if folder else Path())


def _folder() -> Path:
    from repro_action.errors import ConfigError

    folder = Path(os.environ.get("REPRO_FOLDER", ""))
    if not folder.is_absolute() or not folder.is_dir():
        raise ConfigError("the folder that the stage `prepare` made does not exist", where="REPRO_FOLDER")
    return folder
