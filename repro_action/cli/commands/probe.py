# SPDX-License-Identifier: Apache-2.0
"""`repro probe`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.cli.usage import UsageError, did_you_mean
from repro_action.probe.variations.names import NAMES

if TYPE_CHECKING:
    from repro_action.report.probe_model import ProbeReport

_EPILOG = """\
examples:
  repro probe                              what do the results depend on?
  repro probe --list                       what can be disturbed on this machine
  repro probe --only hash-seed,file-order --trace
                                           where do two runs diverge?
  repro probe --without time --strict      for CI: only rounding may
                                           depend on anything

exit status:
  0    the same bits under every variation
  1    something differs; with --strict, also what only the profile keeps stable
  2    it could not be done, or a variation named with --only could not be tried
  130  stopped by Ctrl-C
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    names = _names(parser)
    parser.add_argument(
        "--only",
        metavar="NAMES",
        type=names,
        action="extend",
        default=[],
        help="try only these, separated by commas",
    )
    parser.add_argument(
        "--without", metavar="NAMES", type=names, action="extend", default=[], help="try all except these"
    )
    parser.add_argument(
        "--list", action="store_true", help="list the variations, and which of them this machine can make"
    )
    parser.add_argument(
        "--trace", action="store_true", help="record what calls return, to show where two runs diverge"
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="also fail on what only the profile keeps stable, except rounding",
    )
    parser.add_argument(
        "--no-lift",
        dest="lift",
        action="store_false",
        help="keep the profile's pins: faster, but does not show what only they keep stable",
    )
    _numbers(parser)
    parser.add_argument("--quiet", "-q", action="store_true", help="show only the report, no progress")
    parser.add_argument("--report-json", metavar="FILE", type=Path, help="also write the report as JSON")
    parser.add_argument(
        "--report-markdown", metavar="FILE", type=Path, help="also write the report as Markdown"
    )


def _numbers(parser: argparse.ArgumentParser) -> None:
    from repro_action.flows.probe import ProbeOptions

    usual = ProbeOptions()
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_count(parser, 1),
        default=usual.jobs,
        help="runs at the same time; default: as many as there are cores",
    )
    parser.add_argument(
        "--runs",
        metavar="N",
        type=_count(parser, 2),
        default=usual.runs,
        help="maximum number of runs of the pipeline; default: %(default)s",
    )
    parser.add_argument(
        "--turns",
        metavar="N",
        type=_count(parser, 1),
        default=usual.rounds,
        help="how many times everything is disturbed at once, differently each time; default: %(default)s",
    )


def _names(parser: argparse.ArgumentParser) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        names = [name.strip() for name in text.split(",") if name.strip()]
        for name in names:
            if name not in NAMES:
                remedy = did_you_mean(name, NAMES) or f"The variations are {', '.join(NAMES)}."
                what = f"there is no variation {name[:100]}"
                raise UsageError(what, remedy=remedy, usage=parser.format_usage())
        return names

    return read


def _count(parser: argparse.ArgumentParser, least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) < 6 and int(text) >= least:
            return int(text)
        what = f"{text[:100]} is not a whole number of at least {least}"
        raise UsageError(what, remedy="Give a whole number, such as 8.", usage=parser.format_usage())

    return read


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console

    if options.list:
        return _list(options)
    console.require_writable("--report-json", options.report_json)
    console.require_writable("--report-markdown", options.report_markdown)
    report = _probed(options)
    console.write_probe(report, markdown=options.report_markdown, json_path=options.report_json)
    console.show_probe(report, as_json=options.json)
    status = report.exit_code(strict=options.strict)
    return status or _missed(report, options)


def _probed(options: argparse.Namespace) -> ProbeReport:
    from repro_action import __version__
    from repro_action.cli import console
    from repro_action.environments import backend_for
    from repro_action.errors import ReproError
    from repro_action.flows.probe import ProbeOptions, probe
    from repro_action.progress import Silent
    from repro_action.report.probe_model import ProbeReport

    try:
        project = console.open_project(options)
        backend = backend_for(project.config)
    except ReproError as error:
        # Whoever reads the report must find one, also where nothing could begin.
        name = options.directory.resolve().name
        return ProbeReport(tool=__version__, name=name, headline="", error=error.notice)
    wanted = ProbeOptions(
        names=tuple(dict.fromkeys(options.only)),
        leave_out=tuple(dict.fromkeys(options.without)),
        jobs=options.jobs,
        trace=options.trace,
        unpin=options.lift,
        runs=options.runs,
        rounds=options.turns,
    )
    if options.quiet:
        report = probe(project, backend, wanted, Silent())
    else:
        with console.open_progress() as progress:
            report = probe(project, backend, wanted, progress)
    project.store.prepare()
    folder = project.store.folder
    console.write_probe(report, markdown=folder / "probe.md", json_path=folder / "probe.json")
    return report


def _missed(report: ProbeReport, options: argparse.Namespace) -> int:
    """Return 2 where a variation that was named could not be tried, and say so; else 0."""
    from repro_action.cli import console
    from repro_action.errors import ReproError
    from repro_action.report.probe_model import Answer

    idle = {Answer.UNAVAILABLE, Answer.NOT_TRIED}
    requested = set(options.only) - set(options.without)
    missed = [row for row in report.variations if row.name in requested and row.answer in idle]
    if not missed:
        return 0
    reasons = "; ".join(
        f"{row.name}: {row.note or 'it was not tried within the limit of --runs'}" for row in missed
    )
    error = ReproError(
        "not every variation named with --only could be tried",
        why=reasons,
        remedy="Leave it out, allow more --runs, or make it available; `repro probe --list` shows what is.",
    )
    if not options.json:
        console.show_error(error)
    return error.exit_code


def _list(options: argparse.Namespace) -> int:
    from repro_action.cli import console
    from repro_action.environments import backend_for
    from repro_action.flows.probe import enclosure_of_trials, refused
    from repro_action.probe.variations.catalogue import VARIATIONS

    project = console.open_project(options)
    backend = backend_for(project.config)
    environment = backend.peek(project.config)
    if environment is None:
        with console.open_progress() as progress:
            environment = backend.prepare(project.config, progress)
    unavailable = refused(enclosure_of_trials(project.config, backend, environment), environment)
    reasons = [(variation, unavailable[variation.name]) for variation in VARIATIONS]
    if options.json:
        rows = [
            {"name": one.name, "what": one.what, "numeric": one.numeric, "unavailable": reason}
            for one, reason in reasons
        ]
        console.print_result("probe", 0, {"variations": rows})
        return 0
    width = max(len(name) for name in NAMES)
    for one, reason in reasons:
        why = f" (unavailable: {reason})" if reason else ""
        console.print_line(f"{'no' if reason else 'yes':3}  {one.name:{width}}  {one.what}{why}")
    return 0
