# SPDX-License-Identifier: Apache-2.0
"""`repro pin`."""

from __future__ import annotations

import argparse

_EPILOG = """\
examples:
  repro pin data/train.csv       write its digest into the configuration
  repro pin data/images/         a folder; its files' times do not count
  repro pin data/big.csv.dvc     what a DVC pointer points to
  repro pin                      pin every known path again, as it is now
  repro pin --check              check the data (or only PATHs) against its pins
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("paths", nargs="*", metavar="PATH", help="file, folder or .dvc file of the project")
    parser.add_argument("--check", action="store_true", help="check pins and write nothing")


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.flows.pin import check, pin
    from repro_action.report.render.terminal.progress import open_progress

    project = console.open_project(options)
    with open_progress(console.stderr(), github=console.on_github()) as progress:
        if options.check:
            digests = check(project, options.directory, tuple(options.paths), progress)
            states = dict.fromkeys(digests, "ok")
        else:
            digests, states = pin(project, options.directory, tuple(options.paths), progress)
    if options.json:
        pins = {path: {"digest": str(digest), "state": states[path]} for path, digest in digests.items()}
        console.print_result("pin", 0, {"pins": pins})
        return 0
    for path, digest in digests.items():
        console.print_line(f"{states[path]:9}  {path}  {digest}")
    if not digests:
        console.print_line("no data is pinned; name what to pin: repro pin PATH")
    return 0
