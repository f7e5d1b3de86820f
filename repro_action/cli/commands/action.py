# SPDX-License-Identifier: Apache-2.0
"""`repro action`: what action.yml runs on a GitHub runner."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.action.job import ActionJob
    from repro_action.report.bundle import Bundle
    from repro_action.sinks.github.adapter import GitHub
    from repro_action.sinks.github.runner import Runner

_EPILOG = """\
stages:
  prepare  read the inputs, fetch the base commit, plan
  run      train and compare; needs no token, and is given none
  publish  summary, annotations, comment; fails the job where it should

Inputs come as variables REPRO_INPUT_…, the event as the runner gives it:
docs/action.md.
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
        runner.annotate("error", error.text, title="repro")
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
        artifact_url=os.environ.get("REPRO_ARTIFACT_URL", ""),
        page_url=os.environ.get("REPRO_PAGE_URL", ""),
    )


def _prepare(job: ActionJob, runner: Runner) -> int:
    from repro_action.action.prepare import configs_of, prepare

    prepared = prepare(job)
    folder = tempfile.mkdtemp(prefix="repro-", dir=os.environ.get("RUNNER_TEMP") or None)
    _find_verified(job, runner, Path(folder))
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


def _find_verified(job: ActionJob, runner: Runner, folder: Path) -> None:
    """Leave what the default branch verified for the next stage; where it cannot be had, that one trains."""
    if not job.inputs.reuse:
        return
    from repro_action.action import verified
    from repro_action.errors import ReproError

    if not verified.may_answer(job):
        return
    try:
        records = verified.fetch(_connect(job), job, datetime.now(UTC))
        if records is not None:
            verified.hand_over(records, folder)
    except ReproError as error:
        runner.annotate("warning", f"Everything is trained: {error.text}", title="repro: nothing reused")


def _run(job: ActionJob, runner: Runner) -> int:
    from repro_action.action import verified
    from repro_action.action.past_baselines import PastBaselines
    from repro_action.action.run import FromPrepare, run
    from repro_action.cli import console
    from repro_action.report import bundle
    from repro_action.sinks import Publication, deliver, make_sinks
    from repro_action.sinks.settings import SinkSettings

    folder = _folder()
    # Before anything of the project runs, which could write to that folder.
    prepared = FromPrepare(
        past=PastBaselines(folder=folder / _PAST), verified=verified.handed_over(job, folder)
    )
    with console.open_progress() as progress:
        done = run(job, progress, prepared)
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
    _keep_page(job, done, runner, folder)
    _keep_verified(verified.to_keep(job, done, datetime.now(UTC)), runner, folder)
    return 0  # whether the job fails is for the last stage to say, after the report was kept


def _keep_page(job: ActionJob, done: Bundle, runner: Runner, folder: Path) -> None:
    """Leave the reports as a page for the step that uploads it; without one, the job goes on."""
    if not job.inputs.artifact:
        return
    from repro_action.action.page import NAME, page_of
    from repro_action.errors import ReproError
    from repro_action.files import write_atomically

    try:
        page = page_of(job, done).encode("utf-8", "backslashreplace")
        write_atomically(folder / NAME, page, scratch=folder)
    except (ReproError, OSError) as error:
        runner.annotate("warning", f"The page was not written: {error}", title="repro: no page")
        return
    runner.set({"page-html": str(folder / NAME)})


def _keep_verified(document: str, runner: Runner, folder: Path) -> None:
    """Leave what this job verified for the step that uploads it."""
    if document:
        from repro_action.files import write_atomically
        from repro_action.report.verification import NAME

        # In place of what a step may have put there; a link is refused.
        write_atomically(folder / NAME, document, scratch=folder)
        runner.set({"verified-json": str(folder / NAME)})


def _publish(job: ActionJob, runner: Runner) -> int:
    from repro_action.action.publish import publish

    folder = os.environ.get("REPRO_FOLDER", "")
    return publish(job, runner, partial(_connect, job), Path(folder) if folder else Path())


def _connect(job: ActionJob) -> GitHub:
    from repro_action.sinks.github.adapter import GitHub

    return GitHub(job.event.repository, token=job.inputs.token, api_url=job.event.api_url)


def _folder() -> Path:
    from repro_action.errors import ConfigError

    folder = Path(os.environ.get("REPRO_FOLDER", ""))
    if not folder.is_absolute() or not folder.is_dir():
        raise ConfigError("the folder that the stage `prepare` made does not exist", where="REPRO_FOLDER")
    return folder
