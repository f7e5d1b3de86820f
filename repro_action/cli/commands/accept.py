# SPDX-License-Identifier: Apache-2.0
"""`repro accept`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.archive.archive import Kept

_EPILOG = """\
examples:
  repro accept                 the last run becomes the baseline: commit it
  repro accept 3f9a1c04b2d7    only if the last run has this fingerprint
  repro accept --keep          archive its products, for `repro fetch`

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

    parser.add_argument(
        "--keep",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="archive its products; the default where [archive] names a url. Without one: in .repro/archive",
    )


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.environments import backend_for
    from repro_action.flows.accept import accept

    project = console.open_project(options)
    backend = backend_for(project.config)
    keep = bool(project.config.archive.url) if options.keep is None else options.keep
    archive = None
    if keep:
        from repro_action.archive.open import open_archive

        archive = open_archive(project.config)
    done = accept(project, backend, expected=options.fingerprint, force=options.force, archive=archive)
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
                **({"stale_noise": True} if done.stale_noise else {}),
                **({"archived": _archived(done.kept)} if done.kept is not None else {}),
            },
        )
        return 0
    if done.kept is not None and archive is not None:
        console.print_line(f"archived in {archive.store.address}: {_objects(done.kept)}")
    if not done.changed:
        console.print_line(f"{name} already contains this run for {done.platform}")
        return 0
    kept = f" ({', '.join(done.others)} stay as they are)" if done.others else ""
    console.print_line(
        f"{name} now contains run {done.fingerprint[:12]} for {done.platform}{kept}; commit it"
    )
    if done.seen_once:
        console.print_line("it was run only once: `repro verify` shows whether its outputs repeat")
    if done.stale_noise:
        console.print_line(
            "the seed noise was measured with other materials: `repro calibrate` measures it again"
        )
    return 0


def _objects(kept: Kept) -> str:
    from repro_action.report.numbers import size
    from repro_action.text import plural

    return f"{plural(kept.added, 'new object')} ({size(kept.size)}), {kept.present} there already"


def _archived(kept: Kept) -> dict[str, object]:
    return {"fingerprint": kept.fingerprint, "added": kept.added, "present": kept.present, "bytes": kept.size}
