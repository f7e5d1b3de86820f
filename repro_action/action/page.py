# SPDX-License-Identifier: Apache-2.0
"""The reports of a job as one page, with what the files of its runs show."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from repro_action.action.job import ActionJob
from repro_action.errors import ReproError
from repro_action.report.bundle import Bundle
from repro_action.report.render.html.bundle import render
from repro_action.report.render.html.extras import PageExtras
from repro_action.runs.project import Project
from repro_action.verdict import Verdict

NAME = "repro-page.html"

DRAWN = 20
"""Models whose files are read; of the others, the page has the report."""


def page_of(job: ActionJob, bundle: Bundle) -> str:
    """Return the page of a job's reports."""
    return render(bundle, dict(_extras(job, bundle)))


def _extras(job: ActionJob, bundle: Bundle) -> Iterator[tuple[str, PageExtras]]:
    from repro_action.flows.report import extras_of

    for entry in bundle.entries[:DRAWN]:
        if entry.report.verdict is Verdict.FAILED:
            continue
        path = job.root / entry.config
        with contextlib.suppress(ReproError, OSError):
            yield entry.config, extras_of(Project.open(path.parent, path), entry.report)
