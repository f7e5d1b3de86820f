# SPDX-License-Identifier: Apache-2.0
"""`repro pin`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.progress import Progress
    from repro_action.runs.project import Project

_EPILOG = """\
examples:
  repro pin data/train.csv       write its digest into the configuration
  repro pin data/images/         a folder; its files' times do not count
  repro pin data/big.csv.dvc     what a DVC pointer points to
  repro pin                      pin every known path again, as it is now
  repro pin --check              check the data (or only PATHs) against its pins
  repro pin data/train.csv --schema data/train.schema.json
                                 write a table schema that the data keeps
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("paths", nargs="*", metavar="PATH", help="file, folder or .dvc file of the project")
    parser.add_argument("--check", action="store_true", help="check pins and write nothing")
    parser.add_argument("--schema", metavar="FILE", help="write a table schema proposed from PATH into FILE")


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.flows.pin import check, pin
    from repro_action.report.render.terminal.progress import open_progress

    project = console.open_project(options)
    with open_progress(console.stderr(), github=console.on_github()) as progress:
        if options.schema:
            return _write_schema(options, project, progress)
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


def _write_schema(options: argparse.Namespace, project: Project, progress: Progress) -> int:
    from repro_action.cli import console
    from repro_action.errors import ConfigError
    from repro_action.flows.table_schema import write_schema

    if len(options.paths) != 1 or options.check:
        raise ConfigError(
            "--schema needs one PATH", remedy="repro pin data/train.csv --schema data/train.schema.json"
        )
    table, target = options.directory / options.paths[0], options.directory / options.schema
    fields = write_schema(project.config, table, target, progress)
    if options.json:
        console.print_result("pin", 0, {"schema": options.schema, "fields": fields})
        return 0
    console.print_line(f"{options.schema} has {fields} fields; to have it checked before each training:")
    console.print_line(f'  schema = "{options.schema}"   # in the [[data]] entry of {options.paths[0]}')
    return 0
