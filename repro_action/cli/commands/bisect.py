# SPDX-License-Identifier: Apache-2.0
"""`repro bisect`."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

from repro_action.cli.usage import UsageError
from repro_action.text import visible

if TYPE_CHECKING:
    from repro_action.compare.subject_of_search import SearchedResult
    from repro_action.report.bisect_model import BisectCommit, BisectReport, ValueChange
    from repro_action.runs.project import Project
    from repro_action.tree import Scalar

_EPILOG = """\
examples:
  repro bisect v1.2                   with which commit did any output change?
  repro bisect v1.2 main --metric out/metrics.json:accuracy --by 0.01
  repro bisect v1.2 main --leaf out/model.npz:coef
  repro bisect v1.2 --verdict         since when does verify fail?
  repro bisect --log                  what the last search asked

Accepted baselines answer first, without training. Stopped or killed, the same
command goes on where it was. The working tree is only read.

exit status: 0 one commit was found · 1 it is one of several, nothing changed,
or the result depends on chance · 2 it could not be done · 130 stopped by Ctrl-C
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("good", nargs="?", metavar="GOOD", help="a commit with the old result")
    parser.add_argument(
        "bad", nargs="?", metavar="BAD", default="HEAD", help="a later one with the new result; default: HEAD"
    )
    wanted = parser.add_mutually_exclusive_group()
    wanted.add_argument("--metric", metavar="FILE:NAME", help="look for a change of one metric")
    wanted.add_argument("--leaf", metavar="FILE:LEAF", help="look for a change of one leaf of an output")
    wanted.add_argument(
        "--verdict", action="store_true", help="look for the first commit that fails its own baseline"
    )
    wanted.add_argument("--log", action="store_true", help="print what the last search asked")
    parser.add_argument(
        "--by", metavar="SIZE", type=float, help="how much the metric changed, in its own unit"
    )
    parser.add_argument(
        "--present-config",
        action="store_true",
        help="train commits that have no configuration by the present one",
    )
    parser.add_argument("--retrain", action="store_true", help="train also what accepted baselines answer")
    parser.add_argument(
        "--no-repeat",
        dest="repeat",
        action="store_false",
        help="do not train both sides of the change once more",
    )
    parser.add_argument("--quiet", "-q", action="store_true", help="show only the result, no progress")


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console

    project = console.open_project(options)
    if options.log:
        from repro_action.flows.bisect_log import last_log

        lines = last_log(project)
        if options.json:
            console.print_result("bisect", 0, {"log": lines})
        for line in [] if options.json else lines:
            console.print_line(line)
        return 0
    report = _searched(options, project)
    if options.json:
        console.print_result("bisect", report.exit_code, _document(report))
    else:
        from repro_action.report.render.terminal.bisect import lines as lines_of

        for line in lines_of(report):
            console.print_line(line)
    return report.exit_code


def _searched(options: argparse.Namespace, project: Project) -> BisectReport:
    from repro_action.cli import console
    from repro_action.flows.bisect import BisectOptions, bisect
    from repro_action.progress import Silent

    if options.good is None:
        raise UsageError(
            "no commit was named",
            remedy="Name one that has the old result, such as `repro bisect v1.2`.",
            usage="usage: repro bisect GOOD [BAD]\n",
        )
    wanted = BisectOptions(
        good=options.good,
        bad=options.bad,
        result=_result(options),
        retrain=options.retrain,
        repeat=options.repeat,
        present_config=options.present_config,
    )
    if options.quiet:
        return bisect(project, wanted, Silent())
    with console.open_progress() as progress:
        return bisect(project, wanted, progress)


def _result(options: argparse.Namespace) -> SearchedResult:
    from repro_action.compare.subject_of_search import SearchedKind, SearchedResult, parse_result

    if options.by is not None and options.metric is None:
        raise UsageError(
            "--by needs --metric", remedy="Name the metric: --metric FILE:NAME --by SIZE.", usage=""
        )
    if options.metric is not None:
        return parse_result(SearchedKind.METRIC, options.metric, by=options.by)
    if options.leaf is not None:
        return parse_result(SearchedKind.LEAF, options.leaf)
    return SearchedResult(kind=SearchedKind.VERDICT if options.verdict else SearchedKind.OUTPUTS)


def _document(report: BisectReport) -> dict[str, object]:
    return {
        "name": report.name,
        "result": report.result,
        "outcome": report.outcome.value,
        "flaky": report.flaky,
        "good": _commit(report.good),
        "bad": _commit(report.bad),
        "same": None if report.same is None else _commit(report.same),
        "candidates": [_commit(each) for each in report.candidates],
        "before": _value(report.before),
        "after": _value(report.after),
        "steps": [
            {
                "commit": step.commit.commit,
                "answer": step.answer.value,
                "source": step.source.value,
                "value": _value(step.value),
                "seconds": step.seconds,
                "reason": step.reason,
            }
            for step in report.steps
        ],
        "materials": [
            {
                "kind": each.kind.value,
                "name": each.name,
                "before": _value(each.before),
                "after": _value(each.after),
            }
            for each in report.materials
        ],
        "files": [visible(each) for each in report.files],
        "metrics": [_change(each) for each in report.metrics],
        "artifacts": [{"path": each.name, "leaves": each.after} for each in report.artifacts],
        "commits": report.commits,
        "distinct": report.distinct,
        "trainings": report.trainings,
        "notes": list(report.notes),
    }


def _commit(commit: BisectCommit) -> dict[str, object]:
    return {
        "commit": commit.commit,
        "date": commit.date,
        "author": visible(commit.author),
        "subject": visible(commit.subject),
        "merges": commit.merges,
    }


def _change(change: ValueChange) -> dict[str, object]:
    return {"name": change.name, "before": _value(change.before), "after": _value(change.after)}


def _value(value: Scalar) -> Scalar:
    """Return a value that JSON has: what is no finite number becomes its text."""
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value
