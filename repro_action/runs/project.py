# SPDX-License-Identifier: Apache-2.0
"""What every command needs of a project: its configuration, its baseline, its history."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.baseline import Baseline
from repro_action.codec.baseline import load
from repro_action.config.find import find
from repro_action.config.load import load as load_config
from repro_action.config.model import Config
from repro_action.data.stat_cache import StatCache
from repro_action.errors import Busy, StepError
from repro_action.history import History
from repro_action.paths.names import shown
from repro_action.runs.committed import CommittedBaseline
from repro_action.runs.store import JOURNAL, RunStore

if TYPE_CHECKING:
    from repro_action.notice import Notice
    from repro_action.runs.baseline_source import BaselineSource
    from repro_action.runs.stash import Returned


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One configured project on disk.

    Attributes:
        config: read and checked.
        store: what repro keeps of it.
        history: of its repository.
        recovered: what was put right after a run that was cut off.
        external: another tool's file that a run is compared with in place of a baseline; None for none.
    """

    config: Config
    store: RunStore
    history: History
    recovered: list[Notice] = field(default_factory=list)
    external: BaselineSource | None = None

    @classmethod
    def open(cls, directory: Path, explicit: Path | None) -> Project:
        """Find and read the configuration; put back outputs that a run left moved away when it was killed.

        Raises:
            ConfigError: there is none, or it is wrong.
            LinkRefused: its `.repro` is a symbolic link.
        """
        config = load_config(find(directory.absolute(), explicit))
        return cls.of(config)

    @classmethod
    def of(cls, config: Config) -> Project:
        """Open the project of a configuration.

        Raises:
            LinkRefused: its `.repro` is a symbolic link.
        """
        RunStore(config.state).require_own()
        project = cls(config=config, store=RunStore(config.state), history=History(config.root))
        if (config.state / JOURNAL).exists():
            project._recover_if_idle()
        return project

    def _recover_if_idle(self) -> None:
        from repro_action.steps.lock import lock_project

        try:
            with lock_project(self.config.state):
                self.recover()
        except Busy:
            return  # A run is going on: it will end its own stashes.
        except (OSError, StepError) as error:
            self.recovered.append(_not_recovered(error))

    def recover(self) -> None:
        """Put back what an earlier run left moved away; only with the lock of the project.

        Raises:
            StepError: the journal is damaged.
        """
        if (self.config.state / JOURNAL).exists():
            from repro_action.runs.stash import recover

            self.recovered.extend(
                _recovered(each)
                for each in recover(self.config.root, self.config.state)
                if each.back or each.kept
            )

    def stat_cache(self) -> StatCache:
        """Open the cache of digests; use it in a `with`."""
        return StatCache(self.store.folder / "cache" / "stat.sqlite", root=self.config.root)

    def baseline_source(self) -> BaselineSource:
        """Return what a run is compared with.

        Raises:
            BaselineError: it cannot be read.
        """
        from repro_action.runs.baseline_source import AcceptedBaseline

        return self.external or AcceptedBaseline(file=CommittedBaseline.of(self.config), store=self.store)

    def baseline(self) -> Baseline | None:
        """Return the committed baseline as it is in the working tree, or None.

        Raises:
            BaselineError: the file cannot be read.
        """
        committed = CommittedBaseline.of(self.config)
        return committed.read() if committed is not None else None

    def baseline_at(self, revision: str) -> Baseline | None:
        """Return the baseline of a git revision; None where that revision has none.

        Raises:
            HistoryError: git does not know the revision.
            BaselineError: the file cannot be read.
        """
        self.history.require_revision(revision)
        data = self.history.read(revision, self.config.baseline_path.name)
        if data is None:
            return None
        return load(data.decode("utf-8", "surrogateescape"), f"{revision}:{self.config.baseline_path.name}")


def _recovered(returned: Returned) -> Notice:
    from repro_action.notice import Notice

    names = ", ".join(map(shown, returned.back[:5])) or "nothing"
    kept = f" What it had written is in {returned.place}; remove it when you do not need it."
    return Notice(
        what=f"an earlier run was cut off; outputs that it had moved aside were put back: {names}",
        remedy=kept.strip() if returned.kept else "",
    )


def _not_recovered(error: Exception) -> Notice:
    from repro_action.notice import Notice

    return Notice(
        what="an earlier run was cut off, and outputs that it had moved aside could not be put back",
        why=str(error),
        remedy="They are in `before` and `first` of the folders below .repro/runs; the next "
        "`repro verify` tries again.",
    )
