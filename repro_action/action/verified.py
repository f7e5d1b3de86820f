# SPDX-License-Identifier: Apache-2.0
"""Verification records of the default branch: which jobs write them, and which are believed by which jobs.

A record is believed by what GitHub says of the run that left it: its event, its branch, its commit. A
cache would be found in the pull request's own scope first, where its own code can write; an artifact
belongs to a run for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action import __version__
from repro_action.action.event import TRUSTED
from repro_action.action.inputs import ActionCommand
from repro_action.action.job import ActionJob
from repro_action.errors import ArtifactUnreadable
from repro_action.report.bundle import Bundle
from repro_action.report.json import verification as verification_json
from repro_action.report.verification import NAME, VerificationRecords, records_of
from repro_action.sinks.github import archive
from repro_action.sinks.github.port import Artifact, Missing, WorkflowRun

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub

PREFIX = "verified."
"""Begins the name of a record's artifact: `publish` takes no such artifact for a report."""

MAX_AGE = timedelta(days=30)
"""Age beyond which a record answers for nothing."""

LISTED = 100
"""Newest artifacts of that name that are looked at; pull requests can leave some, too."""

RUNS = 10
"""Runs of the default branch that GitHub is asked about."""

ZIP = 1 << 20
"""Bytes of an artifact, packed."""


def artifact_name(job: ActionJob) -> str:
    """Return the name of the artifact for records; empty where none are used."""
    inputs = job.inputs
    used = inputs.reuse and inputs.artifact and inputs.command is ActionCommand.VERIFY
    return f"{PREFIX}{inputs.artifact}" if used else ""


def may_answer(job: ActionJob) -> bool:
    """Whether records may replace a training here.

    A run of the default branch always trains, so its records are of trainings. A fork's workflow is its
    author's to write: what it says was not trained would prove nothing.
    """
    pull = job.event.pull
    forked = pull is not None and pull.from_fork
    return bool(artifact_name(job)) and not (job.inputs.force or job.event.trusted or forked)


def fetch(host: GitHub, job: ActionJob, now: datetime) -> VerificationRecords | None:
    """Return what the newest trusted run verified, if it can be believed here.

    Args:
        host: where.
        job: whose artifact and default branch count.
        now: the time.

    Raises:
        ArtifactUnreadable: its artifact is not what the action writes.
        CodeHostError: GitHub could not be asked.
    """
    for artifact, run in _trusted(host, job, now):
        data = host.artifact(artifact.id, limit=ZIP)
        where = ascii(artifact.name)[:100]
        records = verification_json.load(
            archive.read(data, NAME, limit=verification_json.LARGEST, where=where), where
        )
        if (records.run, records.commit) != (run.id, run.head_sha):
            raise ArtifactUnreadable("its records say that they are of another run", where=where)
        return records if records.tool == __version__ else None
    return None


def _trusted(host: GitHub, job: ActionJob, now: datetime) -> Iterator[tuple[Artifact, WorkflowRun]]:
    """Yield artifacts that runs of the default branch left, the newest first."""
    branch = job.event.default_branch
    asked = 0
    found = host.artifacts_named(artifact_name(job), most=LISTED)
    for artifact in sorted(found, key=lambda one: one.id, reverse=True):
        if not branch or artifact.expired or artifact.branch != branch or artifact.size > ZIP:
            continue
        if artifact.created is None or not -MAX_AGE <= artifact.created - now <= timedelta(days=1):
            continue
        if asked == RUNS:
            return
        asked += 1
        run = host.run(artifact.run_id)
        # A tag can have the branch's name, and lead anywhere.
        if _ran_branch(run, host.repository, branch) and _merged(host, run.head_sha, branch):
            yield artifact, run


def _ran_branch(run: WorkflowRun, repository: str, branch: str) -> bool:
    own = run.head_repository.lower() == repository.lower()
    return own and run.event in TRUSTED and run.head_branch == branch


def _merged(host: GitHub, commit: str, branch: str) -> bool:
    try:
        return host.changes(commit, f"refs/heads/{branch}").descends
    except Missing:  # no common history
        return False


def to_keep(job: ActionJob, bundle: Bundle, now: datetime) -> str:
    """Return the document for what this job verified; empty where nothing of it may be kept.

    Only a job of the default branch keeps any, by its event and ref: the project has no say in it.
    """
    event = job.event
    if not (artifact_name(job) and event.trusted and event.run):
        return ""
    records = records_of(bundle)
    if not records:
        return ""
    return verification_json.dump(
        VerificationRecords(
            tool=__version__,
            commit=event.sha,
            run=event.run,
            run_url=event.run_url,
            date=now.astimezone(UTC).date().isoformat(),
            records=records,
        )
    )


def hand_over(records: VerificationRecords, folder: Path) -> None:
    """Leave records for the stage that trains."""
    (folder / NAME).write_text(verification_json.dump(records), encoding="ascii")


def handed_over(job: ActionJob, folder: Path) -> VerificationRecords | None:
    """Return what the stage before found; to be called before anything of the project runs.

    Raises:
        ArtifactUnreadable: the file is not what that stage wrote.
    """
    if not may_answer(job):
        return None
    try:
        with (folder / NAME).open("rb") as file:
            return verification_json.load(file.read(verification_json.LARGEST + 1))
    except FileNotFoundError:
        return None
