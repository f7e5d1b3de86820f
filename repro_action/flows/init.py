# SPDX-License-Identifier: Apache-2.0
"""`repro init`: look at a repository and write a configuration that runs."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from repro_action.config.discover import EVERYWHERE, discover
from repro_action.config.find import OWN, SHARED, find
from repro_action.config.load import load
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.digest import Digest
from repro_action.environments import backend_for
from repro_action.errors import ConfigError
from repro_action.files import add_lines, write_atomically
from repro_action.flows.merge_baselines import install
from repro_action.history import History
from repro_action.init.propose import Proposal, propose
from repro_action.init.several import homes
from repro_action.init.survey import survey
from repro_action.init.workflow import PATH, requirements, workflow
from repro_action.paths.names import shown

MAX_NAMED = 10
"""Folders of models that an error names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialised:
    """What was written.

    Attributes:
        proposal: text and notes.
        path: the configuration; None where nothing was written.
        ignored: lines that were added to .gitignore.
        merging: whether git was told to merge baselines with repro.
    """

    proposal: Proposal
    path: Path | None
    ignored: tuple[str, ...]
    merging: bool = False


def initialise(directory: Path, *, force: bool, dry: bool) -> Initialised:
    """Survey a folder and write what is proposed.

    Args:
        directory: the repository's folder.
        force: replace an existing repro.toml.
        dry: propose only.

    Raises:
        ConfigError: there is a configuration already, nothing that can be run was found, or
            there are several models, each with a folder of its own.
    """
    path = directory / OWN
    if path.exists() and not force and not dry:
        raise ConfigError(
            f"{OWN} already exists",
            remedy="Edit it, see a new proposal with --dry-run, or replace it with --force.",
        )
    root = directory.resolve()
    surveyed = survey(root)
    _refuse_several(root, homes(surveyed))
    history = History(root)
    repository = any((folder / ".git").exists() for folder in (root, *root.parents))
    ignored = {"is_ignored": history.is_ignored} if repository else {}
    proposal = propose(surveyed, _pin, is_tracked=history.is_tracked, **ignored)
    if not proposal.text:
        raise ConfigError(
            " ".join(proposal.notes) or "no training script was found",
            remedy=f"Write {OWN} by hand, or [tool.repro] in {SHARED}; docs/configuration.md shows how.",
        )
    if dry:
        return Initialised(proposal=proposal, path=None, ignored=())
    write_atomically(path, proposal.text)
    if proposal.gitignore:
        add_lines(directory / ".gitignore", proposal.gitignore)
    return Initialised(proposal=proposal, path=path, ignored=proposal.gitignore, merging=install(directory))


def _refuse_several(root: Path, folders: tuple[str, ...]) -> None:
    if not folders:
        return
    bare = [folder for folder in folders if not (root / folder / OWN).exists()]
    runs = [f"`repro -C {shown(shlex.quote(folder))} init`" for folder in bare]
    raise ConfigError(
        f"there are several models here: {_named([shown(folder) for folder in folders])}",
        why="Each reads files of its own folder, so one configuration at the top could not run them.",
        remedy=f"Run {_named(runs)}; then `repro init --workflow` for all of them."
        if bare
        else "Each has its configuration; `repro init --workflow` writes a workflow that verifies them all.",
    )


def _named(texts: list[str]) -> str:
    more = f" and {len(texts) - MAX_NAMED} more" if len(texts) > MAX_NAMED else ""
    return f"{', '.join(texts[:MAX_NAMED])}{more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenWorkflow:
    """A workflow that was written.

    Attributes:
        path: where.
        bare: configurations of projects, relative to the repository, whose packages no step installs,
            because no file of the repository says which they are.
    """

    path: Path
    bare: tuple[str, ...] = ()


def add_workflow(directory: Path, *, force: bool) -> WrittenWorkflow:
    """Write the workflow for a repository that has configurations.

    Raises:
        ConfigError: there is one already, or no configuration.
    """
    top, found = _verified(directory.resolve())
    configs = [load(path) for path in found]
    path = top / PATH
    if path.exists() and not force:
        raise ConfigError(
            f"{PATH} already exists",
            remedy="Add `- uses: org/repro-action@v1` to it, or replace it with --force.",
        )
    theirs = {
        config.root.resolve(): config.path.resolve().relative_to(top).as_posix()
        for config in configs
        if not backend_for(config).installs_packages
    }
    write_atomically(path, workflow(list(theirs), top))
    bare = tuple(config for root, config in theirs.items() if not requirements(root, top))
    return WrittenWorkflow(path=path, bare=bare)


def _verified(start: Path) -> tuple[Path, list[Path]]:
    """Return the top of the repository, and the configurations that the action verifies in it.

    That is the one at the top, or else all below it.
    """
    folder = History(start).top
    top = folder.resolve() if folder is not None else None
    try:
        path = find(top or start)
    except ConfigError as error:
        if error.where:  # it is there, and wrong
            raise
        return top or start, _below(top or start, start)
    return top or path.parent, [path]


def _below(top: Path, start: Path) -> list[Path]:
    try:
        return [top / path for path in discover(top, (f"{EVERYWHERE}/{OWN}",))]
    except ConfigError:
        return [find(start)]


def _pin(path: Path) -> Digest:
    return digest_folder(path, "blake3") if path.is_dir() else digest_file(path, "blake3")
