# SPDX-License-Identifier: Apache-2.0
"""What git remembers: files as they were at a revision. Only reads; never runs hooks or filters."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.errors import ReproError
from repro_action.git_command import READ_SECONDS, read_git

VERSIONS = 20
MAX_CHANGED = 200_000
"""Paths that may differ from a revision."""

_NAMES = ("--name-only", "-z", "--no-renames", "--ignore-submodules=dirty")
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
LFS_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize ([0-9]{1,18})\n"
)
MAX_POINTER = 1024
"""Bytes; every pointer of Git LFS has fewer."""


class HistoryError(ReproError):
    """A revision cannot be read."""


@dataclass(frozen=True, slots=True)
class History:
    """Reads files of a project from git, by path relative to the project's root.

    Attributes:
        root: of the project.
        remembers: whether git is asked each question once: what is said of the present is of that moment.
        fetched: earlier contents of files, in place of those that git has; None to ask git.
        unfetched: why there are none of them.
    """

    root: Path
    remembers: bool = False
    fetched: Mapping[str, tuple[bytes, ...]] | None = None
    unfetched: str = ""
    _answers: dict[tuple[tuple[str, ...], bytes], bytes | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _tops: list[Path] = field(default_factory=list, init=False, repr=False, compare=False)

    def _git(self, *arguments: str, given: bytes = b"") -> bytes | None:
        if not self.remembers:
            return read_git(self.root, *arguments, given=given)
        if (arguments, given) not in self._answers:
            self._answers[arguments, given] = read_git(self.root, *arguments, given=given)
        return self._answers[arguments, given]

    def commit(self, revision: str) -> str | None:
        """Return the full hash that a revision names, or None."""
        if not revision or revision.startswith("-"):
            return None
        found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        # git before 2.30 echoes the option back.
        return found.decode().split()[-1] if found else None

    def parents(self, revision: str) -> tuple[str, ...]:
        """Return the parents that a commit names, though a shallow clone may not hold them."""
        commit = self.commit(revision)
        text = self._git("cat-file", "commit", commit) if commit is not None else None
        head = (text or b"").split(b"\n\n", 1)[0].decode("utf-8", "replace").splitlines()
        return tuple(line.split()[1] for line in head if line.startswith("parent "))

    def read(self, revision: str, path: str) -> bytes | None:
        """Return a file's bytes at a revision; None where either does not exist."""
        commit = self.commit(revision)
        if commit is None:
            return None
        return self._git("cat-file", "blob", f"{commit}:./{path}")

    def has_committed(self, path: str, file: Path) -> bool:
        """Whether the commit that is checked out has at a path exactly what another file holds."""
        found = self._git("rev-parse", "--verify", "--quiet", f"HEAD:./{path}")
        name = found.decode().strip() if found else ""
        return bool(name) and _blob(file, name) == name

    def require_revision(self, revision: str) -> str:
        """Return the full hash that a revision names.

        Raises:
            HistoryError: git does not know it.
        """
        commit = self.commit(revision)
        if commit is None:
            raise HistoryError(
                f"git does not know the revision {revision[:80]!r}",
                why="A shallow clone has only one commit.",
                remedy="Fetch it: `git fetch origin REVISION`, or `fetch-depth: 0` in actions/checkout.",
            )
        return commit

    def versions(self, path: str, /) -> Iterator[bytes]:
        """Yield earlier contents of a file, the newest first, at most `VERSIONS`."""
        if self.fetched is not None:
            yield from self.fetched.get(path, ())
            return
        found = self._git("log", f"-{VERSIONS}", "--format=%H", "--", path)
        for commit in found.decode().split() if found else ():
            data = self._git("cat-file", "blob", f"{commit}:./{path}")
            if data is not None:
                yield data

    def commits_of(
        self, path: str, *, since: str = "", until: str = "", limit: int = 500
    ) -> tuple[tuple[str, str], ...]:
        """Return the commits that changed a file, the newest first, each with its day.

        Args:
            path: relative to the project.
            since: date of the first ones, as git understands it; empty for all.
            until: date of the last ones.
            limit: how many at most.

        Returns:
            Full hash and `YYYY-MM-DD`.
        """
        between = [f"--{name}={value}" for name, value in (("since", since), ("until", until)) if value]
        found = self._git("log", f"-{limit}", "--format=%H %cs", *between, "--", path)
        pairs = (line.split() for line in (found or b"").decode().splitlines())
        return tuple((commit, day) for commit, day in pairs)

    def changed_files(self, base: str) -> frozenset[str]:
        """Return what a pull request against a revision changes, and what is not committed yet.

        That is every path that differs between the last common commit and the index, or between
        that and the working tree, removed ones included, and untracked files that git does not
        ignore. A renamed file counts under both of its names.

        Returns:
            POSIX paths relative to the top of the repository; a submodule is one path.

        Raises:
            HistoryError: git does not know the revision, or cannot list what differs, or more
                than `MAX_CHANGED` paths do.
        """
        return self._changed_since(self.fork_point(base), base)

    def fork_point(self, base: str) -> str:
        """Return the last commit that a revision and the one that is checked out have in common.

        Raises:
            HistoryError: git does not know the revision.
        """
        commit = self.require_revision(base)
        # NOTE: a shallow clone may not reach back to where the two parted. What differs from the
        # revision itself is then more than what the branch changes, never less.
        return (self._git("merge-base", commit, "HEAD") or b"").decode().strip() or commit

    def files_at(self, commit: str) -> dict[str, str]:
        """Return the regular files of a commit, from the top: path → digest of the blob.

        Raises:
            HistoryError: git cannot list them.
        """
        listed = self._git("ls-tree", "-r", "-z", "--full-tree", commit)
        if listed is None:
            raise _unlisted()
        entries = (entry.partition("\t") for entry in _split(listed))
        return {path: about.split()[2] for about, _, path in entries if about.startswith("100")}

    def blobs(self, names: Iterable[str], *, below: int) -> dict[str, bytes]:
        """Return the blobs that git knows by these names and with fewer bytes than `below`, by digest."""
        sizes = self._git("cat-file", "--batch-check", given=_lines(names)) or b""
        small = [
            words[0]
            for words in (line.split() for line in sizes.decode().splitlines())
            if len(words) == 3 and words[1] == "blob" and words[2].isdecimal() and int(words[2]) < below
        ]
        return _batch(self._git("cat-file", "--batch", given=_lines(small)) or b"")

    def uncommitted_files(self) -> frozenset[str]:
        """Return what is not as in the commit that is checked out, like `changed_files`.

        Raises:
            HistoryError: git cannot list what differs, or more than `MAX_CHANGED` paths do.
        """
        return self._changed_since("HEAD", "HEAD")

    def _changed_since(self, commit: str, base: str) -> frozenset[str]:
        """Return what differs from a commit, which people know as `base`."""
        listed = (
            self._git("diff-index", "--cached", *_NAMES, commit, "--"),
            self._git("ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", ":/"),
        )
        if any(part is None for part in listed):
            raise _unlisted()
        changed = {path for part in listed for path in _split(part or b"")} | self._edited()
        if len(changed) > MAX_CHANGED:
            raise HistoryError(
                f"more than {MAX_CHANGED:,} files differ from {base[:80]!r}",
                remedy="Add generated files to .gitignore.",
            )
        return frozenset(path.rstrip("/") for path in changed)

    def _edited(self) -> set[str]:
        """Return the paths whose file differs from the index."""
        filters = self._filters()
        off = (
            word
            for name in filters
            for key in ("clean=", "process=", "required=false")
            for word in ("-c", f"filter.{name}.{key}")
        )
        # NOTE: not `git diff`, which writes the index to spare itself the next look.
        listed = self._git(*off, "diff-files", "--raw", "--no-abbrev", *_NAMES[1:])
        top = self.top
        if listed is None or top is None:
            raise _unlisted()
        entries = _split(listed)
        blobs: dict[str, str] = {}
        changed: set[str] = set()
        for about, path in zip(entries[::2], entries[1::2], strict=True):
            before, after, blob, *_ = about.removeprefix(":").split(" ")
            if before != after:
                changed.add(path)
            elif _blob(top / path, blob) != blob:
                blobs[path] = blob
        # NOTE: without its filter a file of Git LFS differs from its pointer whenever git looks into
        # it, which it does for files as young as the index: after a checkout, often.
        pointed = self._as_pointed(top, blobs) if filters and blobs else set()
        return changed | (blobs.keys() - pointed)

    def _filters(self) -> tuple[str, ...]:
        listed = self._git("config", "--null", "--name-only", "--get-regexp", r"^filter\.") or b""
        names = {key.removeprefix("filter.").rpartition(".")[0] for key in _split(listed)}
        return tuple(sorted(name for name in names if name and "=" not in name))

    def _as_pointed(self, top: Path, blobs: Mapping[str, str]) -> set[str]:
        """Return the paths whose file is what the Git LFS pointer in the index says.

        Args:
            top: of the repository.
            blobs: path → digest of the blob in the index.
        """
        pointers = self.blobs(blobs.values(), below=MAX_POINTER)
        return {path for path, blob in blobs.items() if _is_pointed_at(top / path, pointers.get(blob, b""))}

    @property
    def top(self) -> Path | None:
        """The top folder of the repository, which is asked for once; None outside of one."""
        if not self._tops:
            found = self._git("rev-parse", "--show-toplevel")
            text = os.fsdecode(found.removesuffix(b"\n")) if found else ""
            if not text:
                return None
            self._tops.append(Path(text))
        return self._tops[0]

    def last_change(self, path: str) -> str | None:
        """Return the commit that last changed a file, or None."""
        found = self._git("log", "-1", "--format=%H", "--", path)
        text = found.decode().strip() if found else ""
        return text or None

    def is_ignored(self, path: str) -> bool:
        """Whether git ignores a path."""
        return self._git("check-ignore", "--quiet", "--", path) is not None

    def is_tracked(self, path: str) -> bool:
        """Whether git tracks a path."""
        return self._git("ls-files", "--error-unmatch", "--", path) is not None

    @property
    def inside(self) -> bool:
        """Whether the project is in a git repository."""
        return self._git("rev-parse", "--git-dir") is not None


