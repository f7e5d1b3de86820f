# SPDX-License-Identifier: Apache-2.0
"""`repro accept`."""

from __future__ import annotations

import argparse

_EPILOG = """\
examples:
  repro accept                 the last run becomes the baseline: commit it
  repro accept 3f9a1c04b2d7    only if the last run has this fingerprint

Nothing is trained again. Baselines of other platform classes stay as they are.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "fingerprint",
        nargs="?",
        default="",
        help="the first digits of the fingerprint to accept, from the report",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="accept although materials changed since, it gave different results, or its search is false",
    )


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.environments import backend_for
    from repro_action.flows.accept import accept

    project = console.open_project(options)
    backend = backend_for(project.config)
    done = accept(project, backend, expected=options.fingerprint, force=options.force)
    name = project.config.baseline_path.name
    if options.json:
        console.print_result(
            "accept",
            0,
            {
                "platform": done.platform,
                "fingerprint": done.fingerprint,
                "changed": done.changed,
                "file": name,
                "seen_once": done.seen_once,
            },
        )
        return 0
    if not done.changed:
        console.print_line(f"{name} already contains this run for {done.platform}")
        return 0
    kept = f" ({', '.join(done.others)} stay as they are)" if done.others else ""
    console.print_line(
        f"{name} now contains run {done.fingerprint[:12]} for {done.platform}{kept}; commit it"
    )
    if done.seen_once:
        console.print_line("it was run only once: `repro verify` shows whether its outputs repeat")
    return 0
