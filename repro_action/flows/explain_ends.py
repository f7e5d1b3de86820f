# SPDX-License-Identifier: Apache-2.0
"""Both ends of a change that is to be explained: the base commit, written out, and head as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from repro_action.config.load import load
from repro_action.config.model import Config
from repro_action.environments import backend_for
from repro_action.errors import ConfigError, EnvironmentUnavailable, FetchError, ReproError
from repro_action.flows.base_models import former_path
from repro_action.flows.supply import supply_data
from repro_action.history import HistoryError
from repro_action.interpreter.environment import Environment
from repro_action.notice import Notice
from repro_action.paths.names import shown
from repro_action.progress import Progress
from repro_action.runs.checkout_data import bring_data
from repro_action.runs.commit_checkout import CommitCheckout, commit_checkout
from repro_action.runs.mixture import ChangeEnd, read_end
from repro_action.runs.project import Project
from repro_action.text import few, plural

_FLAKE = ("flake.nix", "flake.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Both ends, while the files of the base commit are there.

    Attributes:
        commit: the base commit, in full.
        base, head: what they consume.
        notes: what the reader should know of them.
    """

    commit: str
    base: ChangeEnd
    head: ChangeEnd
    notes: tuple[Notice, ...] = ()


@contextmanager
def open_ends(
    project: Project, against: str, progress: Progress, adapted: Callable[[Config], Config]
) -> Iterator[Ends]:
    """Write the base commit into a folder and read both ends; the folder goes with the context.

    Args:
        project: head is its working tree as it is.
        against: revision; the base commit is the last one that it and head have in common.
        progress: shows how far it is.
        adapted: what was done to the configuration of head, for that of the base commit.

    Raises:
        HistoryError: there is no repository, or it does not know the commit.
        ConfigError: the base commit has no configuration of this model, or a wrong one.
        EnvironmentUnavailable: head's environment cannot be had.
        GraphError, TableError, PinError: what an end consumes cannot be read.
    """
    config, history = project.config, project.history
    if history.top is None:
        raise HistoryError(
            "this project is not in a git repository, so there is no base commit",
            remedy="Run the command in a checkout.",
        )
    commit = history.fork_point(against)
    progress.stage("reading the base commit")
    with commit_checkout(history, commit, config.state) as checkout:
        base = adapted(_base_config(project, checkout))
        folder = base.root.relative_to(checkout.root.resolve()).as_posix()
        with project.stat_cache() as cache:
            missing = bring_data(
                checkout,
                base.data,
                folder="" if folder == "." else folder,
                source=config.root,
                cache=cache,
            )
            unsupplied = _supply_base(base, missing, progress)
            supply_data(config, progress)
            environment = backend_for(config).prepare(config, progress)
            older = _base_environment(base, config, environment, progress)
            ends = Ends(
                commit=commit,
                base=_read_base(base, older, commit),
                head=read_end(config, environment, cache),
                notes=(*_notes(project, checkout), *unsupplied),
            )
        yield ends


def _base_config(project: Project, checkout: CommitCheckout) -> Config:
    config, top = project.config, project.history.top or project.config.root
    path = config.path.resolve().relative_to(top.resolve()).as_posix()
    if not (checkout.root / path).is_file():
        former = former_path(project.history, checkout.commit, config.name)
        if former is None:
            raise ConfigError(
                f"the base commit {checkout.commit[:12]} has no configuration of this model",
                why="It was added since, or was moved and renamed at once.",
                remedy="Name a commit that has it: `repro explain --against COMMIT`.",
                where=path,
            )
        path = former
    try:
        base = load(checkout.root / path)
    except ConfigError as error:
        error.where = f"{checkout.commit[:12]}: {error.where or path}"
        raise
    # Both ends are compared by digests of one algorithm, and read the metrics by one set of names.
    return replace(base, digest=project.config.digest)


def _supply_base(base: Config, missing: tuple[str, ...], progress: Progress) -> tuple[Notice, ...]:
    """Fetch data of the base commit that is not here; return what is missing for good."""
    if not missing:
        return ()
    try:
        supply_data(base, progress)
    except FetchError as error:
        return (
            Notice(
                what=f"data of the base commit is not on this machine: {few(missing)}",
                why=str(error.what),
                remedy="Mixes with it cannot be run. Fetch it into a place that `source` names.",
            ),
        )
    except ReproError as error:
        return (error.notice,)
    return ()


def _base_environment(
    base: Config, head: Config, environment: Environment, progress: Progress
) -> Environment | Notice:
    """Return the environment of the base commit: head's where the same files make it."""
    if base.environment == head.environment and all(
        _content(base.root / name) == _content(head.root / name) for name in _made_of(head)
    ):
        return environment
    try:
        return backend_for(base).prepare(base, progress)
    except (EnvironmentUnavailable, ConfigError) as error:
        return replace(error.notice, what=f"the environment of the base commit: {error.what}")


def _made_of(config: Config) -> tuple[str, ...]:
    locks = (config.environment.lock,) if config.environment.lock else ()
    return (*locks, *(_FLAKE if config.environment.flake else ()))


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _read_base(base: Config, environment: Environment | Notice, commit: str) -> ChangeEnd:
    try:
        return read_end(base, environment, None)
    except ReproError as error:
        error.where = f"{commit[:12]}: {error.where}" if error.where else commit[:12]
        raise


def _notes(project: Project, checkout: CommitCheckout) -> Iterator[Notice]:
    uncommitted = project.history.uncommitted_files()
    if uncommitted:
        names = few(sorted(map(shown, uncommitted)))
        yield Notice(
            what=f"head is the working tree, {plural(len(uncommitted), 'uncommitted file')} included: {names}"
        )
    if checkout.submodules:
        yield Notice(
            what=f"submodules of the base commit are empty folders in its runs: {few(checkout.submodules)}",
            why="A commit names a submodule's commit and does not hold its files.",
        )
    if checkout.left_out:
        yield Notice(what=f"files of the base commit were left out: {few(sorted(checkout.left_out))}")