def _unlisted() -> HistoryError:
    return HistoryError(
        "git cannot list the files that differ",
        why=f"It failed, or took longer than {READ_SECONDS:.0f} s.",
        remedy="Run `git status` in this repository to see why.",
    )


def _split(listed: bytes) -> list[str]:
    return [os.fsdecode(entry) for entry in listed.split(b"\0") if entry]


def _lines(names: Iterable[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()


def _batch(remaining: bytes) -> dict[str, bytes]:
    """Read what `git cat-file --batch` prints: digest → content."""
    found: dict[str, bytes] = {}
    while remaining:
        head, _, rest = remaining.partition(b"\n")
        name, _, size = head.decode().split(" ")
        found[name] = rest[: int(size)]
        remaining = rest[int(size) + 1 :]
    return found


def _blob(path: Path, like: str) -> str:
    """Return git's digest of a file as it is, unfiltered; empty where it cannot be read.

    Args:
        path: of the file.
        like: a digest of the algorithm that this repository uses.
    """
    make = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    try:
        if path.is_symlink():
            target = os.fsencode(path.readlink())
            return make(b"blob %d\0" % len(target) + target, usedforsecurity=False).hexdigest()
        with path.open("rb") as file:
            hasher = make(b"blob %d\0" % os.fstat(file.fileno()).st_size, usedforsecurity=False)
            while chunk := file.read(1 << 20):
                hasher.update(chunk)
            return hasher.hexdigest()
    except OSError:
        return ""


def _is_pointed_at(path: Path, pointer: bytes) -> bool:
    match = LFS_POINTER.fullmatch(pointer)
    try:
        if match is None or path.is_symlink() or path.stat().st_size != int(match[2]):
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == match[1].decode()
    except OSError:
        return False
