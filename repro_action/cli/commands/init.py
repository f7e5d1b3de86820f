# SPDX-License-Identifier: Apache-2.0
"""`repro init`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.config.model import Config
    from repro_action.flows.init import Initialised, NamedProposal
    from repro_action.init.propose import Proposal
    from repro_action.init.traced import TracedStep

_EPILOG = """\
examples:
  repro init                write repro.toml, digests of data included
  repro init --dry-run      print it instead
  repro init src/train.py   propose a step for this script
  repro init --trace        run it once, to see what it reads and writes
  repro init --workflow     write .github/workflows/repro.yml as well

Scripts are read and never run, but with --trace. Several scripts that share
no files become several configurations.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "scripts", nargs="*", type=Path, metavar="SCRIPT", help="Python scripts to run as steps"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the proposal without writing it")
    parser.add_argument("--force", action="store_true", help="replace existing files")
    parser.add_argument(
        "--trace",
        action="store_true",
        help="run the proposed steps once, here and without a sandbox, and declare the files that they read "
        "and write; asks before it writes a configuration",
    )
    parser.add_argument("--yes", action="store_true", help="with --trace: write without asking")
    parser.add_argument(
        "--workflow", action="store_true", help="write the workflow for pull requests, and nothing else"
    )


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.flows.init import make_proposals, write_proposal

    if options.workflow:
        return _write_workflow(options)
    tracer = _trace if options.trace else None
    proposals = make_proposals(
        options.directory,
        force=options.force or options.dry_run,
        scripts=tuple(options.scripts),
        tracer=tracer,
    )
    written = [write_proposal(options.directory, named) for named in proposals if _is_wanted(options, named)]
    if options.json:
        _print_json(proposals, written)
    elif written:
        _print_written(written, several=len(proposals) > 1)
    elif options.dry_run or not options.trace:
        _print_proposals(proposals)
    return 0


def _trace(config: Config) -> tuple[TracedStep, ...]:
    from repro_action.cli import console
    from repro_action.flows.trace_steps import trace_steps

    with console.open_progress() as progress:
        return trace_steps(config, progress)


def _is_wanted(options: argparse.Namespace, named: NamedProposal) -> bool:
    """Whether a proposal is to be written."""
    if options.dry_run:
        return False
    return not options.trace or options.yes or _confirmed(options, named)


def _confirmed(options: argparse.Namespace, named: NamedProposal) -> bool:
    """Show what was found, and ask; without a terminal the answer is no."""
    import sys

    from repro_action.cli import console

    if options.json:
        return False
    _print_proposals((named,))
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        console.print_line("nothing is written yet; `repro init --trace --yes` writes it")
        return False
    return input(f"write {named.path.name}? [y/N] ").strip().lower() in {"y", "yes"}


def _print_json(proposals: tuple[NamedProposal, ...], written: list[Initialised]) -> None:
    from repro_action.cli import console

    first = proposals[0].proposal
    document = {
        "written": bool(written),
        "ready": all(named.proposal.ready for named in proposals),
        "text": first.text,
        "notes": list(first.notes),
        "candidates": list(first.candidates),
        "proposals": [
            {
                "config": named.path.name,
                "ready": named.proposal.ready,
                "text": named.proposal.text,
                "notes": list(named.proposal.notes),
            }
            for named in proposals
        ],
    }
    console.print_result("init", 0, document)


def _print_proposals(proposals: tuple[NamedProposal, ...]) -> None:
    import sys

    from repro_action.cli import console

    for named in proposals:
        if len(proposals) > 1:
            console.print_line(f"--- {named.path.name}")
        sys.stdout.write(named.proposal.text)
        _print_notes(named.proposal)


def _print_notes(proposal: Proposal) -> None:
    from repro_action.cli import console

    for note in proposal.notes:
        console.print_line(f"note: {note}")


def _print_written(written: list[Initialised], *, several: bool) -> None:
    from repro_action.cli import console

    for done in written:
        added = f" and added {', '.join(done.ignored)} to .gitignore" if done.ignored else ""
        name = done.path.name if done.path is not None else ""
        console.print_line(f"wrote {name}{added}")
        if done.merging:
            console.print_line("git merges baselines with repro now: commit .gitattributes")
        _print_notes(done.proposal)
        chosen = f" --config {name}" if several else ""
        following = f"repro verify{chosen}"
        console.print_line(
            f"next: {following}" if done.proposal.ready else f"next: look through {name}, then {following}"
        )


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
