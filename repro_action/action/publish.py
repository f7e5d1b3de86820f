# SPDX-License-Identifier: Apache-2.0
"""The last stage: what was found is told wherever this job may, and the job fails where it should.

A comment that cannot be written never fails a job: the summary holds the same, and a warning
says which permission to add.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from repro_action.action import publish_reports as publish
from repro_action.action.accept_comment import Outcome, accept_comment
from repro_action.action.inputs import Command, Mode
from repro_action.action.job import Job
from repro_action.action.runner import Runner
from repro_action.codec import bundle as bundle_json
from repro_action.errors import ArtifactUnreadable, ReproError
from repro_action.report.bundle import LARGEST, NAME, Bundle, merged
from repro_action.report.render.annotations import annotations as remarks
from repro_action.report.render.annotations import limited
from repro_action.report.render.markdown.comment import Context, render, summary
from repro_action.report.render.markdown.escape import block
from repro_action.sinks.github import issue
from repro_action.sinks.github.marker import Marker
from repro_action.sinks.github.port import Forge, ForgeError, NotPermitted
from repro_action.sinks.github.resolve_run import Found
from repro_action.sinks.github.upsert import Posted
from repro_action.verdict import Verdict

Connect = Callable[[], Forge]

_BASELINE = 64 << 20
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FIXED = frozenset({Verdict.REPRODUCED, Verdict.EQUIVALENT})


def tell(job: Job, runner: Runner, connect: Connect, folder: Path) -> int:
    """Tell, and return the exit status of the job.

    Args:
        job: what was asked for.
        runner: where outputs, summary and annotations go.
        connect: makes the way to GitHub, if one is needed.
        folder: where the second stage left its report.

    Raises:
        ArtifactUnreadable: the report is not there, or not what the action writes.
        ForgeError: `publish` or `accept` could not do what they are for.
        ConfigError: the event makes it dangerous.
    """
    job.refuse_privileged()
    match job.inputs.command:
        case Command.VERIFY:
            bundle = _read(folder)
            _annotate(job, runner, bundle)
            return _verified(job, runner, connect, bundle)
        case Command.PUBLISH:
            return _publish(job, runner, connect)
        case Command.ACCEPT:
            return _accept(job, runner, connect())
        case _:
            return 0


def failing(bundle: Bundle, fail_on: frozenset[Verdict]) -> int:
    """Return the exit status of a job: that of the worst verdict which fails it, else 0."""
    held = [entry.report.verdict for entry in bundle.entries if entry.report.verdict in fail_on]
    # Whoever asks that `equivalent` fails, which is no failure by itself, is obeyed.
    return max((verdict.exit_code or 1 for verdict in held), default=0)


def _verified(job: Job, runner: Runner, connect: Connect, bundle: Bundle) -> int:
    runner.summarise(summary(bundle, _context(job)))
    try:
        posted = _comment(job, connect, bundle) or _issue(job, connect, bundle)
        runner.set({"comment-url": posted.url if posted is not None else ""})
    except NotPermitted as error:
        _unpermitted(job, runner, error)
    except ForgeError as error:
        runner.annotate("warning", _words(error), title="repro: not commented")
    return failing(bundle, job.inputs.fail_on)


def _comment(job: Job, connect: Connect, bundle: Bundle) -> Posted | None:
    pull, event = job.event.pull, job.event
    if pull is None or job.inputs.comment is Mode.OFF:
        return None
    return publish.comment(
        connect(),
        pull,
        bundle,
        telling(job),
        run=event.run,
        attempt=event.attempt,
        # Private repositories can give forks a token that writes.
        untrusted=pull.from_fork,
    )


def _issue(job: Job, connect: Connect, bundle: Bundle) -> Posted | None:
    """Keep an issue while a baseline does not reproduce, if one is asked for and no pull request is there."""
    event = job.event
    if not job.inputs.issue or event.pull is not None or not _SHA.fullmatch(event.sha):
        return None
    identity = f"{job.inputs.comment_id}.issue"[-60:]
    marker = Marker(id=identity, run=event.run, attempt=event.attempt, sha=event.sha)
    broken = tuple(entry for entry in bundle.entries if entry.report.verdict not in _FIXED)
    shown = Bundle(tool=bundle.tool, entries=broken or bundle.entries)
    body = render(shown, replace(_context(job), marker=marker.line, accept=False))
    return issue.keep(connect(), marker, "A baseline does not reproduce", body, failing=bool(broken))


def _publish(job: Job, runner: Runner, connect: Connect) -> int:
    """Tell what other jobs found: those of the run that this one follows, or of this very run."""
    inputs, event = job.inputs, job.event
    if event.workflow_run is not None:
        told = publish.from_run(connect(), event.workflow_run, telling(job), artifact=inputs.artifact)
    elif event.pull is not None:
        bundles = publish.read(connect(), event.run, inputs.artifact)
        if not bundles:
            raise ArtifactUnreadable(
                "no job of this run kept a report",
                why="What was not compared must not look as if it had passed.",
                remedy="Look at the jobs that train; run this one only where a plan is not empty.",
                where=f"artifact {inputs.artifact}",
            )
        return _verified(job, runner, connect, merged(bundles))
    else:
        runner.annotate("notice", f"there is no pull request behind {event.name}", title="repro")
        return 0
    if told.bundle is not None:
        runner.summarise(summary(told.bundle, _context(job)))
    runner.set({"comment-url": next((posted.url for posted in told.posted if posted.url), "")})
    if told.resolved.found is not Found.PULLS:
        runner.annotate("notice", f"nothing was told: {_WHY[told.resolved.found]}", title="repro")
    return 0


_WHY = {
    Found.SUPERSEDED: "the branch has moved on, and the run of its new commit will tell",
    Found.NONE: "no open pull request comes from that branch",
    Found.OTHER_EVENT: "the run was not started by a pull request",
}


def _accept(job: Job, runner: Runner, forge: Forge) -> int:
    comment = job.event.comment
    if comment is None:
        runner.annotate("notice", "there is no comment to obey", title="repro")
        return 0
    done = accept_comment(
        forge, comment, identity=job.inputs.comment_id, artifact=job.inputs.artifact or "repro-report"
    )
    if done.told:
        runner.annotate("notice", done.told, title="repro")
    return 2 if done.outcome is Outcome.REFUSED else 0


def _read(folder: Path) -> Bundle:
    try:
        with (folder / NAME).open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ArtifactUnreadable(
            "the stage that trains left no report",
            why="It was stopped, or ran out of memory or disk; its log says which.",
            where=NAME,
        ) from error
    return bundle_json.load(data)


def _annotate(job: Job, runner: Runner, bundle: Bundle) -> None:
    found = [told for entry in bundle.entries for told in remarks(entry, _baseline(job.root, entry.baseline))]
    for told in limited(found):
        runner.annotate(told.level.value, told.message, title=told.title, path=told.path, line=told.line)


def _baseline(root: Path, path: str) -> str:
    """Return the committed baseline's text; empty where it is not there, or leads out of the checkout."""
    place = (root / path).resolve()
    if not place.is_relative_to(root) or not place.is_file() or place.stat().st_size > _BASELINE:
        return ""
    return place.read_text(encoding="utf-8", errors="surrogateescape")


