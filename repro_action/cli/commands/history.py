# SPDX-License-Identifier: Apache-2.0
"""`repro history`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.flows.history_site import WrittenSite
    from repro_action.progress import Progress
    from repro_action.report.model_history import RepositoryHistory
    from repro_action.verdict import Verdict

_EPILOG = """\
examples:
  repro history                         all models, a line a baseline
  repro history models/wine --json      one of them, for machines
  repro history --html site             pages for a browser, or GitHub Pages

A pattern is a configuration, its folder or a glob, from the repository's root.
Only what is committed counts: the same commit gives the same bytes.

exit status: 0 done · 2 git cannot be read, or the folder is not a site
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="such as models/* or **/repro.toml")
    parser.add_argument("--at", metavar="REF", default="HEAD", help="as of a git revision; default: HEAD")
    parser.add_argument(
        "--html",
        metavar="DIR",
        type=Path,
        help="write a site there: a page and a badge a model; those of removed models go",
    )
    parser.add_argument(
        "--reports",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="the action's report of a run of that commit, for verdicts; may be given several times",
    )


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.flows.history import HistoryQuery, repository_history
    from repro_action.report.render.terminal.history import lines

    patterns = [*options.patterns, *([options.config.as_posix()] if options.config else [])]
    query = HistoryQuery(patterns=patterns, revision=options.at, verdicts=_verdicts(options.reports))
    with console.open_progress() as progress:
        history = repository_history(options.directory.absolute(), query, progress)
        written = _written(history, options, progress)
    if options.json:
        from repro_action.report.json.history import as_json

        console.print_json(as_json(history))
    else:
        for line in lines(history) if written is None else _summary(options.html, written):
            console.print_line(line)
    return history.exit_code


def _written(
    history: RepositoryHistory, options: argparse.Namespace, progress: Progress
) -> WrittenSite | None:
    if options.html is None:
        return None
    from repro_action.flows.history_site import write_site

    return write_site(history, options.directory.absolute() / options.html, progress)


def _summary(folder: Path, written: WrittenSite) -> Iterator[str]:
    from repro_action.report import numbers
    from repro_action.text import plural

    removed = f", {len(written.removed)} removed" if written.removed else ""
    yield f"wrote {plural(written.files, 'file')} ({numbers.size(written.size)}){removed}"
    yield f"open {folder / 'index.html'}"


def _verdicts(paths: list[Path]) -> Mapping[str, Verdict]:
    if not paths:
        return {}
    from repro_action.flows.history import verdicts_of

    return verdicts_of(paths)
