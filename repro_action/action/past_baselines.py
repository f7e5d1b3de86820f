# SPDX-License-Identifier: Apache-2.0
"""Earlier baselines, for charts: a checkout with one commit has none of them.

The stage that has the token fetches commits and folders of the last `DEPTH` commits, then the few files
that are baselines, into a repository of its own: the checkout stays as it is. What is found is left as
plain files, and what cannot be had is said in the report and changes nothing else.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from repro_action.action import checkout
from repro_action.action.job import ActionJob
from repro_action.config.load import load
from repro_action.errors import ReproError
from repro_action.history import VERSIONS, History
from repro_action.runs.project import Project

DEPTH = 200
"""Commits that are looked at."""

CONFIGS = 100
"""Configurations whose baselines are looked for."""

LARGEST = 4 << 20
"""Bytes of one baseline."""

ALL = 64 << 20
"""Bytes of all that are kept."""

_ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastBaselines:
    """What one stage fetched and the next one reads.

    Attributes:
        folder: of the files; there is none where the checkout has its history, or nothing would be drawn.
    """

    folder: Path

    def fetch(self, job: ActionJob, configs: Iterable[str]) -> None:
        """Fetch the earlier baselines of configurations that have metrics to draw.

        Args:
            job: what was asked for.
            configs: from the top of the repository.
        """
        wanted = tuple(_drawn(job.root, configs))[:CONFIGS] if checkout.is_shallow(job.root) else ()
        if not wanted:
            return
        self.folder.mkdir()
        repository = self.folder / "repository"
        try:
            absent = self._fetched(job, wanted, repository)
        finally:
            shutil.rmtree(repository, ignore_errors=True)
        if absent:
            (self.folder / _ABSENT).write_text(absent, encoding="utf-8")

    def _fetched(self, job: ActionJob, baselines: tuple[str, ...], repository: Path) -> str:
        """Write the versions of each baseline, the newest first; returns why there are none."""
        if not checkout.copy_remote(job.root, repository):
            return "git could not make a repository for it"
        head = job.history.commit("HEAD") or ""
        access = {"token": job.inputs.token, "server": job.server}
        if not checkout.fetch_commits(repository, head, depth=DEPTH, **access):
            return f"git could not fetch commits before {head[:12]}"
        found = {path: _blobs(repository, head, path) for path in baselines}
        names = [name for several in found.values() for name in several]
        if names and not checkout.fetch_blobs(repository, names, **access):
            return "git could not fetch earlier baselines"
        self._write(found, History(repository).blobs(dict.fromkeys(names), below=LARGEST))
        return ""

    def _write(self, found: Mapping[str, Iterable[str]], contents: Mapping[str, bytes]) -> None:
        room = ALL
        for path, names in found.items():
            place = self._place(path)
            place.mkdir()
            for number, name in enumerate(names):
                data = contents.get(name, b"")
                room -= len(data)
                if data and room >= 0:
                    (place / f"{number:02}").write_bytes(data)

    def _place(self, path: str) -> Path:
        return self.folder / hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()

    def given_to(self, project: Project, baseline: str) -> Project:
        """Return a project whose history has what was fetched for its baseline.

        Args:
            project: as it was opened.
            baseline: its path from the top of the repository.
        """
        try:
            if not self.folder.is_dir():
                return project
            absent = self.folder / _ABSENT
            reason = absent.read_text(encoding="utf-8") if absent.is_file() else ""
            place = self._place(baseline)
            files = sorted(place.iterdir())[:VERSIONS] if place.is_dir() else []
            versions = tuple(file.read_bytes() for file in files)
        except (OSError, ValueError):
            return project
        if not versions and not reason:
            return project
        name = project.config.baseline_path.name
        history = replace(project.history, fetched={name: versions} if versions else {}, unfetched=reason)
        return replace(project, history=history)


def _drawn(root: Path, configs: Iterable[str]) -> Iterator[str]:
    """Yield the baselines, from the top, of configurations with a metric that has a goal."""
    for config in configs:
        try:
            loaded = load(root / config)
            goals = any(rule.goal for rules in loaded.metrics.values() for rule in rules.values())
            if goals and loaded.baseline_path.is_file():
                yield loaded.baseline_path.relative_to(root).as_posix()
        except (ReproError, OSError, ValueError):
            continue  # The stage that runs them reports what is wrong.


def _blobs(repository: Path, head: str, path: str) -> tuple[str, ...]:
    """Return git's names of the contents that a file had, the newest first."""
    listed = checkout.log_of(repository, head, path, most=VERSIONS)
    entries = (line.split()[3] for line in listed.splitlines() if line.startswith(":"))
    return tuple(name for name in entries if name.strip("0"))
