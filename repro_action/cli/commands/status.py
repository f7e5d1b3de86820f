# SPDX-License-Identifier: Apache-2.0
"""`repro status`."""

from __future__ import annotations

import argparse

_EPILOG = """\
examples:
  repro status            what differs from the baseline, without training
  repro status --json

exit status: 0 nothing differs · 1 something differs · 3 no baseline for this platform class
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.environments import backend_for
    from repro_action.flows.project import Project
    from repro_action.flows.status import status
    from repro_action.init.undeclared import told

    project = Project.open(options.directory, options.config)
    found = status(project, backend_for(project.config))
    if options.json:
        materials = [
            {
                "kind": one.kind.value,
                "name": one.name,
                "before": one.before,
                "after": one.after,
                "text": one.text,
            }
            for one in found.suspects
        ]
        console.print_result(
            "status",
            found.exit_code,
            {
                "platform": found.platform,
                "materials": materials,
                "environment_built": found.built,
                "undeclared_reads": [
                    {"file": file, "line": line, "path": path} for file, line, path in found.undeclared
                ],
            },
        )
        return found.exit_code
    if not found.platform:
        console.say("no baseline for this platform class yet; run `repro verify`, then `repro accept`")
    elif not found.suspects:
        console.say(f"{found.count} materials are those of the {found.platform} baseline")
    else:
        console.say(
            f"{len(found.suspects)} of {found.count} materials differ from the {found.platform} baseline:"
        )
        width = max(len(one.kind.value) for one in found.suspects)
        for one in found.suspects:
            console.say(f"  {one.kind.value:{width}}  {one.text}")
        console.say("run `repro verify` to see what that does to the outputs")
    for read in found.undeclared:
        console.say(f"warning: {told(read)}")
    if not found.built:
        console.say("the environment is not built yet, so packages were not compared")
    return found.exit_code
