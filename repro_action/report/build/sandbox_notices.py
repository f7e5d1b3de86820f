# SPDX-License-Identifier: Apache-2.0
"""What a report says of the sandbox, beside the fact of what it enforced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from repro_action.config.model import Config
from repro_action.report.build.notices import by_fact, some, steps_text, they_do
from repro_action.report.model import Notice
from repro_action.sandbox.protocol import Enforced, UndeclaredUse


def enclosed_notices(enforced: Enforced) -> tuple[Notice, ...]:
    """Warn about what steps did inside that their declarations do not say."""
    seen = enforced.seen.items()
    facts = ((step, (kind, paths)) for step, use in seen for kind, paths in _undeclared(use))
    found = (_MADE[kind](paths, steps) for (kind, paths), steps in by_fact(facts).items())
    return (*found, *([_disagreement([*enforced.earlier])] if enforced.earlier else []))


def _disagreement(steps: Sequence[str]) -> Notice:
    return Notice(
        what=f"Nix built {steps_text(steps)} again from the same inputs, and the bytes of the output differ",
        why="Where only a container's own bytes differ, such as times in a zip file, the leaves agree.",
        remedy="`repro probe` looks for the cause; Nix keeps the new output beside the old one, as `.check`.",
    )


def _undeclared(seen: UndeclaredUse) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what a step did undeclared: by kind, with the files."""
    kinds = (("sought", seen.sought), ("kept", seen.kept), ("written", seen.written))
    return ((kind, paths) for kind, paths in kinds if paths)


def _sought(paths: Sequence[str], steps: Sequence[str]) -> Notice:
    return Notice(
        what=f"{steps_text(steps)} looked for files that {they_do(steps)} not declare: {some(paths)}",
        why="They exist, but the sandbox hid them, so the step went on without them.",
        remedy=f"Add them to `inputs` of {steps_text(steps)}.",
    )


def _kept(paths: Sequence[str], steps: Sequence[str]) -> Notice:
    return replace(
        _written(paths, steps),
        why="The project already has such files, or they would be an output of another step, a "
        "configuration, a baseline or a repository of git, so they were left in `undeclared` "
        "of the newest folder below .repro/runs.",
    )


def _written(paths: Sequence[str], steps: Sequence[str]) -> Notice:
    return Notice(
        what=f"{steps_text(steps)} wrote files that {they_do(steps)} not declare: {some(paths)}",
        why="They are not compared, and later steps cannot see them.",
        remedy=f"Add them to `outputs` of {steps_text(steps)}, or write no such files.",
    )


_MADE = {"sought": _sought, "kept": _kept, "written": _written}


def unenforced(config: Config, enforced: Enforced) -> bool:
    """Whether something that the configuration asks for is not enforced."""
    settings = config.sandbox
    return (not settings.network and not enforced.network) or (
        settings.files == "declared" and not enforced.files
    )
