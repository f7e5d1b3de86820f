# SPDX-License-Identifier: Apache-2.0
"""`repro init`."""

from __future__ import annotations

import argparse

_EPILOG = """\
examples:
  repro init              write repro.toml, digests of data included
  repro init --dry-run    print it instead

Scripts are read, never run.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("--dry-run", action="store_true", help="print the proposal and write nothing")
    parser.add_argument("--force", action="store_true", help="replace an existing repro.toml")


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    import sys

    from repro_action.cli import console
    from repro_action.flows.initialise import initialise

    done = initialise(options.directory, force=options.force, dry=options.dry_run)
    if options.json:
        console.print_result(
            "init",
            0,
            {
                "written": done.path is not None,
                "ready": done.proposal.ready,
                "text": done.proposal.text,
                "notes": list(done.proposal.notes),
                "candidates": list(done.proposal.candidates),
            },
        )
        return 0
    if done.path is None:
        sys.stdout.write(done.proposal.text)
    else:
        added = f" and added {', '.join(done.ignored)} to .gitignore" if done.ignored else ""
        console.say(f"wrote {done.path.name}{added}")
    for note in done.proposal.notes:
        console.say(f"note: {note}")
    if done.path is not None:
        following = (
            "repro verify" if done.proposal.ready else f"look through {done.path.name}, then repro verify"
        )
        console.say(f"next: {following}")
    return 0
