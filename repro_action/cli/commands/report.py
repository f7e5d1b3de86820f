# SPDX-License-Identifier: Apache-2.0
"""`repro report`."""

from __future__ import annotations

import argparse
from pathlib import Path

_EPILOG = """\
examples:
  repro report                        show the report of the last run again
  repro report --html page.html       write it as one page
  repro report run.json --html page.html

Nothing is trained. The page loads nothing and needs no script to be read.

exit status: 0 shown or written · 2 there is no such report
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "report", nargs="?", type=Path, metavar="REPORT", help="a report as JSON; else that of the last run"
    )
    parser.add_argument("--html", metavar="FILE", type=Path, help="write it as one self-contained page")


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.flows.report import ReportPage, last_page, last_report, report_of_file

    console.require_writable("--html", options.html)
    if options.report is not None:
        page = ReportPage(report=report_of_file(options.report))
    elif options.html is not None:
        page = last_page(console.open_project(options))
    else:
        page = ReportPage(report=last_report(console.open_project(options)))
    if options.html is None:
        console.show_report(page.report, as_json=options.json)
        return 0
    from repro_action.files import write_atomically
    from repro_action.report.numbers import size
    from repro_action.report.render.html.report import render

    data = render(page.report, page.extras).encode("utf-8", "backslashreplace")
    write_atomically(options.html, data, durable=False)
    if options.json:
        own = {"file": str(options.html), "size": len(data), "verdict": page.report.verdict.value}
        console.print_result("report", 0, own)
    else:
        console.print_line(f"{options.html} ({size(len(data))}): {page.report.name}")
    return 0
