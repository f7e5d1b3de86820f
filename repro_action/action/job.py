# SPDX-License-Identifier: Apache-2.0
"""One use of the action: what was asked for, by which event, in which checkout."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from repro_action.action.event import PRIVILEGED, Event
from repro_action.action.inputs import ActionCommand, ActionInputs
from repro_action.config.discover import EVERYWHERE, discover, split_patterns
from repro_action.config.find import OWN, find
from repro_action.errors import ConfigError
from repro_action.history import History
from repro_action.paths.names import shown

_ACCEPTS = re.compile(r"^[^#\n]*\bcommand:\s*['\"]?accept\b", re.MULTILINE)
_WORKFLOW = 1 << 20


def locate(workspace: Path, inputs: ActionInputs) -> tuple[Path, str]:
    """Return the top of the checkout and the folder below it that `working-directory` means.

    The checkout may stand in a folder of the workspace, as with `path` of actions/checkout.

    Args:
        workspace: where the runner has its files, without links.
        inputs: of the action.

    Raises:
        ConfigError: there is no such folder in the workspace.
    """
    wanted = inputs.working_directory
    if not wanted or inputs.command in {ActionCommand.PUBLISH, ActionCommand.ACCEPT}:
        return workspace, ""
    place = (workspace / wanted).resolve()
    if not place.is_dir() or not place.is_relative_to(workspace):
        raise ConfigError(
            f"the checkout has no folder {shown(wanted)}",
            why="A link that leads out of it counts as none.",
            remedy="Check the path, and that a step with actions/checkout comes before this one.",
            where="with: working-directory",
        )
    top = History(place).top
    root = top.resolve() if top is not None and top.resolve().is_relative_to(workspace) else workspace
    folder = place.relative_to(root).as_posix()
    return root, "" if folder == "." else folder


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionJob:
    """One use of the action.

    Attributes:
        root: of the checkout, without links.
        folder: below it, from which configurations are read; empty for the root itself.
        server: of this GitHub, such as `https://github.com`.
        artifact_url: page of the report's artifact, as the step that uploaded it says; empty for none.
        page_url: likewise, of the artifact with the reports as a page of HTML.
    """

    inputs: ActionInputs
    event: Event
    root: Path
    server: str
    artifact_url: str = ""
    page_url: str = ""
    folder: str = ""

    @property
    def history(self) -> History:
        """What git remembers of the checkout."""
        return History(self.root)

    @property
    def accepts(self) -> bool:
        """Whether a workflow of the checkout acts on `/repro accept`."""
        folder = self.root / ".github" / "workflows"
        for path in sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")])[:100]:
            # A link could lead to a file that never ends, such as /proc/self/pagemap.
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _WORKFLOW:
                continue
            if _ACCEPTS.search(path.read_text(encoding="utf-8", errors="replace")):
                return True
        return False

    def refuse_privileged(self) -> None:
        """Refuse to train, or to do anything at all, where the event makes that dangerous.

        Raises:
            ConfigError: with the way that is safe.
        """
        name = self.event.name
        if name == "pull_request_target" or (
            name in PRIVILEGED
            and self.inputs.command in {ActionCommand.VERIFY, ActionCommand.CHECK, ActionCommand.DRIFT}
        ):
            raise ConfigError(
                f"a job started by {name} has a token with write access, and a pull request decides "
                "which code runs",
                why="Anyone who opens a pull request could take the token, and the repository with it.",
                remedy="Train on `pull_request`; comment from `workflow_run` with `command: publish`: "
                "examples/workflows/ has the pair.",
                where=f"on: {name}",
            )

    def configs(self) -> tuple[str, ...]:
        """Return the configurations that are asked for, by their path in the repository.

        Raises:
            ConfigError: there is none.
        """
        if self.inputs.configs:
            return discover(self.root, self.patterns)
        place = self.root / self.folder
        try:
            name = OWN if (place / OWN).is_file() else find(place, place).name
        except ConfigError as none_at_the_top:
            try:
                return discover(self.root, (self._below(f"{EVERYWHERE}/{OWN}"),))
            except ConfigError:
                where = shown(self.folder) if self.folder else "the repository"
                raise ConfigError(
                    f"no {OWN} anywhere in {where}, and no [tool.repro] at its top",
                    remedy="Run `repro init` on your machine and commit what it writes.",
                ) from none_at_the_top
        # Which follows no link out of the checkout.
        return discover(self.root, (self._below(name),))

    @property
    def patterns(self) -> tuple[str, ...]:
        """What `config` says, from the top of the checkout; empty where it says nothing.

        Raises:
            ConfigError: a pattern leaves the folder.
        """
        given = self.inputs.configs
        # Which refuses what would be another place behind the folder's name.
        return tuple(map(self._below, split_patterns(given))) if given and self.folder else given

    @property
    def everywhere(self) -> str:
        """The pattern of all configurations that this job could be asked for."""
        return self._below(EVERYWHERE)

    def inside(self, config: str) -> str:
        """Return the path of a configuration as `config` would name it."""
        return config.removeprefix(f"{self.folder}/") if self.folder else config

    def _below(self, pattern: str) -> str:
        return f"{self.folder}/{pattern}" if self.folder else pattern
