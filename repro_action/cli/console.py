# SPDX-License-Identifier: Apache-2.0
"""Where reports and errors are printed: standard output for results, standard error for the rest."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from repro_action.errors import ReproError
    from repro_action.report.model import Report


def stdout() -> Console:
    """Return the console for results."""
    from repro_action.report import paint

    return paint.console(sys.stdout)


def stderr() -> Console:
    """Return the console for progress and errors."""
    from repro_action.report import paint

    return paint.console(sys.stderr)


def on_github() -> bool:
    """Whether a GitHub runner reads the log."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def print_json(value: object) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n")


def show_report(report: Report, *, as_json: bool) -> int:
    """Print a report and return its exit status."""
    if as_json:
        from repro_action.report import json_report

        sys.stdout.write(json_report.dump(report))
    else:
        from repro_action.report import terminal

        terminal.show(report, stdout())
    return report.verdict.exit_code


def write_reports(report: Report, *, markdown: Path | None, json_path: Path | None) -> None:
    """Write the report where the user asked for it."""
    from repro_action.files import write_atomically
    from repro_action.report import json_report
    from repro_action.report import markdown as markdown_report

    if json_path is not None:
        write_atomically(json_path, json_report.dump(report))
    if markdown is not None:
        write_atomically(markdown, markdown_report.render(report))


def show_error(error: ReproError, *, as_json: bool) -> None:
    """Print an error: JSON on standard output for machines, lines on standard error for people."""
    if as_json:
        told = {"what": error.what, "why": error.why, "cure": error.cure, "where": error.where}
        print_json({"error": told, "exit_code": error.exit_code})
        return
    from repro_action.report import errors

    sys.stderr.write(errors.render(error))


def say(line: str) -> None:
    """Print one plain line; foreign text in it is made harmless."""
    from repro_action.report.text import clean

    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(clean(line, 2000).encode(encoding, "backslashreplace").decode(encoding) + "\n")
