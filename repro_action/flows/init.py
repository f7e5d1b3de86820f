# SPDX-License-Identifier: Apache-2.0
"""`repro init`: look at a repository and write a configuration that runs."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from repro_action.config.discover import EVERYWHERE, discover
from repro_action.config.find import OWN, find
from repro_action.config.load import load, parse
from repro_action.config.model import Config
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.digest import Digest
from repro_action.environments import backend_for
from repro_action.errors import ConfigError
from repro_action.files import add_lines, write_atomically
from repro_action.flows.merge_baselines import install
from repro_action.history import History
from repro_action.init.chain import chosen_chains
from repro_action.init.plan import InitPlan, step_name
from repro_action.init.predictions import proposed_predictions
from repro_action.init.propose import Proposal, draft, make_init_plan, propose
from repro_action.init.scripts import Script
from repro_action.init.several import homes
from repro_action.init.survey import Survey, survey
from repro_action.init.traced import TracedStep, apply_trace
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


Tracer = Callable[[Config], tuple[TracedStep, ...]]
"""Runs proposed steps once and says what they read and wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedProposal:
    """A proposal and the file that it is for.

    Attributes:
        path: the configuration.
        proposal: its text and notes.
    """

    path: Path
    proposal: Proposal


def initialise(directory: Path, *, force: bool, dry: bool) -> Initialised:
    """Survey a folder and write what is proposed.

    Args:
        directory: the repository's folder.
        force: replace an existing repro.toml.
        dry: propose only.

    Raises:
        ConfigError: there is a configuration already, nothing that can be run was found, there are several
            models, each with a folder of its own, or the proposal does not load.
    """
    (named,) = make_proposals(directory, force=force or dry)
    if dry:
        return Initialised(proposal=named.proposal, path=None, ignored=())
    return write_proposal(directory, named)


def make_proposals(
    directory: Path, *, force: bool, scripts: Sequence[Path] = (), tracer: Tracer | None = None
) -> tuple[NamedProposal, ...]:
    """Survey a folder and propose a configuration, or one for each model among chosen scripts.

    Args:
        directory: the repository's folder.
        force: propose as well where a configuration exists.
        scripts: what is to be run; empty for what suggests itself.
        tracer: runs what is proposed once; None for reading alone.

    Raises:
        ConfigError: see `initialise`; or a chosen script is none.
    """
    root = directory.resolve()
    if not force and not scripts:
        _require_absent(directory / OWN)
    chosen = tuple(_chosen(root, script) for script in scripts)
    surveyed = survey(root, chosen)
    if not chosen:
        _refuse_several(root, homes(surveyed))
        return (NamedProposal(path=directory / OWN, proposal=_proposal(surveyed, None, tracer)),)
    chains = chosen_chains(surveyed, chosen)
    _require_all(chosen, chains)
    models = _model_names(chains)
    paths = [directory / (OWN if len(chains) == 1 else f"repro-{model}.toml") for model in models]
    for path in () if force else paths:
        _require_absent(path)
    names = [f"{surveyed.name}-{model}" for model in models]
    return tuple(
        NamedProposal(
            path=path,
            proposal=_proposal(surveyed if len(chains) == 1 else replace(surveyed, name=name), chain, tracer),
        )
        for path, name, chain in zip(paths, names, chains, strict=True)
    )


def write_proposal(directory: Path, named: NamedProposal) -> Initialised:
    """Write a proposal.

    Raises:
        ConfigError: its text does not load.
    """
    proposal = named.proposal
    if proposal.problem:
        raise ConfigError(
            f"no configuration was written, because the proposal does not load: {proposal.problem}",
            remedy="See it with `repro init --dry-run`, and write it by hand; please report it.",
        )
    write_atomically(named.path, proposal.text)
    if proposal.gitignore:
        add_lines(directory / ".gitignore", proposal.gitignore)
    merging = install(directory)
    return Initialised(proposal=proposal, path=named.path, ignored=proposal.gitignore, merging=merging)


def _proposal(surveyed: Survey, chain: list[Script] | None, tracer: Tracer | None) -> Proposal:
    """Propose a configuration for one model.

    Raises:
        ConfigError: there is nothing to run.
    """
    history = History(surveyed.root)
    repository = any((folder / ".git").exists() for folder in (surveyed.root, *surveyed.root.parents))

    def offer(made: InitPlan | None) -> Proposal:
        is_ignored = history.is_ignored if repository else lambda _: True
        return propose(
            surveyed,
            _pin,
            made=made,
            is_tracked=history.is_tracked,
            is_ignored=is_ignored,
            predictions=partial(proposed_predictions, surveyed.root),
        )

    made = make_init_plan(surveyed, chain)
    if made is not None and tracer is not None:
        first = draft(made, surveyed)
        apply_trace(made, surveyed, tracer(parse(first, surveyed.root / OWN)))
    proposal = offer(made)
    if not proposal.text:
        raise ConfigError(
            " ".join(proposal.notes) or "no training script was found",
            remedy=f"Name it, `repro init path/to/train.py`, or write {OWN} by hand; "
            "docs/getting-started.md shows how.",
        )
    return proposal


def _require_absent(path: Path) -> None:
    if path.exists():
        raise ConfigError(
            f"{path.name} already exists",
            remedy="Edit it, see a new proposal with --dry-run, or replace it with --force.",
        )


def _chosen(root: Path, script: Path) -> str:
    """Return a script that was named on the command line, relative to the project.

    Raises:
        ConfigError: it is missing, not Python, or outside the project.
    """
    path = (Path.cwd() / script) if (Path.cwd() / script).exists() else root / script
    if not path.is_file():
        raise ConfigError(f"there is no {shown(str(script))}", remedy="Name scripts of this project.")
    if path.suffix != ".py":
        raise ConfigError(
            f"{shown(str(script))} is not a Python script",
            remedy="Scripts end in .py; notebooks and dvc.yaml are proposed without being named.",
        )
    if not path.resolve().is_relative_to(root):
        raise ConfigError(
            f"{shown(str(script))} is outside the project", remedy="Name scripts of this project."
        )
    return path.resolve().relative_to(root).as_posix()


def _require_all(chosen: Sequence[str], chains: Sequence[Sequence[Script]]) -> None:
    found = {script.path for chain in chains for script in chain}
    missing = [path for path in chosen if path not in found]
    if missing:
        raise ConfigError(
            f"{shown(missing[0])} cannot be run as a step",
            why="It is not valid Python, too large, or only defines things and runs nothing.",
            remedy="Name the script that calls it.",
        )


def _model_names(chains: Sequence[Sequence[Script]]) -> list[str]:
    """Return a name for each model, by its last script; of two `train.py` the second is `train-2`."""
    names: list[str] = []
    for chain in chains:
        names.append(step_name(chain[-1].path, set(names)))
    return names


def _refuse_several(root: Path, folders: tuple[str, ...]) -> None:
    if not folders:
        return
    bare = [folder for folder in folders if not (root / folder / OWN).exists()]
    runs = [f"`repro -C {shown(shlex.quote(folder))} init`" for folder in bare]
    raise ConfigError(
        f"there are several models here: {_named([shown(folder) for folder in folders])}"
        if len(folders) > 1
        else f"the model is in a folder of its own, {shown(folders[0])}",
        why="Each reads files of its own folder, so one configuration at the top could not run them."
        if len(folders) > 1
        else "It reads files of that folder, so a configuration at the top could not run it.",
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
