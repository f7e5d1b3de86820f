# SPDX-License-Identifier: Apache-2.0
"""`repro diff`."""

from __future__ import annotations

import argparse
from functools import partial

_EPILOG = """\
examples:
  repro diff old.joblib new.joblib      which leaves differ, by how much
  repro diff main HEAD                  the committed baselines of two revisions
  repro diff HEAD @last                 the committed baseline and the last run
  repro diff old.csv new.csv            predictions, row by row: which flip
  repro diff a.npz b.npz --rtol 1e-6    differences inside it exit with 0

exit status: 0 the same, or inside the tolerance · 1 different
             2 they cannot be compared
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("a", metavar="A", help="file, folder, baseline, git revision or @last")
    parser.add_argument("b", metavar="B", help="what to compare it with")
    parser.add_argument("--atol", type=float, default=0.0, metavar="X", help="absolute tolerance")
    parser.add_argument("--rtol", type=float, default=0.0, metavar="X", help="relative tolerance")
    parser.add_argument("--max-ulp", type=int, default=0, metavar="N", help="units in the last place")
    parser.add_argument(
        "--show-rows", action="store_true", help="list at most ten rows of predictions that differ, by key"
    )
    parser.add_argument("--platform", default="", metavar="CLASS", help="platform class of baselines")


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.config.model import Tolerance
    from repro_action.flows.diff import DiffOptions, diff
    from repro_action.flows.diff_predictions import DiffPredictions
    from repro_action.report.json.diff import as_json
    from repro_action.report.render.terminal import report as terminal

    project = partial(console.open_project, options)
    tolerance = Tolerance(atol=options.atol, rtol=options.rtol, max_ulp=options.max_ulp)
    found = diff(
        options.directory,
        options.a,
        options.b,
        DiffOptions(
            tolerance=tolerance,
            platform=options.platform,
            predictions=DiffPredictions(project=project, show_rows=options.show_rows),
        ),
        project,
    )
    if options.json:
        console.print_json(as_json(found))
    else:
        terminal.show_comparison(
            found.comparison, console.stdout(), same=found.same, within=found.within, notes=found.notes
        )
    return found.exit_code
