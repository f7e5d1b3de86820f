# SPDX-License-Identifier: Apache-2.0
"""`repro drift`."""

from __future__ import annotations

import argparse
from pathlib import Path

_EPILOG = """\
examples:
  repro drift new.csv                     with the pinned data, or its profile
  repro drift new.parquet --against old.parquet      with a file
  repro drift requests.csv --live --ignore timestamp     exported by monitoring
  repro drift new.csv --predictions out/predictions.csv  the outputs, too

A column has drifted where a distance exceeds its limit and what chance alone
gives with so few values: PSI 0.2, KS D 0.1, Jensen-Shannon 0.15, missing 5 %,
new categories 1 %. p-values are shown and judge nothing. docs/drift.md has the
sources. Values of the data are not printed unless --values is given.

exit status: 0 no drift · 1 drift · 2 it cannot be told, or an error
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("new", metavar="NEW", help="file or folder with the new data")
    parser.add_argument(
        "--against", type=Path, metavar="FILE", help="old data; default: what the baseline was made with"
    )
    parser.add_argument("--data", default="", metavar="PATH", help="[[data]] entry that the new data is like")
    parser.add_argument(
        "--live", action="store_true", help="columns that NEW alone has, as monitoring adds, are no drift"
    )
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="COLUMN", help="leave a column out; repeatable"
    )
    parser.add_argument("--predictions", type=Path, metavar="FILE", help="outputs of the model for NEW")
    parser.add_argument(
        "--accepted-predictions",
        type=Path,
        metavar="FILE",
        help="accepted outputs; default: the project's output of that name",
    )
    parser.add_argument(
        "--no-classifier", action="store_true", help="do not train a classifier to tell whole rows apart"
    )
    parser.add_argument(
        "--values", action="store_true", help="also list new and gone categories, which are values"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the report as Markdown")


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.flows.drift import DriftOptions, drift
    from repro_action.report.json.drift import as_json
    from repro_action.report.render.terminal import drift as terminal

    console.require_writable("--markdown", options.markdown)
    project = console.open_project(options)

    def place(path: Path | None) -> Path | None:
        return None if path is None else options.directory / path

    requested = DriftOptions(
        against=place(options.against),
        data=options.data,
        live=options.live,
        ignore=frozenset(options.ignore),
        predictions=place(options.predictions),
        accepted_predictions=place(options.accepted_predictions),
        together=not options.no_classifier,
        values=options.values,
    )
    with console.open_progress() as progress:
        report = drift(project, options.directory / options.new, requested, progress)
    if options.markdown is not None:
        from repro_action.files import write_atomically
        from repro_action.report.render.markdown import drift as markdown

        write_atomically(options.markdown, markdown.render(report), durable=False)
    if options.json:
        console.print_json(as_json(report))
    else:
        with console.printing():
            terminal.show(report, console.stdout())
    return report.exit_code
