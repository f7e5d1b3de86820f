# SPDX-License-Identifier: Apache-2.0
"""`repro report`: a report that was written before, with what the files of its run still show."""

from __future__ import annotations

from pathlib import Path

from repro_action.errors import ReproError
from repro_action.files import read_regular
from repro_action.report.json.document import LARGEST_FILE
from repro_action.report.json.report import load as load_report
from repro_action.report.model import Report
from repro_action.runs.project import Project


class NoReport(ReproError):
    """There is no report to show."""


def report_of_file(path: Path) -> Report:
    """Return the report in a file, which may be a stranger's.

    Raises:
        NoReport: there is no such file, or it is too large.
        ArtifactUnreadable: it is not a report.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            remedy = "Name the JSON report that `repro verify --report-json` writes."
            raise NoReport(f"it has more than {LARGEST_FILE} bytes", where=str(path), remedy=remedy)
        text = read_regular(path).decode("utf-8", "replace")
    except OSError as error:
        raise NoReport(
            f"the report cannot be read: {error.strerror or error}",
            where=str(path),
            remedy="Check the path, or leave it out for the report of the last run.",
        ) from error
    return load_report(text, str(path))


def last_report(project: Project) -> Report:
    """Return the report of a project's last run.

    Raises:
        NoReport: there is none.
        ArtifactUnreadable: the file is damaged.
    """
    path = project.store.folder / "report.json"
    if not path.exists():
        raise NoReport(
            "there is no finished run", remedy="Run `repro verify` first: it trains, and compares."
        )
    return report_of_file(path)
