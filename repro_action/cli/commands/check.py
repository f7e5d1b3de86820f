# SPDX-License-Identifier: Apache-2.0
"""`repro check`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

_EPILOG = """\
examples:
  repro check served/model.skops                      a file, in any format
  repro check models:/wine@champion                   from an MLflow registry
  repro check s3://models/wine.joblib --against v1.2  with the baseline of a tag
  repro check model.npz --as out/model.joblib         say which output it is
  repro check models:/wine@champion --tag             tag it with the verdict

Nothing is trained, and nothing that is fetched is executed.

exit status: 0 it is the accepted model, or inside the tolerance · 1 it is
another one · 2 it could not be compared whole · 3 there is no baseline
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("subject", metavar="SUBJECT", help="file, folder or address of the deployed model")
    parser.add_argument(
        "--as", dest="product", default="", metavar="OUTPUT", help="output of the project that it is"
    )
    parser.add_argument("--against", default="", metavar="REF", help="revision whose baseline counts")
    parser.add_argument(
        "--platform", default="", metavar="CLASS", help="platform class; default: the best match"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the report as Markdown")
    parser.add_argument(
        "--tag", action="store_true", help="write repro.verdict to the registry's model version"
    )
    parser.add_argument(
        "--verification-block",
        action="store_true",
        help="print the verification: block of KServe for a model that passed, instead of the report",
    )


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.flows.check import CheckOptions, check
    from repro_action.report.json.check import as_json
    from repro_action.report.render.terminal import check as terminal

    console.require_writable("--markdown", options.markdown)
    project = console.open_project(options)
    asked = CheckOptions(
        against=options.against, platform=options.platform, product=options.product, tag=options.tag
    )
    with console.open_progress() as progress:
        report = check(project, _address(options), asked, progress)
    if options.markdown is not None:
        from repro_action.files import write_atomically
        from repro_action.report.render.markdown import check as markdown

        write_atomically(options.markdown, markdown.render(report), durable=False)
    if options.json:
        console.print_json(as_json(report))
    elif options.verification_block:
        from repro_action.report.render.verification_block import verification_block

        sys.stdout.write(verification_block(report))
        terminal.show(report, console.stderr())
    else:
        terminal.show(report, console.stdout())
    return report.exit_code


def _address(options: argparse.Namespace) -> str:
    """Return the address; a path of this machine is meant from the folder that `-C` names."""
    path: Path = options.directory / options.subject
    return str(path) if path.exists() else str(options.subject)
