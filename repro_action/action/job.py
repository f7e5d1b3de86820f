# SPDX-License-Identifier: Apache-2.0
"""One use of the action: what was asked for, by which event, in which checkout."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from repro_action.action.event import PRIVILEGED, Event
from repro_action.action.inputs import ActionCommand, ActionInputs
from repro_action.config.discover import EVERYWHERE, discover
from repro_action.config.find import OWN, find
from repro_action.errors import ConfigError
from repro_action.history import History

_ACCEPTS = re.compile(r"^[^#\n]*\bcommand:\s*['\"]?accept\b", re.MULTILINE)
_WORKFLOW = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionJob:
    """One use of the action.

    Attributes:
        root: of the checkout, without links.
        server: of this GitHub, such as `https://github.com`.
    """

    inputs: ActionInputs
    event: Event
    root: Path
    server: str

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
            name in PRIVILEGED and self.inputs.command is ActionCommand.VERIFY
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
            return discover(self.root, self.inputs.configs)
        try:
            name = OWN if (self.root / OWN).is_file() else find(self.root, self.root).name
        except ConfigError as none_at_the_top:
            try:
                return discover(self.root, (f"{EVERYWHERE}/{OWN}",))
            except ConfigError:
                raise ConfigError(
                    f"no {OWN} anywhere in the repository, and no [tool.repro] at its top",
                    remedy="Run `repro init` on your machine and commit what it writes.",
                ) from none_at_the_top
        # Which follows no link out of the checkout.
        return discover(self.root, (name,))
