# SPDX-License-Identifier: Apache-2.0
"""`repro verify --fix`: adds inputs that a step needs and does not declare, and runs again."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from repro_action.config.add_inputs import with_inputs
from repro_action.config.load import parse
from repro_action.config.model import Config
from repro_action.errors import ConfigError, ReproError
from repro_action.files import write_atomically
from repro_action.flows.verify import Attempt
from repro_action.paths.names import refusal
from repro_action.paths.patterns import covers, escape_wildcards, is_pattern, literal_prefix
from repro_action.paths.secret_names import leads_out, may_be_secret, may_reach_secret
from repro_action.runs.plan import make_plan
from repro_action.runs.project import Project
from repro_action.steps.diagnosis import escaped

MAX_ROUNDS = 10
"""Runs of one command: each adds all that the last one is known to lack."""

MAX_FILES = 200_000
"""Names in a folder that are looked at before it becomes an input; one with more is left to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedInputs:
    """What was written into a configuration between two runs.

    Attributes:
        config: its file name.
        step: the step that failed.
        paths: its new inputs.
        left_out: what it lacks too, and that only people can decide on: it may hold keys or
            passwords, or links lead from it out of the project.
    """

    config: str
    step: str
    paths: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def verify_and_fix(
    project: Project,
    verify: Callable[[Project], Attempt],
    on_added: Callable[[AddedInputs], None],
) -> tuple[Project, Attempt]:
    """Verify until no step fails for want of an input that is there, at most `MAX_ROUNDS` times.

    Args:
        project: with a configuration of its own.
        verify: one verification.
        on_added: is told of each change of the configuration.

    Returns:
        The project as it is configured now, and its last verification.

    Raises:
        ConfigError: there is no configuration that inputs could be added to.
        Interrupted: the user stopped it.
    """
    if project.external is not None or not project.config.path.is_file():
        raise ConfigError(
            "--fix adds inputs to a configuration, and there is none",
            remedy="Run `repro init` first, then `repro verify --fix`.",
        )
    attempt = verify(project)
    for _ in range(MAX_ROUNDS - 1):
        added = _add(project.config, attempt)
        if added is not None:
            on_added(added)
        if added is None or not added.paths:
            break
        project = Project.open(project.config.root, project.config.path)
        attempt = verify(project)
    return project, attempt


def _add(config: Config, attempt: Attempt) -> AddedInputs | None:
    """Write what a failed run lacks into the configuration; None where it lacks nothing."""
    stopped = attempt.stopped
    if stopped is None or not stopped.undeclared:
        return None
    name = stopped.records[-1].name
    usable = [path for path in stopped.undeclared if _is_usable(config, path)]
    doubtful = [path for path in usable if _is_doubtful(config, path)]
    wanted = tuple(_as_input(config, path) for path in usable if path not in doubtful)
    left_out = tuple(map(escaped, doubtful))
    try:
        # Bytes, so that ends of lines stay as they are.
        text = with_inputs(config.path.read_bytes().decode(), config.path.name, name, wanted)
        make_plan(parse(text, config.path))
    except (ReproError, OSError, UnicodeDecodeError):
        wanted, text = (), ""  # such as a ring of steps, or edits meanwhile: the report says what is missing
    if wanted:
        write_atomically(config.path, text)
    return AddedInputs(config=config.path.name, step=name, paths=wanted, left_out=left_out)


def _is_usable(config: Config, path: str) -> bool:
    # What a run is compared with is no input: no run would ever be like the last one that was accepted.
    return refusal(path.rstrip("/"), wildcards="") is None and not covers(path, config.baseline)


def _is_doubtful(config: Config, path: str) -> bool:
    """Whether only people can decide on a path, or on one of those that a folder or pattern would take in."""
    root = config.root
    place = root / (literal_prefix(path) if is_pattern(path) and not _is_there(config, path) else path)
    if may_reach_secret(root, path) or leads_out(root, place.relative_to(root).as_posix()):
        return True
    inner = (Path(here, name) for here, *names in os.walk(place) for part in names for name in part)
    return any(number >= MAX_FILES or _is_doubtful_inside(root, one) for number, one in enumerate(inner))


def _is_doubtful_inside(root: Path, place: Path) -> bool:
    if not place.is_symlink():
        return may_be_secret(place.name)
    path = place.relative_to(root).as_posix()
    return may_reach_secret(root, path) or leads_out(root, path)


def _is_there(config: Config, path: str) -> bool:
    return (config.root / path).exists()


def _as_input(config: Config, path: str) -> str:
    """Return a path as it is written into `inputs`: wildcards in the name of a file stand for themselves."""
    return escape_wildcards(path.rstrip("/")) if _is_there(config, path) else path