def telling(job: Job) -> publish.Telling:
    """Return how reports are told here."""
    return publish.Telling(
        identity=job.inputs.comment_id,
        mode=job.inputs.comment,
        fail_on=job.inputs.fail_on,
        server=job.server,
    )


def _context(job: Job) -> Context:
    pull = job.event.pull
    return Context(
        run_url=job.event.run_url,
        commit=pull.head_sha if pull is not None else job.event.sha,
        base=pull.base_ref if pull is not None else "",
        branch=pull.head_ref if pull is not None and not pull.from_fork else "",
        accept=job.accepts and pull is not None and not pull.from_fork,
    )


def _unpermitted(job: Job, runner: Runner, error: NotPermitted) -> None:
    """Say which permission to add; a fork's token cannot be given any, and another workflow tells."""
    pull = job.event.pull
    if pull is not None and pull.from_fork:
        told = (
            "The token of a fork's pull request cannot comment. The job summary holds the report; "
            "for comments, add the workflow examples/workflows/fork-safe-publish.yml."
        )
        runner.annotate("notice", told, title="repro: not commented")
        return
    # The first thing that was refused was a reading one; what the job is for needs more.
    right = "pull-requests: write" if pull is not None else "issues: write"
    grant = f"permissions:\n  contents: read\n  {right}"
    runner.annotate("warning", f"{error.what}\nAdd to the job:\n{grant}", title="repro: not commented")
    runner.summarise(
        f"\n> **Not commented.** The job's token may not. Add to the job:\n\n{block(grant, 'yaml')}\n"
    )


def _words(error: ReproError) -> str:
    return "\n".join(part for part in (error.what, error.why, error.remedy) if part)
