# SPDX-License-Identifier: Apache-2.0
"""What git's log and settings say of a repository: who changed files, for many in one walk. Only reads."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from repro_action.git_command import READ_SECONDS, read_git
from repro_action.history import HistoryError

MAX_COMMITS = 100_000
"""Commits of the log that are looked at, of those that changed one of the files."""

_SUBJECT = 500
_GITHUB = re.compile(
    r"(?:https?://(?:[^/@]*@)?|ssh://git@|git@)github\.com[:/]([A-Za-z0-9-]+/[\w.-]+?)(?:\.git)?/?", re.ASCII
)
_WILD = re.compile(r"([*?\[\\])")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVersion:
    """A file as one commit left it.

    Attributes:
        commit: full hash.
        day: of the commit, `YYYY-MM-DD` in its own time zone.
        subject: first line of its message; foreign.
        path: of the file in that commit, from the top of the repository.
        blob: git's name of the content; empty where the commit removed the file.
    """

    commit: str
    day: str
    subject: str
    path: str
    blob: str


def file_versions(root: Path, commit: str, paths: Collection[str]) -> dict[str, tuple[FileVersion, ...]]:
    """Return the versions of files, along the first parents of a commit: as its branch has seen them.

    A file that was renamed is followed to its former path, where a file of the same name is there, as git
    finds renames (https://git-scm.com/docs/git-log, `-M`). Equal contents that follow each other are
    one version, the older one.

    Args:
        root: the top of the repository.
        commit: full hash.
        paths: of the files in that commit, from the top.

    Returns:
        Each path with its versions, the newest first.

    Raises:
        HistoryError: git failed, or took too long.
    """
    if not paths:
        return {}
    names = {path.rpartition("/")[2] for path in paths}
    specs = [":(top,glob)**/" + _WILD.sub(r"[\1]", name) for name in sorted(names)]
    listed = read_git(
        root,
        *("-c", "log.follow=false", "log", f"-{MAX_COMMITS}", "-z", "-m", "--first-parent"),
        *("--raw", "--no-abbrev", "-M", "--format=%H%x00%cs%x00%s", commit, "--", *specs),
    )
    if listed is None:
        raise HistoryError(
            "git cannot list the commits of the baselines",
            why=f"It failed, or took longer than {READ_SECONDS:.0f} s.",
            remedy="Run `git log` in this repository to see why.",
        )
    return _followed(_entries(listed), paths)


def _followed(
    entries: Iterator[tuple[FileVersion, str]], paths: Collection[str]
) -> dict[str, tuple[FileVersion, ...]]:
    """Give each entry to the file that has its path at that time."""
    found: dict[str, list[FileVersion]] = {path: [] for path in paths}
    now = {path: path for path in paths}
    renamed: dict[str, str] = {}
    commit = ""
    for version, before in entries:
        if version.commit != commit:
            # Of one commit, all entries are about the paths that it left.
            now.update(renamed)
            renamed, commit = {}, version.commit
        owner = now.get(version.path)
        if owner is None:
            continue
        known = found[owner]
        if known and known[-1].blob == version.blob:
            known.pop()
        known.append(version)
        if before:
            del now[version.path]
            renamed[before] = owner
    return {path: tuple(versions) for path, versions in found.items()}


def _entries(listed: bytes) -> Iterator[tuple[FileVersion, str]]:
    """Yield each changed file of each commit, with its former path where it was renamed."""
    parts = iter(listed.decode("utf-8", "surrogateescape").split("\0"))
    commit = day = subject = ""
    for part in parts:
        entry = part.lstrip("\n")
        if not entry.startswith(":"):
            if entry:
                commit, day, subject = entry, next(parts, ""), _plain(next(parts, ""))
            continue
        _, mode, _, blob, status = entry.split(" ")
        path = next(parts, "")
        before = ""
        if status[:1] in {"R", "C"}:
            former, path = path, next(parts, "")
            before = former if status[:1] == "R" else ""
        regular = mode.startswith("100")
        yield (
            FileVersion(commit=commit, day=day, subject=subject, path=path, blob=blob if regular else ""),
            before,
        )


def _plain(subject: str) -> str:
    """Return a subject of bounded length in which bytes that are not UTF-8 are replaced."""
    return subject[:_SUBJECT].encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def github_address(root: Path) -> str:
    """Return the address on GitHub of the remote `origin`, without credentials; empty elsewhere."""
    found = read_git(root, "config", "--get", "remote.origin.url")
    match = _GITHUB.fullmatch((found or b"").decode("utf-8", "replace").strip())
    return f"https://github.com/{match[1]}" if match else ""


def commit_day(root: Path, commit: str) -> str:
    """Return the day of a commit, `YYYY-MM-DD` in its own time zone; empty where git cannot tell."""
    found = read_git(root, "log", "-1", "--format=%cs", commit)
    return (found or b"").decode("ascii", "replace").strip()


def is_shallow(root: Path) -> bool:
    """Whether a clone lacks older commits."""
    return read_git(root, "rev-parse", "--is-shallow-repository") == b"true\n"
