# SPDX-License-Identifier: Apache-2.0
"""What a variation changes about how steps are run, as one value that can be joined with others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """How steps are run otherwise than usual; the empty one changes nothing.

    Attributes:
        under: variables laid below those of the profile, as another machine would have them;
            an empty value removes the variable.
        over: variables laid above those of the profile, lifting its pins; likewise.
        prefix: command that a step's command is appended to; every one of its words is fixed.
        hook: variables for the hook inside the step's processes, named `REPRO_…`.
        folder: name of the folder that the project is copied to; empty for the usual one.
        host: name of the machine; empty for its own.
    """

    under: Mapping[str, str] = field(default_factory=dict)
    over: Mapping[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    hook: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    host: str = ""


NOTHING = Disturbance()


def join(parts: Iterable[Disturbance]) -> Disturbance:
    """Join disturbances; later ones stand over earlier ones, prefixes stand one after another."""
    joined = tuple(parts)
    return Disturbance(
        under={name: value for part in joined for name, value in part.under.items()},
        over={name: value for part in joined for name, value in part.over.items()},
        prefix=tuple(word for part in joined for word in part.prefix),
        hook={name: value for part in joined for name, value in part.hook.items()},
        folder=next((part.folder for part in reversed(joined) if part.folder), ""),
        host=next((part.host for part in reversed(joined) if part.host), ""),
    )


def laid(disturbance: Disturbance, *, base: Mapping[str, str], pinned: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a step: the base, `under`, the profile's pins, `over`.

    Args:
        disturbance: what to lay in.
        base: of the environment.
        pinned: by the profile, and declared by the step.
    """
    variables = dict(base)
    for layer in (disturbance.under, pinned, disturbance.over):
        variables.update(layer)
    removed = {name for name, value in disturbance.over.items() if not value}
    removed |= {name for name, value in disturbance.under.items() if not value} - set(pinned)
    return {name: value for name, value in variables.items() if name not in removed}
