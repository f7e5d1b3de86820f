# SPDX-License-Identifier: Apache-2.0
"""What a report says of the sandbox, beside the fact of what it enforced."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.config.model import Config
from repro_action.report.model import Notice
from repro_action.sandbox.protocol import Enforced, UndeclaredUse

_SHOWN = 5


def enclosed_notices(enforced: Enforced) -> tuple[Notice, ...]:
    """Warn about what steps did inside that their declarations do not say."""
    seen = (notice for step, use in enforced.seen.items() for notice in _notices(step, use))
    return (*seen, *map(_disagreement, enforced.earlier))


def _disagreement(step: str) -> Notice:
    return Notice(
        what=f"Nix built step {step} again from the same inputs, and the bytes of its output differ",
        why="Where only a container's own bytes differ, such as times in a zip file, the leaves agree.",
        remedy="`repro probe` looks for the cause; Nix keeps the new output beside the old one, as `.check`.",
    )


def _notices(step: str, seen: UndeclaredUse) -> Iterator[Notice]:
    if seen.sought:
        yield Notice(
            what=f"step {step} looked for files that it does not declare: {_some(seen.sought)}",
            why="They exist, but the sandbox hid them, so the step went on without them.",
            remedy=f"Add them to `inputs` of step {step}.",
        )
    if seen.kept:
        yield Notice(
            what=f"step {step} wrote files that it does not declare: {_some(seen.kept)}",
            why="The project already has such files, or they would be an output of another step, a "
            "configuration, a baseline or a repository of git, so they were left in `undeclared` "
            "of the newest folder below .repro/runs.",
            remedy=f"Add them to `outputs` of step {step}, or let it write no such files.",
        )
    if seen.written:
        yield Notice(
            what=f"step {step} wrote files that it does not declare: {_some(seen.written)}",
            why="They are not compared, and later steps cannot see them.",
            remedy=f"Add them to `outputs` of step {step}, or let it write no such files.",
        )


def unenforced(config: Config, enforced: Enforced) -> bool:
    """Whether something that the configuration asks for is not enforced."""
    settings = config.sandbox
    return (not settings.network and not enforced.network) or (
        settings.files == "declared" and not enforced.files
    )


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
