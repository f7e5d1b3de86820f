# SPDX-License-Identifier: Apache-2.0
"""`repro calibrate`."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from repro_action.cli.usage import UsageError

if TYPE_CHECKING:
    from repro_action.flows.calibrate import Calibrated
    from repro_action.noise.record import MetricNoise

SEEDS = 20

_EPILOG = """\
examples:
  repro calibrate                          train with 20 other seeds, and keep
                                           what they do in the baseline
  repro calibrate --seeds 50 --jobs 4      those of an earlier call count

Ctrl-C loses nothing but the trainings that run: the next call goes on.
Afterwards reports say what a change is worth: "0.8 sigma of seed noise", and
max_worsening = "2 sigma" is a tolerance.

exit status:
  0    the noise record is in the baseline: commit it
  2    it could not be measured
  130  stopped by Ctrl-C
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG

    def count(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= 1000:
            return int(text)
        what = f"{text[:100]} is not a whole number from 1 to 1000"
        raise UsageError(what, remedy="Give a whole number, such as 20.", usage=parser.format_usage())

    parser.add_argument(
        "--seeds", metavar="N", type=count, default=SEEDS, help="trainings in all; default: %(default)s"
    )
    parser.add_argument(
        "--jobs", metavar="N", type=count, default=0, help="trainings at the same time; default: one a core"
    )
    parser.add_argument("--quiet", "-q", action="store_true", help="show only the result, no progress")


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.environments import backend_for
    from repro_action.flows.calibrate import calibrate
    from repro_action.progress import Silent

    project = console.open_project(options)
    backend = backend_for(project.config)
    sizes = {"count": options.seeds, "jobs": options.jobs}
    if options.quiet:
        found = calibrate(project, backend, Silent(), **sizes)
    else:
        with console.open_progress() as progress:
            found = calibrate(project, backend, progress, **sizes)
    if options.json:
        console.print_result("calibrate", 0, _fields(found))
    else:
        _show(found, project.config.baseline)
    return 0


def _fields(found: Calibrated) -> dict[str, object]:
    record = found.record
    return {
        "platform": found.platform,
        "materials": str(record.materials),
        "seeds": list(record.seeds),
        "failed": {str(seed): notice.what for seed, notice in found.failures.items()},
        "seed_params": list(record.seed_params),
        "metrics": {
            file: {name: asdict(noise) for name, noise in named.items()}
            for file, named in record.metrics.items()
        },
        "unlisted": record.unlisted,
        "trained": found.trained,
        "resumed": found.resumed,
        "seeded_steps": list(found.seeded),
        "reused_steps": list(found.reused),
        "unneeded_steps": list(found.unneeded),
        "seconds": round(found.seconds, 3),
    }


def _show(found: Calibrated, baseline: str) -> None:
    from repro_action.cli import console
    from repro_action.text import clean

    record = found.record
    first, last = record.seeds[0], record.seeds[-1]
    console.print_line(f"{len(record.seeds)} other seeds, {first} to {last}, on {found.platform}")
    for file, named in record.metrics.items():
        console.print_line(clean(file, 100))
        width = max(len(clean(name, 40)) for name in named)
        for name, noise in named.items():
            console.print_line(f"  {clean(name, 40):{width}}  {_described(noise)}")
    for seed, notice in found.failures.items():
        console.print_line(f"seed {seed} failed and is not counted: {clean(notice.what, 200)}")
    steps = [f"trained each time: {', '.join(found.seeded)}"]
    steps += [f"reached by no seed, used again: {', '.join(found.reused)}"] if found.reused else []
    steps += [f"no metric depends on: {', '.join(found.unneeded)}"] if found.unneeded else []
    console.print_note("; ".join(clean(step, 200) for step in steps))
    if record.seed_params:
        console.print_note(f"the seed is {clean(', '.join(record.seed_params), 200)} and `seed`")
    if found.resumed:
        console.print_note(f"{found.resumed} trainings of an earlier call were counted")
    console.print_note(f"commit {clean(baseline, 100)}")


def _described(noise: MetricNoise) -> str:
    missing = ", ".join(map(str, noise.missing[:5]))
    more = f" and {len(noise.missing) - 5} more" if len(noise.missing) > 5 else ""
    absent = f"; missing or not finite with {len(noise.missing)} seeds: {missing}{more}" if missing else ""
    if noise.mean is None or noise.deviation is None:
        return f"n = {noise.count}: too few values{absent}"
    if noise.constant:
        return f"{noise.mean:.6g}, no seed noise seen, n = {noise.count}{absent}"
    low, high = noise.quantiles["0.05"], noise.quantiles["0.95"]
    spread = f"\N{PLUS-MINUS SIGN} {noise.deviation:.3g}"
    return f"{noise.mean:.6g} {spread}, 5 to 95 %: {low:.6g} to {high:.6g}, n = {noise.count}{absent}"
