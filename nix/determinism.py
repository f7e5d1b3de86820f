# SPDX-License-Identifier: Apache-2.0

"""Prints determinism.json: `python nix/determinism.py > nix/determinism.json`.

The dev shell and the image set the portable profile before there is a `repro` to ask, so it is
written down for each system, with one thread and the seed 0. Steps get it from `repro` itself.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field

from repro_action.determinism.knobs import KNOBS
from repro_action.determinism.profile import variables

SYSTEMS = {
    "aarch64-darwin": ("Darwin", "aarch64"),
    "aarch64-linux": ("Linux", "aarch64"),
    "x86_64-linux": ("Linux", "x86_64"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A distribution."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What of an environment decides which knobs apply."""

    circumstances: dict[str, str]
    distributions: tuple[Installed, ...] = field(default=())


def document() -> str:
    """Return the text of determinism.json."""
    return (
        json.dumps({name: _system(*machine) for name, machine in SYSTEMS.items()}, indent=2, sort_keys=True)
        + "\n"
    )


def _system(system: str, machine: str) -> dict[str, object]:
    always = _variables(system, machine)
    needs = sorted(
        (needs.at_least, needs.below)
        for needs in {knob.needs for knob in KNOBS}
        if needs is not None and needs.name == "numpy"
    )
    return {
        "always": always,
        "numpy": [
            {
                "atLeast": _dotted(first),
                "below": _dotted(end),
                "variables": {
                    name: value
                    for name, value in _variables(system, machine, numpy=_dotted(first)).items()
                    if name not in always
                },
            }
            for first, end in needs
        ],
    }


def _variables(system: str, machine: str, *, numpy: str = "") -> dict[str, str]:
    installed = (Installed(name="numpy", version=numpy),) if numpy else ()
    around = System(circumstances={"os": system, "machine": machine}, distributions=installed)
    return dict(variables("portable", seed=0, threads=1, environment=around))


def _dotted(release: tuple[int, ...]) -> str:
    return ".".join(map(str, release))


if __name__ == "__main__":
    sys.stdout.write(document())
