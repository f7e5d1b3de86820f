# SPDX-License-Identifier: Apache-2.0
"""`repro merge-baseline`: what git runs to merge the baselines of two branches."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.compare.merge import MergedBaseline

_EPILOG = """\
examples:
  repro merge-baseline --install    let git use it here, as `repro init` does
  repro merge-baseline %O %A %B %P  what git runs: base, ours (replaced),
                                    theirs, name

A platform class that one branch accepted anew is taken from it. Where both did,
the merged code makes a third model: ours is kept, the file stays in conflict,
and `repro verify` and `repro accept` settle it.

exit status: 0 merged · 1 a class has to be trained again · 2 not readable
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("base", nargs="?", type=Path, metavar="BASE", help="what both branches started from")
    parser.add_argument("ours", nargs="?", type=Path, metavar="OURS", help="replaced by the merged baseline")
    parser.add_argument("theirs", nargs="?", type=Path, metavar="THEIRS", help="of the branch that is merged")
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="of the file in the repository")
    parser.add_argument("--install", action="store_true", help="let git use it in this clone")


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status.

    Raises:
        UsageError: the files to merge are not named.
    """
    from repro_action.cli import console
    from repro_action.cli.usage import UsageError
    from repro_action.flows.merge_baselines import ATTRIBUTES, install, merge_files

    if options.install:
        changed = install(options.directory)
        if options.json:
            console.print_result("merge-baseline", 0, {"installed": changed})
        else:
            state = (
                f"git merges baselines with repro now; commit {ATTRIBUTES}" if changed else "nothing to do"
            )
            console.print_line(state)
        return 0
    if options.theirs is None:
        raise UsageError(
            "three files are needed, or --install",
            remedy="Git passes them: run `repro merge-baseline --install` once in each clone.",
            usage="usage: repro merge-baseline [--install] [BASE OURS THEIRS [NAME]]",
        )
    name = options.name or str(options.ours)
    merged = merge_files(
        *(options.directory / path for path in (options.base, options.ours, options.theirs)), name=name
    )
    status = 1 if merged.retrain else 0
    if options.json:
        console.print_result("merge-baseline", status, {"retrain": list(merged.retrain)})
    elif merged.retrain:
        console.print_line(_sentence(merged, name))
    return status


def _sentence(merged: MergedBaseline, name: str) -> str:
    from repro_action.paths.names import shown

    classes = ", ".join(map(shown, merged.retrain))
    why = (
        "both branches accepted a new model, and the merged code makes a third one"
        if merged.both_changed
        else "the branches accepted models of different code, data or parameters for different classes"
    )
    return (
        f"{shown(name)}: {classes} has to be trained again: {why}. "
        "Resolve the other conflicts, then: repro verify; repro accept; git add the baseline."
    )
