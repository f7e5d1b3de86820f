# SPDX-License-Identifier: Apache-2.0
"""`repro fetch`: a commit's baseline names a fingerprint, and the archive has its products."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from repro_action.archive.archive import Archive
from repro_action.archive.bring_back import BroughtBack, bring_back
from repro_action.archive.store import ArchiveError
from repro_action.archive.version import ArchivedVersion
from repro_action.codec.baseline import fingerprint_id
from repro_action.environments.circumstances import circumstances, platform_class
from repro_action.errors import ReproError
from repro_action.fingerprint import Fingerprint
from repro_action.history import HistoryError
from repro_action.paths.names import shown
from repro_action.runs.project import Project

MAX_COMMITS = 500
"""Commits of the baseline that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedVersion:
    """A version that somebody named.

    Attributes:
        fingerprint: its id.
        accepted: what the committed baseline says of it; None where it was named by its fingerprint and no
            commit of the baseline has it.
        commit: that has it; empty for none.
        chosen_by: why it was chosen; empty where it was named.
    """

    fingerprint: str
    accepted: Fingerprint | None
    commit: str = ""
    chosen_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedVersion:
    """An archived version, with the commits that have it.

    Attributes:
        version: its entry.
        commits: hash and day, the newest first; none where no commit of the baseline has it.
    """

    version: ArchivedVersion
    commits: tuple[tuple[str, str], ...]


def fetch(
    project: Project, archive: Archive, wanted: WantedVersion, into: Path, paths: tuple[str, ...]
) -> BroughtBack:
    """Bring products of a version back.

    Args:
        project: whose version it is.
        archive: of the project.
        wanted: of `named` or `best`.
        into: folder that receives them.
        paths: which products; none for all.

    Raises:
        ArchiveError: it is not archived, or not what the baseline says.
    """
    version = archive.version(wanted.fingerprint)
    if version is None:
        raise ArchiveError(
            f"version {wanted.fingerprint[:12]} of {shown(project.config.name)} is not in the archive",
            where=archive.store.address,
            why="`repro accept --keep` was not used when it was accepted, or it was removed.",
            remedy="`repro fetch --list` shows what there is; `repro verify` at that commit makes it again.",
        )
    return bring_back(archive, version, into, accepted=wanted.accepted, paths=paths)


def named(project: Project, archive: Archive, text: str, platform: str) -> WantedVersion:
    """Return the version that a text names: `NAME@COMMIT`, `COMMIT`, or the beginning of a fingerprint.

    Args:
        project: whose baseline says which version a commit has.
        archive: whose entries a fingerprint is looked up in.
        text: a revision of git, with or without the model's name.
        platform: class of platform; empty for this machine's, or the only one.

    Raises:
        ArchiveError: it names another model, or nothing.
        BaselineError: the baseline there cannot be read.
    """
    name, at, revision = text.rpartition("@")
    if at and name and name != project.config.name:
        raise ArchiveError(
            f"this project's model is called {shown(project.config.name)}, not {shown(name)[:200]}",
            remedy="Name its own, or choose another configuration with --config.",
        )
    revision = revision or "HEAD"
    if project.history.commit(revision) is None:
        return _by_fingerprint(project, archive, revision)
    baseline = project.baseline_at(revision)
    if baseline is None or not baseline.platforms:
        raise ArchiveError(
            f"revision {shown(revision)[:80]} has no {project.config.baseline_path.name}",
            remedy="Name a commit with a baseline: `repro fetch --list` shows them.",
        )
    accepted = _of_platform(project, baseline.platforms, platform)
    commit = project.history.commit(revision) or ""
    return WantedVersion(fingerprint=fingerprint_id(accepted), accepted=accepted, commit=commit)


def best(project: Project, metric: str, *, since: str, until: str, platform: str) -> WantedVersion:
    """Return the version of the baseline's history whose metric is best.

    Args:
        project: whose baseline is looked at.
        metric: its name, or `FILE: NAME`; its `goal` in the configuration says what is better.
        since: date of the first commits, as git understands it; empty for all.
        until: date of the last ones.
        platform: class of platform; empty for all.

    Raises:
        ArchiveError: the metric has no goal, or no commit has it.
    """
    file, key, goal = _metric(project, metric)
    sign = 1.0 if goal == "max" else -1.0
    found: list[tuple[float, WantedVersion]] = []
    for commit, day, accepted in _history(project, since, until):
        value = accepted.metrics.get(file, {}).get(key)
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if number and platform in {"", accepted.platform}:
            why = f"{key} = {value!r} of {day}"
            wanted = WantedVersion(
                fingerprint=fingerprint_id(accepted), accepted=accepted, commit=commit, chosen_by=why
            )
            found.append((sign * float(value or 0), wanted))
    if not found:
        raise ArchiveError(
            f"no baseline committed in that time has the metric {shown(metric)[:200]}",
            remedy="Fetch the whole history (`fetch-depth: 0`), or choose other dates.",
        )
    return max(found, key=lambda pair: pair[0])[1]


