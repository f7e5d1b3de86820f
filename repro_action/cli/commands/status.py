# SPDX-License-Identifier: Apache-2.0
"""`repro status`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.report.status import StatusReport

_EPILOG = """\
examples:
  repro status            what differs from the baseline, without training
  repro status --json

exit status: 0 nothing differs · 1 something differs · 3 no baseline for this
platform class
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.environments import backend_for
    from repro_action.flows.status import status

    project = console.open_project(options)
    found = status(project, backend_for(project.config))
    if options.json:
        from repro_action.report.json.status import as_json

        console.print_json(as_json(found))
    else:
        for line in _lines(found):
            console.print_line(line)
    return found.exit_code


def _lines(found: StatusReport) -> Iterator[str]:
    from repro_action.init.undeclared import read_sentence

    if not found.platform:
        yield "no baseline for this platform class yet; run `repro verify`, then `repro accept`"
    elif not found.suspects:
        yield f"{found.count} materials match the {found.platform} baseline"
    else:
        yield f"{len(found.suspects)} of {found.count} materials differ from the {found.platform} baseline:"
        width = max(len(one.kind.value) for one in found.suspects)
        for one in found.suspects:
            yield f"  {one.kind.value:{width}}  {one.text}"
        yield "run `repro verify` to see what that does to the outputs"
    for read in found.undeclared:
        yield f"warning: {read_sentence(read)}"
    if not found.built:
        yield "the environment is not built yet, so packages were not compared"
