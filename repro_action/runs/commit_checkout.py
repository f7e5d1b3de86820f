# SPDX-License-Identifier: Apache-2.0
"""A project as it was at a commit, in a temporary folder. The working tree and git's index stay as they are.

Files are what git has of them: no hook, filter, conversion of line ends or `export-ignore` of the
repository takes part, Git LFS is not asked, and submodules stay empty folders. Every name and link of the
commit may be hostile: see `_entries` and `CommitCheckout.move`.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from repro_action.data.missing_data import is_lfs_pointer
from repro_action.files import link_refused, write_atomically
from repro_action.git_command import read_git
from repro_action.history import MAX_POINTER, History, HistoryError
from repro_action.paths.names import shown
from repro_action.runs.blob_reader import blob_reader
from repro_action.runs.workspace import remove

FOLDER = "checkouts"
"""Below `.repro`: where checkouts are made."""

_LINK, _SUBMODULE, _EXECUTABLE = "120000", "160000", "100755"
_LONGEST_LINK = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutLimits:
    """What a commit may have.

    Attributes:
        files: entries.
        size: bytes of them all.
    """

    files: int = 200_000
    size: int = 16 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    """One entry of a commit's tree.

    Attributes:
        mode: of git, such as `100644`.
        blob: git's digest of the content; of a submodule, its commit.
        size: bytes; 0 for a submodule.
    """

    mode: str
    blob: str
    size: int


@dataclass(slots=True, kw_only=True)
class CommitCheckout:
    """The files of one commit, below a folder that goes when the `with` of `commit_checkout` ends.

    Attributes:
        history: of the repository.
        root: what stands for the top of the repository.
        limits: of one commit.
        commit: whose files these are, by its full hash; empty before the first `move`.
        entries: path from the top → what git has there; what was left out is not among them.
        left_out: path from the top → why it was not written; paths are foreign.
    """

    history: History
    root: Path
    limits: CheckoutLimits = field(default_factory=CheckoutLimits)
    commit: str = ""
    entries: Mapping[str, TreeEntry] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    _added: list[str] = field(default_factory=list, init=False, repr=False)

    @property
    def submodules(self) -> tuple[str, ...]:
        """Submodules, which are empty folders here."""
        return tuple(path for path, entry in self.entries.items() if entry.mode == _SUBMODULE)

    @property
    def pointers(self) -> tuple[str, ...]:
        """Files that are pointers of Git LFS, not the content itself."""
        small = (path for path, entry in self.entries.items() if entry.size < MAX_POINTER)
        return tuple(path for path in small if is_lfs_pointer(self.root / path))

    @property
    def collisions(self) -> tuple[tuple[str, ...], ...]:
        """Groups of paths that differ in case alone, so that another file system has only one of each."""
        groups = defaultdict(list)
        for path in self.entries:
            groups[path.casefold()].append(path)
        return tuple(tuple(group) for group in groups.values() if len(group) > 1)

    def make_room(self, path: str) -> Path:
        """Remove what is at a path, and return the place for something that is not of git.

        The next move removes that, and writes again what git has there.

        Args:
            path: from the top; of a configuration that was checked.

        Raises:
            HistoryError: a link of the commit leads it out of the repository.
        """
        place = self.root / path
        if not Path(os.path.realpath(place.parent)).is_relative_to(os.path.realpath(self.root)):
            raise _refused(self.commit, path, "it leads out of the repository")
        remove(place)
        self.entries = {name: entry for name, entry in self.entries.items() if not _is_below(name, path)}
        self._added.append(path)
        return self._room_for(path)

    def move(self, revision: str) -> None:
        """Make these the files of another commit: what differs is removed or written, the rest stays.

        Links are made last, so that nothing is written through one, and those that lead out are removed
        again. Files that steps wrote are not known here: they run in a copy.

        Raises:
            HistoryError: git does not know the revision or cannot read it, it exceeds the limits, or it
                has a name that no commit of git's own has, such as `../x` or `.git/config`.
        """
        commit = self.history.require_revision(revision)
        if commit == self.commit and not self._added:
            return
        entries, left_out = _entries(self.history, commit, self.limits)
        try:
            self._remove(self._added)
            self._added.clear()
            self._remove([path for path, entry in self.entries.items() if entries.get(path) != entry])
            self._write({path: each for path, each in entries.items() if self.entries.get(path) != each})
            outside = self._remove_links_out(entries)
        except BaseException as error:
            self._clear()
            if isinstance(error, OSError):
                raise _unwritten(commit, error) from error
            raise
        self.entries = {path: entry for path, entry in entries.items() if path not in outside}
        self.left_out = {**left_out, **outside}
        self.commit = commit

    def _clear(self) -> None:
        """Begin again with nothing: what failed halfway is of no commit."""
        remove(self.root)
        self.root.mkdir()
        self.commit, self.entries, self.left_out = "", {}, {}

    def _remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            place = self.root / path
            remove(place)
            for parent in place.parents:
                if parent == self.root:
                    break
                try:
                    parent.rmdir()
                except OSError:
                    break  # something else is in it

    def _write(self, entries: Mapping[str, TreeEntry]) -> None:
        if not entries:
            return
        files = {path: entry for path, entry in entries.items() if entry.mode.startswith("100")}
        links = {path: entry for path, entry in entries.items() if entry.mode == _LINK}
        with blob_reader(self.history.root) as blobs:
            for path, entry in files.items():
                place = self._room_for(path)
                mode = 0o755 if entry.mode == _EXECUTABLE else 0o644
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
                with os.fdopen(os.open(place, flags, mode), "wb") as file:
                    for part in blobs.content(entry.blob, entry.size):
                        file.write(part)
            targets = {path: b"".join(blobs.content(entry.blob, entry.size)) for path, entry in links.items()}
        for path, entry in entries.items():
            if entry.mode == _SUBMODULE:
                self._room_for(path).mkdir(exist_ok=True)
        for path, target in targets.items():
            self._room_for(path).symlink_to(os.fsdecode(target))

    def _room_for(self, path: str) -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def _remove_links_out(self, entries: Mapping[str, TreeEntry]) -> dict[str, str]:
        """Remove the links that lead out of the folder, however many links they lead through."""
        inside = os.path.realpath(self.root)
        outside: dict[str, str] = {}
        for path, entry in entries.items():
            place = self.root / path
            if entry.mode != _LINK or not place.is_symlink():
                continue
            target = os.path.realpath(place)
            absolute = place.readlink().is_absolute()
            if absolute or (target != inside and not target.startswith(f"{inside}{os.sep}")):
                outside[path] = "a symbolic link that leads out of the repository"
        for path in outside:
            (self.root / path).unlink()
        return outside


@contextmanager
def commit_checkout(
    history: History, revision: str, state: Path, *, limits: CheckoutLimits | None = None
) -> Iterator[CommitCheckout]:
    """Write the files of a commit into a folder of their own, which is removed whatever happens.

    What a killed command left behind is removed first.

    Args:
        history: of the project; `history.top` is what the new folder stands for.
        revision: of git.
        state: the project's `.repro`; the folder is made below it.
        limits: of the commit.

    Raises:
        HistoryError: as for `CommitCheckout.move`.
        LinkRefused: the folder of checkouts is a symbolic link.
    """
    folder = state / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(state / ".gitignore", "*\n", durable=False)
    _sweep(folder)
    place = Path(tempfile.mkdtemp(dir=folder))
    lock = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = place / "project"
        root.mkdir()
        checkout = CommitCheckout(history=history, root=root, limits=limits or CheckoutLimits())
        checkout.move(revision)
        yield checkout
    finally:
        remove(place)
        os.close(lock)


def _sweep(folder: Path) -> None:
    """Remove checkouts that no process has locked any more."""
    if folder.is_symlink():
        raise link_refused(folder)
    for place in folder.iterdir():
        with suppress(OSError):
            lock = os.open(place, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(place)
            finally:
                os.close(lock)


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _entries(
    history: History, commit: str, limits: CheckoutLimits
) -> tuple[dict[str, TreeEntry], dict[str, str]]:
    """Return what is to be written of a commit, by path from the top, and what is not, with the reason."""
    listed = read_git(history.root, "ls-tree", "-r", "-z", "-l", "--full-tree", commit)
    if listed is None:
        raise HistoryError(
            f"git cannot list the files of commit {commit[:12]}",
            why="A shallow or damaged clone lacks them.",
            remedy="Run `git fetch --unshallow`; in GitHub Actions, `fetch-depth: 0` of actions/checkout.",
        )
    lines = [line for line in listed.split(b"\0") if line]
    entries: dict[str, TreeEntry] = {}
    left_out: dict[str, str] = {}
    for line in lines:
        about, _, name = line.partition(b"\t")
        mode, _, blob, digits = about.decode().split()
        path = os.fsdecode(name)
        entry = TreeEntry(mode=mode, blob=blob, size=int(digits) if digits.isdecimal() else 0)
        if path in entries:
            raise _refused(commit, path, "the tree has it twice")
        if ".repro" in PurePosixPath(path).parts:
            left_out[path] = "`.repro` is what repro keeps, never part of a project"
        elif mode == _LINK and entry.size > _LONGEST_LINK:
            left_out[path] = "a symbolic link with a target that is too long"
        else:
            entries[path] = entry
    size = sum(entry.size for entry in entries.values())
    if len(lines) > limits.files or size > limits.size:
        raise HistoryError(
            f"commit {commit[:12]} has {len(lines):,} files with {size:,} bytes",
            why=f"At most {limits.files:,} files and {limits.size:,} bytes of a commit are written.",
            remedy="Keep data out of git, or in Git LFS.",
        )
    _require_harmless(commit, entries)
    return entries, left_out


def _require_harmless(commit: str, entries: Mapping[str, TreeEntry]) -> None:
    """Refuse names that git itself never writes, and a file where another entry needs a folder."""
    for path in entries:
        parts = path.split("/")
        if any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts):
            raise _refused(commit, path, "the name leads out of the repository, or into `.git`")
        for parent in PurePosixPath(path).parents:
            if str(parent) in entries:
                raise _refused(commit, str(parent), "it is both a file and a folder")


def _unwritten(commit: str, error: OSError) -> HistoryError:
    return HistoryError(
        f"the files of commit {commit[:12]} cannot be written: {error.strerror}",
        where=shown(os.fsdecode(error.filename or "")),
        remedy="Free some disk space. Where the file system does not tell upper from lower case, "
        "rename files that differ in case alone.",
    )


def _refused(commit: str, path: str, why: str) -> HistoryError:
    return HistoryError(
        f"commit {commit[:12]} has the entry {shown(path)}, which is refused",
        why=f"{why[0].upper()}{why[1:]}. git makes no such commits; a tool made this one by hand.",
        remedy="Run `git fsck`, and leave the commit out.",
    )
