# SPDX-License-Identifier: Apache-2.0
"""What commands on a schedule share: one project, and one issue while something is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from repro_action.action.job import ActionJob
from repro_action.errors import ConfigError
from repro_action.runs.project import Project
from repro_action.sinks.github.issue import keep
from repro_action.sinks.github.marker import Marker
from repro_action.sinks.github.port import CodeHostError, NotPermitted
from repro_action.sinks.github.runner import Runner

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub

ISSUE_BUDGET = 58_000
"""Bytes of a report in an issue; the rest is for its marker and the link to the run."""


def only_project(job: ActionJob, what: str) -> Project:
    """Return the project of the one configuration that a job names.

    Args:
        job: what was asked for.
        what: is compared, for the error.

    Raises:
        ConfigError: there are several.
    """
    configs = job.configs()
    if len(configs) != 1:
        raise ConfigError(
            f"{what} is compared with one project, and there are {len(configs)} configurations",
            remedy="Name one in the input `config`; use a step for each of several.",
            where="with: config",
        )
    place = job.root / configs[0]
    return Project.open(place.parent, place)


def keep_issue(
    job: ActionJob,
    runner: Runner,
    connect: Callable[[], GitHub],
    *,
    key: str,
    title: str,
    report: str,
    failing: bool,
) -> None:
    """Keep one issue open while something is wrong, and say in an annotation why it cannot be.

    Args:
        job: what was asked for.
        runner: where annotations and outputs go.
        connect: makes the way to GitHub.
        key: of the thing, such as `check.` and twelve digits: one thing that passes closes no other's issue.
        title: of the issue.
        report: Markdown of at most `ISSUE_BUDGET` bytes.
        failing: whether something is wrong.
    """
    marker = Marker(
        id=f"{job.inputs.comment_id}.{key}"[-60:],
        run=job.event.run,
        attempt=job.event.attempt,
        sha=job.event.sha,
    )
    body = f"{report}\n\n[Workflow run]({job.event.run_url})\n"
    try:
        posted = keep(connect(), marker, title, body, failing=failing)
    except NotPermitted as error:
        text = f"{error.what}\nAdd to the job:\npermissions:\n  contents: read\n  issues: write"
        runner.annotate("warning", text, title="repro: no issue")
    except CodeHostError as error:
        runner.annotate("warning", error.text, title="repro: no issue")
    else:
        runner.set({"comment-url": posted.url})


def digits_of(text: str) -> str:
    """Return twelve digits that stand for a text in the key of an issue."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
