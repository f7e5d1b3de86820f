# SPDX-License-Identifier: Apache-2.0
"""`repro doctor`."""

from __future__ import annotations

import argparse

_EPILOG = """\
examples:
  repro doctor            configuration, data, steps, git, environment, machine
  repro doctor --json

exit status: 0 fine or warnings only · 2 something is wrong
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.environments import backend_for
    from repro_action.environments.checks import Health
    from repro_action.flows.doctor import doctor
    from repro_action.report.render.terminal.progress import open_progress

    with open_progress(console.stderr(), github=console.on_github()) as progress:
        checks = doctor(
            lambda: console.open_project(options),
            lambda project: backend_for(project.config),
            progress,
        )
    status = 2 if any(check.health is Health.BAD for check in checks) else 0
    if options.json:
        rows = [
            {
                "name": check.name,
                "health": check.health.value,
                "found": check.found,
                "details": list(check.details),
                "cure": check.remedy,
            }
            for check in checks
        ]
        console.print_result("doctor", status, {"checks": rows})
        return status
    symbols = {Health.OK: "ok  ", Health.WARN: "warn", Health.BAD: "BAD "}
    width = max(len(check.name) for check in checks)
    for check in checks:
        console.print_line(f"{symbols[check.health]}  {check.name:{width}}  {check.found}")
        for line in check.details:
            console.print_line(f"{'':4}  {'':{width}}  {line}")
        if check.remedy:
            console.print_line(f"{'':4}  {'':{width}}  fix: {check.remedy}")
    return status
