# SPDX-License-Identifier: Apache-2.0
"""`repro explain`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from repro_action.cli.usage import UsageError

if TYPE_CHECKING:
    from repro_action.attribution.model import Attribution

_EPILOG = """\
examples:
  repro explain --against main      what differs; nothing is run
  repro explain --against main --counterfactual
                                    run with code, data, params, environment
                                    or seed taken back: which moved what?
  repro explain --against main --counterfactual --fine --budget 30
                                    single files and parameters, 30 minutes

exit status:
  0    explained, or no metric moved
  2    nothing can be said: head does not run, no common metric, no base
  130  stopped by Ctrl-C; the same command goes on where it stopped
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "--against",
        metavar="REV",
        required=True,
        help="the change starts where the present commit parted from this one",
    )
    parser.add_argument(
        "--counterfactual",
        action="store_true",
        help="run every mix of base and head, and share the change of each metric among what differs",
    )
    parser.add_argument(
        "--fine",
        action="store_true",
        help="take back single files and parameters, rather than all data or all parameters",
    )
    parser.add_argument(
        "--budget",
        metavar="MINUTES",
        type=_minutes(parser),
        help="run nothing more after so long, and say what is known",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_count(parser),
        default=0,
        help="runs at the same time; default: as many as there are cores",
    )
    parser.add_argument("--fresh", action="store_true", help="do not use results of earlier commands")
    parser.add_argument("--quiet", "-q", action="store_true", help="show only the answer, no progress")


def _minutes(parser: argparse.ArgumentParser) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            minutes = float(text)
        except ValueError:
            minutes = 0.0
        if 0 < minutes <= 100_000:
            return minutes
        raise UsageError(
            f"{text[:100]} is not a number of minutes above 0",
            remedy="Give a number, such as 30 or 0.5.",
            usage=parser.format_usage(),
        )

    return read


def _count(parser: argparse.ArgumentParser) -> Callable[[str], int]:
    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) < 6 and int(text) >= 1:
            return int(text)
        raise UsageError(
            f"{text[:100]} is not a whole number of at least 1",
            remedy="Give a whole number, such as 4.",
            usage=parser.format_usage(),
        )

    return read


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console

    found = _explained(options)
    if options.json:
        from repro_action.report.json.explain import as_json

        console.print_json(as_json(found))
        return found.exit_code
    from repro_action.report.render.terminal.explain import lines

    for line in lines(found):
        console.print_line(line)
    if found.error is not None:
        from repro_action.errors import ReproError

        error = found.error
        console.show_error(
            ReproError(error.what, why=error.why, remedy=error.remedy, where=error.where, log=error.log)
        )
    return found.exit_code


def _explained(options: argparse.Namespace) -> Attribution:
    from repro_action.cli import console
    from repro_action.flows.explain import ExplainOptions, explain
    from repro_action.progress import Silent

    project = console.open_project(options)
    wanted = ExplainOptions(
        against=options.against,
        run=options.counterfactual,
        fine=options.fine,
        jobs=options.jobs,
        budget=None if options.budget is None else 60 * options.budget,
        fresh=options.fresh,
    )
    if options.quiet:
        return explain(project, wanted, Silent())
    with console.open_progress() as progress:
        return explain(project, wanted, progress)
