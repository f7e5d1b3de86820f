# SPDX-License-Identifier: Apache-2.0
"""What every command needs of a project: its configuration, its baseline, its history."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from repro_action.baseline import Baseline
from repro_action.codec.baseline import load
from repro_action.config.find import find
from repro_action.config.load import load as load_config
from repro_action.config.model import Config
from repro_action.data.stat_cache import StatCache
from repro_action.errors import BaselineError
from repro_action.history import History
from repro_action.runs.store import RunStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One configured project on disk."""

    config: Config
    store: RunStore
    history: History

    @classmethod
    def open(cls, directory: Path, explicit: Path | None) -> Project:
        """Find and read the configuration.

        Raises:
            ConfigError: there is none, or it is wrong.
        """
        config = load_config(find(directory.absolute(), explicit))
        return cls(config=config, store=RunStore(config.state), history=History(config.root))

    def stat_cache(self) -> StatCache:
        """Open the cache of digests; use it in a `with`."""
        return StatCache(self.store.folder / "cache" / "stat.sqlite", root=self.config.root)

    def baseline(self) -> Baseline | None:
        """Return the committed baseline as it is in the working tree, or None.

        Raises:
            BaselineError: the file cannot be read.
        """
        path = self.config.baseline_path
        try:
            text = path.read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return None
        except OSError as error:
            remedy = "Restore it with `git checkout`, or correct its permissions."
            raise BaselineError(
                f"it cannot be read: {error.strerror}", where=path.name, remedy=remedy
            ) from error
        try:
            return load(text, path.name)
        except BaselineError as error:
            error.remedy = (
                error.remedy
                or "Restore it from git, or remove it and run `repro verify`, then `repro accept`."
            )
            raise

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
