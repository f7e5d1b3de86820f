# SPDX-License-Identifier: Apache-2.0
"""The last stage: the reports go to every sink that this job asks for, and the job fails where it should.

A sink that cannot be written never fails a job: the others hold the same, and a warning says which
one failed and, for a comment, which permission to add.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.action import reports
from repro_action.action.accept_comment import AcceptOutcome, accept_comment
from repro_action.action.inputs import ActionCommand
from repro_action.action.job import ActionJob
from repro_action.errors import ArtifactUnreadable, ReproError
from repro_action.report.bundle import LARGEST, NAME, Bundle
from repro_action.report.json import bundle as bundle_json
from repro_action.report.render.markdown.escape import block
from repro_action.sinks import Delivery, Publication, deliver, make_sinks
from repro_action.sinks.github.options import CommentMode, PublishOptions
from repro_action.sinks.github.port import CodeHostError, NotPermitted, WorkflowRun
from repro_action.sinks.github.resolve_run import RunMatch, resolve
from repro_action.sinks.github.runner import Runner
from repro_action.sinks.settings import SinkSettings
from repro_action.verdict import Verdict

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub

Connect = Callable[[], "GitHub"]


def publish(job: ActionJob, runner: Runner, connect: Connect, folder: Path) -> int:
    """Publish, and return the exit status of the job.

    Args:
        job: what was asked for.
        runner: where outputs, summary and annotations go.
        connect: makes the way to GitHub, if one is needed.
        folder: where the stage `run` left its report.

    Raises:
        ArtifactUnreadable: the report is not there, or not what the action writes.
        CodeHostError: `publish` or `accept` could not do what they are for.
        ConfigError: the event makes it dangerous.
    """
    job.refuse_privileged()
    job = _with_pull(job, connect)
    match job.inputs.command:
        case ActionCommand.VERIFY:
            return _deliver(job, runner, connect, _read(folder), ("annotations", *_sinks(job)))
        case ActionCommand.PUBLISH:
            return _publish(job, runner, connect)
        case ActionCommand.ACCEPT:
            return _accept(job, runner, connect())
        case ActionCommand.CHECK:
            from repro_action.action.check import check_subjects

            return check_subjects(job, runner, connect)
        case ActionCommand.DRIFT:
            from repro_action.action.drift import check_drift

            return check_drift(job, runner, connect)
        case _:
            return 0


def _with_pull(job: ActionJob, connect: Connect) -> ActionJob:
    """Return the job with the pull request of its branch, where the workflow was started for a branch.

    So `/repro accept` starts the checks of its commit. Without the right to look, the summary has the report.
    """
    event = job.event
    if not event.branch or job.inputs.comment is CommentMode.OFF:
        return job
    run = WorkflowRun(
        id=event.run,
        event=event.name,
        head_sha=event.sha,
        head_repository=event.repository,
        head_branch=event.branch,
        path="",
        attempt=event.attempt,
    )
    try:
        pulls = resolve(connect(), run).pulls
    except CodeHostError:
        return job
    return replace(job, event=replace(event, pull=pulls[0])) if len(pulls) == 1 else job


def failing(bundle: Bundle, fail_on: frozenset[Verdict], *, weakened: bool = False) -> int:
    """Return the exit status of a job: that of the worst verdict which fails it, else 0.

    Args:
        bundle: the reports.
        fail_on: verdicts that fail the job.
        weakened: whether rules fail it that are weaker than the base's.
    """
    failed = [entry.report.verdict for entry in bundle.entries if entry.report.verdict in fail_on]
    # `equivalent` is no failure by itself, but fails a job that asks for it.
    return max((verdict.exit_code or 1 for verdict in failed), default=int(weakened and bundle.weakened))


def _sinks(job: ActionJob) -> tuple[str, ...]:
    """Return the sinks that the inputs and the event ask for, in order."""
    pull = job.event.pull
    comment = pull is not None and job.inputs.comment is not CommentMode.OFF
    issue = pull is None and job.inputs.issue
    badges = bool(job.inputs.badge_branch) and job.event.trusted
    chosen = {"comment": comment, "checks": job.inputs.checks, "badges": badges, "issue": issue}
    return ("summary", *(name for name, wanted in chosen.items() if wanted))


def _deliver(job: ActionJob, runner: Runner, connect: Connect, bundle: Bundle, names: tuple[str, ...]) -> int:
    sinks = make_sinks(names, _settings(job, runner, connect))
    deliveries = deliver(sinks, _publication(job, bundle))
    for delivery in deliveries:
        if delivery.error is not None:
            _warn(job, runner, delivery, delivery.error)
    if all(delivery.error is None for delivery in deliveries):
        _set_url(runner, deliveries)
    if job.inputs.fail_on_weakened and bundle.weakened:
        text = "Rules are weaker than those of the base, or a model is no longer verified; `fail-on` has "
        runner.annotate("error", f"{text}`weakened`. The job summary lists them.", title="repro: weakened")
    return failing(bundle, job.inputs.fail_on, weakened=job.inputs.fail_on_weakened)


def _set_url(runner: Runner, deliveries: tuple[Delivery, ...]) -> None:
    commented = (delivery.url for delivery in deliveries if delivery.sink in _COMMENTS and delivery.url)
    runner.set({"comment-url": next(commented, "")})


_COMMENTS = frozenset({"comment", "issue"})


def _publish(job: ActionJob, runner: Runner, connect: Connect) -> int:
    """Publish what other jobs found: those of the run that this one follows, or of this very run."""
    inputs, event = job.inputs, job.event
    if event.workflow_run is not None:
        done = reports.from_run(connect(), event.workflow_run, options_of(job), artifact=inputs.artifact)
    elif event.pull is not None or event.name == "merge_group" or (event.trusted and inputs.badge_branch):
        bundles = reports.read(connect(), event.run, inputs.artifact)
        if not bundles:
            raise reports.unreported(inputs.artifact)
        bundle = reports.completed(bundles)
        forked = event.pull is not None and event.pull.from_fork
        return _deliver(
            job, runner, connect, reports.without_claims(bundle) if forked else bundle, _sinks(job)
        )
    else:
        runner.annotate("notice", f"there is no pull request behind {event.name}", title="repro")
        return 0
    if done.bundle is not None:
        sinks = make_sinks(["summary"], _settings(job, runner, connect))
        for delivery in deliver(sinks, _publication(job, done.bundle)):
            if delivery.error is not None:
                _warn(job, runner, delivery, delivery.error)
    _set_url(runner, done.deliveries)
    if done.resolved.found is not RunMatch.PULLS:
        runner.annotate("notice", f"nothing was published: {_WHY[done.resolved.found]}", title="repro")
        return 0
    if done.unreported:
        level = "error" if event.workflow_run.died else "warning"
        runner.annotate(level, reports.unreported(inputs.artifact).text, title="repro: no report")
        return 2 if event.workflow_run.died else 0
    return 0


_WHY = {
    RunMatch.SUPERSEDED: "the branch has moved on, and the run of its new commit will comment",
    RunMatch.NONE: "no open pull request comes from that branch",
    RunMatch.OTHER_EVENT: "the run was not started by a pull request",
}


def _accept(job: ActionJob, runner: Runner, host: GitHub) -> int:
    comment = job.event.comment
    if comment is None:
        runner.annotate("notice", "this event has no comment to act on", title="repro")
        return 0
    done = accept_comment(host, comment, options_of(job), artifact=job.inputs.artifact or "repro-report")
    if done.summary:
        runner.annotate("notice", done.summary, title="repro")
    return 2 if done.outcome is AcceptOutcome.REFUSED else 0


def _read(folder: Path) -> Bundle:
    try:
        with (folder / NAME).open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ArtifactUnreadable(
            "the training stage wrote no report",
            why="It was stopped, or ran out of memory or disk; its log says which.",
            where=NAME,
        ) from error
    return bundle_json.load(data)


def options_of(job: ActionJob) -> PublishOptions:
    """Return how comments and issues are written here."""
    return PublishOptions(
        identity=job.inputs.comment_id,
        mode=job.inputs.comment,
        fail_on=job.inputs.fail_on,
        sections=job.inputs.comment_sections,
        fail_on_weakened=job.inputs.fail_on_weakened,
        checks=job.inputs.checks,
        badge_branch=job.inputs.badge_branch,
        badge_plots=job.inputs.badge_plots and job.inputs.command is ActionCommand.VERIFY,
        server=job.server,
    )


def _settings(job: ActionJob, runner: Runner, connect: Connect) -> SinkSettings:
    return SinkSettings(
        environ=os.environ,
        root=job.root,
        runner=runner,
        connect=connect,
        pull=job.event.pull,
        options=options_of(job),
        annotated=job.inputs.command is ActionCommand.VERIFY,
    )


def _publication(job: ActionJob, bundle: Bundle) -> Publication:
    event, pull = job.event, job.event.pull
    own = pull is not None and not pull.from_fork
    return Publication(
        bundle=bundle,
        run_url=event.run_url,
        artifact_url=_of_run(job.artifact_url, event.run_url),
        page_url=_of_run(job.page_url, event.run_url),
        run=event.run,
        attempt=event.attempt,
        commit=pull.head_sha if pull is not None else event.sha,
        base=pull.base_ref if pull is not None else "",
        branch=pull.head_ref if pull is not None and own else "",
        accepts=job.accepts and own,
    )


def _of_run(address: str, run_url: str) -> str:
    """Return the address of an artifact where it is one of the run; else nothing."""
    return address if address.startswith(f"{run_url}/artifacts/") else ""


def _warn(job: ActionJob, runner: Runner, delivery: Delivery, error: ReproError) -> None:
    """Name the sink that failed; the verdict stays as it is."""
    if isinstance(error, NotPermitted):
        _unpermitted(job, runner, delivery.sink, error)
        return
    title = "repro: not commented" if delivery.sink in _COMMENTS else f"repro: {delivery.sink} not published"
    runner.annotate("warning", error.text, title=title)


def _unpermitted(job: ActionJob, runner: Runner, sink: str, error: NotPermitted) -> None:
    """Say which permission to add; a fork's token cannot be given any, and another workflow comments."""
    pull = job.event.pull
    done, doing = _DOINGS.get(sink, ("commented", "comment"))
    title = f"repro: not {done}"
    if pull is not None and pull.from_fork:
        text = (
            f"The token of a fork's pull request cannot {doing}. The job summary has the report; "
            "add the workflow examples/workflows/fork-safe-publish.yml."
        )
        runner.annotate("notice", text, title=title)
        return
    # The first thing that was refused was a reading one; what the job is for needs more.
    right = _RIGHTS.get(sink, "pull-requests: write")
    reading = "" if right.startswith("contents:") else "\n  contents: read"
    grant = f"permissions:{reading}\n  {right}"
    runner.annotate("warning", f"{error.what}\nAdd to the job:\n{grant}", title=title)
    runner.summarise(
        f"\n> **Not {done}.** The job's token is not allowed to {doing}. Add to the "
        f"job:\n\n{block(grant, 'yaml')}\n"
    )


_DOINGS = {"checks": ("checked", "write checks"), "badges": ("committed", "commit badges")}
_RIGHTS = {"checks": "checks: write", "badges": "contents: write", "issue": "issues: write"}