def listed(project: Project, archive: Archive) -> tuple[ListedVersion, ...]:
    """Return all archived versions, those of the newest commits first.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    commits: dict[str, list[tuple[str, str]]] = {}
    for commit, day, accepted in _history(project, "", ""):
        commits.setdefault(fingerprint_id(accepted), []).append((commit, day))
    order = {fingerprint: place for place, fingerprint in enumerate(commits)}
    versions = sorted(
        archive.versions(),
        key=lambda version: (order.get(version.fingerprint, len(order)), version.fingerprint),
    )
    return tuple(
        ListedVersion(version=version, commits=tuple(commits.get(version.fingerprint, ())))
        for version in versions
    )


def removed(project: Project, archive: Archive, fingerprints: tuple[str, ...]) -> dict[str, int]:
    """Remove versions that are named by the beginning of their fingerprints.

    Returns:
        Fingerprint → how many objects went with it.

    Raises:
        ArchiveError: one of them names no version, or several; then nothing is removed.
    """
    every = [_by_fingerprint(project, archive, text).fingerprint for text in fingerprints]
    return {fingerprint: archive.remove(fingerprint) for fingerprint in dict.fromkeys(every)}


def _by_fingerprint(project: Project, archive: Archive, text: str) -> WantedVersion:
    hexadecimal = len(text) >= 8 and set(text) <= set("0123456789abcdef")
    found = [one for one in archive.versions() if one.fingerprint.startswith(text)] if hexadecimal else []
    if len(found) != 1:
        what = (
            "names several versions"
            if found
            else "is neither a revision that git knows nor an archived version"
        )
        raise ArchiveError(
            f"{shown(text)[:80]} {what}",
            why="A shallow clone has only one commit.",
            remedy="`repro fetch --list` shows what is archived; name a commit, or more of a fingerprint.",
        )
    identity = found[0].fingerprint
    for commit, _, accepted in _history(project, "", ""):
        if fingerprint_id(accepted) == identity:
            return WantedVersion(fingerprint=identity, accepted=accepted, commit=commit)
    return WantedVersion(fingerprint=identity, accepted=None)


def _of_platform(project: Project, platforms: dict[str, Fingerprint] | object, platform: str) -> Fingerprint:
    table: dict[str, Fingerprint] = dict(platforms) if isinstance(platforms, dict) else {}
    if not platform and len(table) == 1:
        return next(iter(table.values()))
    wanted = platform or _own_platform(project)
    if wanted not in table:
        raise ArchiveError(
            f"the baseline there has no {shown(wanted)[:80] or 'class for this machine'}",
            remedy=f"Choose one with --platform: {', '.join(sorted(table))}.",
        )
    return table[wanted]


def _own_platform(project: Project) -> str:
    try:
        return platform_class(project.config.determinism.profile, circumstances())
    except ReproError:
        return ""


def _history(project: Project, since: str, until: str) -> Iterator[tuple[str, str, Fingerprint]]:
    """Yield commit, day and fingerprint of all baselines that git has, the newest first."""
    name = project.config.baseline_path.name
    for commit, day in project.history.commits_of(name, since=since, until=until, limit=MAX_COMMITS):
        try:
            baseline = project.baseline_at(commit)
        except (HistoryError, ReproError):
            continue  # of another version, or not a baseline: nothing to bring back from it
        for accepted in baseline.platforms.values() if baseline is not None else ():
            yield commit, day, accepted


def _metric(project: Project, text: str) -> tuple[str, str, str]:
    """Return file, name and goal of a metric."""
    file, colon, key = text.rpartition(": ")
    matching = [
        (path, name, rule.goal)
        for path, rules in project.config.metrics.items()
        for name, rule in rules.items()
        if name == key and (not colon or path == file) and rule.goal is not None
    ]
    if len(matching) != 1:
        raise ArchiveError(
            f"{shown(text)[:200]} is {'several metrics' if matching else 'no metric with a goal'}",
            remedy='Write [metrics."FILE"] NAME = { goal = "max" } into the configuration, '
            'and name it as "FILE: NAME" where two files have it.',
        )
    path, name, goal = matching[0]
    return path, name, str(goal)
