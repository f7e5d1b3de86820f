# SPDX-License-Identifier: Apache-2.0
"""`repro plan`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.flows.plan import Planned

_EPILOG = """\
examples:
  repro plan                          whose materials differ from their baseline
  repro plan --against origin/main    what this branch affects
  repro plan 'models/*' --json        the matrix of a workflow: key `matrix`

A pattern is a configuration, its folder or a glob, from the repository's root;
without one, all configurations of the repository are checked.

exit status: 0 affected or not · 2 it could not be determined
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="such as models/* or **/repro.toml")
    parser.add_argument(
        "--against",
        metavar="REF",
        help="by the files that differ from a git revision, as in a pull request; runs nothing",
    )
    parser.add_argument("--all", action="store_true", help="list every configuration as affected")


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.config.discover import EVERYWHERE, discover
    from repro_action.flows.plan import plan
    from repro_action.history import History

    directory = options.directory.absolute()
    root = History(directory).top or directory
    patterns = [*options.patterns, *([options.config.as_posix()] if options.config else [])]
    configs = discover(root, patterns or [EVERYWHERE])
    found = plan(root, configs, options.against, everything=options.all)
    if options.json:
        console.print_result("plan", 0, _document(found))
    else:
        for line in _lines(found, options.against):
            console.print_line(line)
    return 0


def _document(found: Sequence[Planned]) -> dict[str, object]:
    from repro_action.flows.plan import matrix

    jobs = matrix(found)
    return {
        "configs": [
            {
                "config": one.config,
                "name": one.name,
                "affected": one.affected,
                "reasons": [{"kind": reason.kind, "text": reason.text} for reason in one.reasons],
            }
            for one in found
        ],
        "matrix": {"include": [{"config": job.config, "name": job.name} for job in jobs]},
        "any": bool(jobs),
    }


def _lines(found: Sequence[Planned], against: str | None) -> Iterator[str]:
    affected = [one for one in found if one.affected]
    compared = f"by what differs from {against}" if against else "by their materials"
    yield f"{len(affected)} of {len(found)} configurations are affected, {compared}"
    width = max((len(reason.kind) for one in affected for reason in one.reasons), default=0)
    for one in affected:
        yield f"{one.config}: {one.name}"
        for reason in one.reasons:
            yield f"  {reason.kind:{width}}  {reason.text}"
    if affected:
        yield "run `repro verify --config FILE` for each of them"
