# SPDX-License-Identifier: Apache-2.0
"""The reports that other jobs left as artifacts: read within bounds, and shown on their pull requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro_action import __version__
from repro_action.config.find import OWN
from repro_action.config.model import DEFAULT_BASELINE
from repro_action.errors import ArtifactUnreadable
from repro_action.report.build.failure import failed
from repro_action.report.bundle import ENTRIES, LARGEST, NAME, Bundle, Entry, merged
from repro_action.report.json import bundle as bundle_json
from repro_action.sinks import Delivery, Publication, deliver
from repro_action.sinks.github import archive
from repro_action.sinks.github.checks import ModelChecks
from repro_action.sinks.github.comment import PullRequestComment
from repro_action.sinks.github.options import CommentMode, PublishOptions
from repro_action.sinks.github.port import Artifact, WorkflowRun
from repro_action.sinks.github.resolve_run import ResolvedRun, RunMatch, resolve

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub

ARTIFACTS = 256
"""Of one run: as many jobs as a matrix can have."""

ZIP = 32 << 20
"""Bytes of one artifact, packed."""

ZIPS = 256 << 20
"""Bytes of all artifacts of one run, packed."""

UNPACKED = 128 << 20
"""Bytes of all reports of one run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRun:
    """What a trusted job did with another run's reports.

    Attributes:
        resolved: the pull requests.
        bundle: the reports; None where nothing was read.
        unreported: whether the run left no report at all.
        deliveries: what became of the comment on each pull request.
    """

    resolved: ResolvedRun
    bundle: Bundle | None = None
    unreported: bool = False
    deliveries: tuple[Delivery, ...] = ()


def from_run(host: GitHub, run: WorkflowRun, options: PublishOptions, *, artifact: str) -> PublishedRun:
    """Show what a run left behind, on the pull requests that it was for.

    The reports are data: they are checked, and shown in our own words. A run of a fork is
    labelled as such; whoever can push to this repository could have committed anything anyway.

    Args:
        host: where.
        run: from the event `workflow_run`.
        options: how.
        artifact: name of its artifacts; `NAME-ANYTHING` are read too.

    Raises:
        ArtifactUnreadable: an artifact is not what the action writes. Nothing is shown then: what
            could not be read would look as if it had passed.
        CodeHostError: GitHub could not be asked, or refused.
    """
    resolved = resolve(host, run)
    silent = options.mode is CommentMode.OFF and not options.checks
    if resolved.found is not RunMatch.PULLS or silent:
        return PublishedRun(resolved=resolved)
    bundles = read(host, run.id, artifact)
    if not bundles and not run.died and options.mode is not CommentMode.OFF:
        # A condition may have left the job out; a comment of an earlier run must not stay as it is.
        options = replace(options, mode=CommentMode.FAILURES, fail_on=frozenset())
    bundle = completed(bundles) if bundles else _without_report(artifact)
    if any(pull.from_fork for pull in resolved.pulls):
        bundle = without_claims(bundle)
    comments = [
        PullRequestComment(connect=lambda: host, pull=pull, options=options, untrusted=pull.from_fork)
        for pull in resolved.pulls
    ]
    checks = [
        ModelChecks(connect=lambda: host, pull=pull, options=options, untrusted=pull.from_fork)
        for pull in resolved.pulls
        if options.checks and bundles  # without a report, no model is known
    ]
    publication = Publication(
        bundle=bundle,
        run_url=f"{options.server}/{host.repository}/actions/runs/{run.id}",
        run=run.id,
        attempt=run.attempt,
    )
    return PublishedRun(
        resolved=resolved,
        bundle=bundle,
        unreported=not bundles,
        deliveries=required(deliver([*comments, *checks], publication)),
    )


def completed(bundles: tuple[Bundle, ...]) -> Bundle:
    """Return one bundle of many, with a failure for each configuration that was planned and not reported."""
    bundle = merged(bundles)
    missing = (
        Entry(
            config=model.config,
            baseline=f"{model.config.rpartition('/')[0]}/{DEFAULT_BASELINE}".lstrip("/"),
            report=failed(_UNREPORTED, name=model.name),
        )
        for model in bundle.unreported
    )
    return replace(bundle, entries=(*bundle.entries, *missing)[:ENTRIES])


def without_claims(bundle: Bundle) -> Bundle:
    """Return a fork's bundle, with a failure in place of each result that it says was not trained.

    A fork's author writes its workflow. What the action refuses to do there, a report only says was done.
    """
    entries = (
        replace(entry, report=failed(_CLAIMED, name=entry.report.name), candidate=None, trained=False)
        if entry.report.verified_in is not None
        else entry
        for entry in bundle.entries
    )
    return replace(bundle, entries=tuple(entries))


_CLAIMED = ArtifactUnreadable(
    "the report says that this model was not trained, but verified before",
    why="It comes from a fork, whose workflow can say so of anything; a fork's models are always trained.",
    remedy="Run the job again with the action as it is published.",
)

_UNREPORTED = ArtifactUnreadable(
    "the job that should verify this model left no report",
    why="It was stopped, or failed before it could compare anything; the log of the run says which.",
    remedy="Correct what ended the job, and run it again.",
)


def unreported(artifact: str) -> ArtifactUnreadable:
    """Return what to say of a run that left no report at all."""
    return ArtifactUnreadable(
        "no job of this run uploaded a report",
        why="What was not compared must not look as if it had passed.",
        remedy="Check the jobs that train, and the conditions under which they run.",
        where=f"artifact {artifact}",
    )


def _without_report(artifact: str) -> Bundle:
    report = failed(unreported(artifact), name="repro")
    return Bundle(tool=__version__, entries=(Entry(config=OWN, baseline=DEFAULT_BASELINE, report=report),))


def required(deliveries: tuple[Delivery, ...]) -> tuple[Delivery, ...]:
    """Return deliveries that a job is for.

    Raises:
        ReproError: the error of the first that failed; the others were tried all the same.
    """
    for delivery in deliveries:
        if delivery.error is not None:
            raise delivery.error
    return deliveries


def read(host: GitHub, run: int, artifact: str) -> tuple[Bundle, ...]:
    """Return the bundles that a run left: the newest of each name, expired ones left out.

    Raises:
        ArtifactUnreadable: one is not what the action writes, or they are too many or too large.
        CodeHostError: GitHub could not be asked.
    """
    chosen = _newest(host.artifacts(run), artifact)
    if len(chosen) > ARTIFACTS:
        raise _too_much(f"the run has more than {ARTIFACTS} artifacts of that name", artifact)
    if any(one.size > ZIP for one in chosen) or sum(one.size for one in chosen) > ZIPS:
        raise _too_much("the run's artifacts are too large to be reports", artifact)
    bundles = []
    room = UNPACKED
    for one in chosen:
        text = archive.read(
            host.artifact(one.id, limit=ZIP), NAME, limit=min(LARGEST, room), where=ascii(one.name)[:100]
        )
        room -= len(text)
        bundles.append(bundle_json.load(text))
    return tuple(bundles)


def _newest(artifacts: Sequence[Artifact], name: str) -> list[Artifact]:
    newest: dict[str, Artifact] = {}
    for one in sorted(artifacts, key=lambda one: one.id):
        if not one.expired and (one.name == name or one.name.startswith(f"{name}-")):
            newest[one.name] = one
    return [newest[name] for name in sorted(newest)]


def _too_much(what: str, artifact: str) -> ArtifactUnreadable:
    return ArtifactUnreadable(
        what, where=f"artifact {artifact}", remedy="Upload only the report that the action writes."
    )
