# SPDX-License-Identifier: Apache-2.0
"""`repro init`: look at a repository and write a configuration that runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from repro_action.config.find import OWN, SHARED, find
from repro_action.config.load import load
from repro_action.digest import Digest
from repro_action.errors import ConfigError
from repro_action.files import write_atomically
from repro_action.history import History
from repro_action.init.propose import Proposal, propose
from repro_action.init.survey import survey
from repro_action.init.workflow import PATH, workflow
from repro_action.pins.files import digest_file
from repro_action.pins.folder import digest_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialised:
    """What was written.

    Attributes:
        proposal: text and notes.
        path: the configuration; None where nothing was written.
        ignored: lines that were added to .gitignore.
    """

    proposal: Proposal
    path: Path | None
    ignored: tuple[str, ...]


def initialise(directory: Path, *, force: bool, dry: bool) -> Initialised:
    """Survey a folder and write what is proposed.

    Args:
        directory: the repository's folder.
        force: replace an existing repro.toml.
        dry: propose only.

    Raises:
        ConfigError: there is a configuration already, or nothing that can be run was found.
    """
    path = directory / OWN
    if path.exists() and not force and not dry:
        raise ConfigError(
            f"{OWN} is there already",
            cure="Edit it, look at another proposal with --dry-run, or replace it with --force.",
        )
    root = directory.resolve()
    proposal = propose(survey(root), _pin, is_tracked=History(root).is_tracked)
    if not proposal.text:
        raise ConfigError(
            " ".join(proposal.notes) or "nothing that trains was found",
            cure=f"Write {OWN} by hand, or [tool.repro] in {SHARED}; docs/configuration.md shows how.",
        )
    if dry:
        return Initialised(proposal=proposal, path=None, ignored=())
    write_atomically(path, proposal.text)
    if proposal.gitignore:
        _ignore(directory / ".gitignore", proposal.gitignore)
    return Initialised(proposal=proposal, path=path, ignored=proposal.gitignore)


def add_workflow(directory: Path, *, force: bool) -> Path:
    """Write a workflow for a project that has a configuration; returns where.

    Raises:
        ConfigError: there is one already, or no configuration.
    """
    config = load(find(directory.absolute()))
    top = (History(config.root).top or config.root).resolve()
    path = top / PATH
    if path.exists() and not force:
        raise ConfigError(
            f"{PATH} is there already",
            cure="Add `- uses: org/repro-action@v1` to it, or replace it with --force.",
        )
    write_atomically(path, workflow(config.root.resolve(), top, config.environment.backend))
    return path


def _pin(path: Path) -> Digest:
    return digest_folder(path, "blake3") if path.is_dir() else digest_file(path, "blake3")


def _ignore(path: Path, lines: tuple[str, ...]) -> None:
    held = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    gap = "" if not held or held.endswith("\n") else "\n"
    text = held + gap + "".join(f"{line}\n" for line in lines)
    write_atomically(path, text.encode("utf-8", "surrogateescape"))
