# SPDX-License-Identifier: Apache-2.0
"""`repro init`."""

from __future__ import annotations

import argparse

_EPILOG = """\
examples:
  repro init              write repro.toml, digests of data included
  repro init --dry-run    print it instead
  repro init --workflow   write .github/workflows/repro.yml as well

Scripts are read, never run.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("--dry-run", action="store_true", help="print the proposal without writing it")
    parser.add_argument("--force", action="store_true", help="replace existing files")
    parser.add_argument(
        "--workflow", action="store_true", help="write the workflow for pull requests, and nothing else"
    )


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    import sys

    from repro_action.cli import console
    from repro_action.flows.init import initialise

    if options.workflow:
        return _write_workflow(options)
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
        console.print_line(f"wrote {done.path.name}{added}")
        if done.merging:
            console.print_line("git merges baselines with repro now: commit .gitattributes")
    for note in done.proposal.notes:
        console.print_line(f"note: {note}")
    if done.path is not None:
        following = (
            "repro verify" if done.proposal.ready else f"look through {done.path.name}, then repro verify"
        )
        console.print_line(f"next: {following}")
    return 0


def _write_workflow(options: argparse.Namespace) -> int:
    from repro_action.cli import console
    from repro_action.flows.init import add_workflow
    from repro_action.init.workflow import PATH
    from repro_action.paths.names import shown

    written = add_workflow(options.directory, force=options.force)
    if options.json:
        document = {
            "written": True,
            "workflow": str(written.path),
            "without_packages": list(written.bare),
        }
        console.print_result("init", 0, document)
        return 0
    console.print_line(f"wrote {PATH}; commit it, and open a pull request")
    for config in written.bare:
        console.print_line(
            f"note: no file says which packages {shown(config)} needs, so the workflow installs none: "
            "write a requirements.txt and run this again with --force, or add a step that installs them"
        )
    return 0
