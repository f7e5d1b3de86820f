# SPDX-License-Identifier: Apache-2.0
"""The flake of a project: where it stands, which files it sees, and what its lock pins.

A flake in a git repository sees the files that git tracks, as they are in the working
tree. Which of them a dev shell depends on, Nix does not say. `Sources.settling` are those
that nearly every shell is made of; `nix.py` proves that they suffice, or falls back to all.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from repro_action.config.model import Config
from repro_action.errors import EnvironmentUnavailable
from repro_action.git_command import git_command, git_variables

_MAX_LOCK = 8 << 20
_MAX_FILES = 200_000
_SETTLING = frozenset({".nix", ".lock"})
_SETTLING_NAMES = re.compile(r"pyproject\.toml|requirements[^/]*\.txt|\.python-version")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_'-]*(\.[A-Za-z_][A-Za-z0-9_'-]*)*")
# A submodule has a configuration of its own, which a look into it would obey.
_SHALLOW = ("--ignore-submodules=dirty",)
_OWN_SCOPES = frozenset({"local", "worktree"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Flake:
    """A dev shell of a flake in the project's repository.

    Attributes:
        folder: that holds `flake.nix`; absolute.
        shell: the name under `devShells.SYSTEM`.
        where: the place in the configuration.
    """

    folder: Path
    shell: str
    where: str

    @property
    def lock(self) -> Path:
        """The lock file; a flake without inputs may have none."""
        return self.folder / "flake.lock"

    def attribute(self, system: str) -> str:
        """Return the whole name of the dev shell."""
        return f"devShells.{system}.{self.shell}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The files that a flake sees, at one moment.

    Attributes:
        top: root of the repository; of a flake without git, its own folder.
        files: path below `top` → what tells its content.
        state: the commit, and whether the tree differs from it; empty without git.
        git: whether git says which files count.
    """

    top: Path
    files: Mapping[str, str] = field(repr=False)
    state: str = ""
    git: bool = True

    @property
    def dirty(self) -> bool:
        """Whether the working tree differs from the commit."""
        return self.state.endswith("+")

    @property
    def settling(self) -> tuple[str, ...]:
        """Paths of the files that nearly every dev shell is made of, and of nothing else."""
        return tuple(path for path in self.files if _settles(path))

    def key(self, *, whole: bool) -> str:
        """Return what a dev shell is remembered under.

        Args:
            whole: of all files and the commit, not just of `settling`.
        """
        paths = sorted(self.files) if whole else sorted(self.settling)
        lines = [f"{self.files[path]} {path}\n" for path in paths]
        text = "".join([f"{self.state}\n" if whole else "", *lines])
        return hashlib.sha256(os.fsencode(text)).hexdigest()


def find_flake(config: Config) -> Flake:
    """Return the flake that `environment.flake` names; `.#default` where it names none.

    Raises:
        EnvironmentUnavailable: it is not one of the repository, or there is none.
    """
    where = f"{config.path.name}: environment.flake"
    text = config.environment.flake or ".#default"
    path, _, shell = text.partition("#")
    shell = shell or "default"
    if ":" in path or "?" in path or path.startswith(("/", "~")):
        raise EnvironmentUnavailable(
            f"the flake {path!r} is not one of this repository",
            why="Its lock would not be part of the commit that is verified.",
            remedy='Name a folder and a dev shell: flake = ".#default".',
            where=where,
        )
    if not _NAME.fullmatch(shell):
        raise EnvironmentUnavailable(
            f"{shell!r} cannot be the name of a dev shell",
            remedy='Write it as flake = ".#default".',
            where=where,
        )
    start = Path(os.path.normpath(config.root / (path or ".")))
    for folder in (start, *start.parents):
        if (folder / "flake.nix").is_file():
            return Flake(folder=folder, shell=shell, where=where)
        if (folder / ".git").exists() or path not in ("", "."):
            break
    raise EnvironmentUnavailable(
        f"there is no flake.nix in {path or '.'}, nor above it in the repository",
        remedy='Write one, or name its folder: flake = "nix#default".',
        where=where,
    )


def sources(flake: Flake) -> Sources:
    """Return which files the flake sees now, with what tells their contents."""
    top = _git(flake.folder, "rev-parse", "--show-toplevel", "HEAD", strict=False)
    lines = top.decode("utf-8", "surrogateescape").splitlines()
    if not lines or not lines[0].startswith("/"):
        return _without_git(flake)
    root = Path(lines[0])
    commit = lines[1] if len(lines) > 1 and re.fullmatch(r"[0-9a-f]{40,64}", lines[1]) else ""
    files = dict(_tracked(_git(root, "ls-files", "--stage", "-z")))
    changed = _split(_git(root, *_without_filters(root), "diff-files", *_SHALLOW, "--name-only", "-z"))
    for path in changed:
        if path in files:
            mode, _, _ = files[path].partition(" ")
            files[path] = f"{mode} {_blob(root / path)}"
    status = _git(
        root, *_without_filters(root), "status", *_SHALLOW, "--porcelain=v1", "--untracked-files=no", "-z"
    )
    return Sources(top=root, files=files, state=f"{commit}{'+' if status else ''}")


def untracked(flake: Flake) -> tuple[str, ...]:
    """Return the files of the repository that a flake might want and git does not track."""
    others = ("ls-files", "--others", "--exclude-standard", "-z")
    listed = _split(_git(flake.folder, *others, strict=False))
    ignored = _split(_git(flake.folder, *others, "--ignored", "--", "*.nix", strict=False))
    return tuple(path for path in (*listed, *ignored) if _settles(path))


def nixpkgs_revision(flake: Flake) -> str:
    """Return the revision of nixpkgs that the lock pins; empty where it pins none.

    The format is Nix's, "nix flake", section "Lock files", version 7.
    """
    try:
        with flake.lock.open("rb") as file:
            lock: object = json.loads(file.read(_MAX_LOCK))
    except (OSError, ValueError, RecursionError):
        return ""
    match lock:
        case {"nodes": {**nodes}, "root": str(root)}:
            pass
        case _:
            return ""
    match nodes.get(root):
        case {"inputs": {"nixpkgs": str(name)}}:
            pass
        case _:
            return ""
    match nodes.get(name):
        case {"locked": {"rev": str(revision)}} if re.fullmatch(r"[0-9a-f]{40,64}", revision):
            return revision
        case {"locked": {"narHash": str(digest)}} if re.fullmatch(r"sha256-[A-Za-z0-9+/=]{1,64}", digest):
            return digest
    return ""


def _settles(path: str) -> bool:
    file = PurePosixPath(path)
    return file.suffix in _SETTLING or _SETTLING_NAMES.fullmatch(file.name) is not None


def _without_git(flake: Flake) -> Sources:
    """List all files below the flake: Nix copies them all."""
    files: dict[str, str] = {}
    for folder, names, entries in os.walk(flake.folder):
        names[:] = sorted(name for name in names if name not in (".repro", "__pycache__"))
        for name in entries:
            path = os.path.join(folder, name)  # noqa: PTH118 -- many
            try:
                status = os.lstat(path)
            except OSError:
                continue
            stat_key = f"{status.st_mode} {status.st_size} {status.st_mtime_ns}"
            files[os.path.relpath(path, flake.folder)] = stat_key
        if len(files) > _MAX_FILES:
            raise EnvironmentUnavailable(
                f"{flake.folder} has more than {_MAX_FILES:,} files, and is not a git repository",
                why="Nix would copy all of them to its store.",
                remedy="Make it a git repository; a flake then sees what git tracks.",
            )
    return Sources(top=flake.folder, files=files, git=False)


def _tracked(listed: bytes) -> Iterable[tuple[str, str]]:
    """Yield path and `mode digest` from `git ls-files --stage -z`."""
    for entry in _split(listed):
        about, _, path = entry.partition("\t")
        mode, digest, *_ = about.split(" ")
        yield path, f"{mode} {digest}"


def _blob(path: Path) -> str:
    """Return git's digest of a file as it is now, so that touching one changes nothing."""
    try:
        data = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
    except OSError:
        return "gone"
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _split(listed: bytes) -> list[str]:
    return [os.fsdecode(entry) for entry in listed.split(b"\0") if entry]


def _without_filters(root: Path) -> tuple[str, ...]:
    """Return options that switch off the filters, all of them commands, of the repository's configuration."""
    listed = _git(
        root, "config", "--null", "--show-scope", "--name-only", "--get-regexp", r"^filter\.", strict=False
    )
    words = _split(listed)
    keys = [key for scope, key in zip(words[::2], words[1::2], strict=False) if scope in _OWN_SCOPES]
    names = sorted({key.removeprefix("filter.").rpartition(".")[0] for key in keys})
    return tuple(
        word
        for name in names
        if name and "=" not in name
        for setting in ("clean=", "smudge=", "process=", "required=false")
        for word in ("-c", f"filter.{name}.{setting}")
    )


def _git(folder: Path, *arguments: str, strict: bool = True) -> bytes:
    command = git_command("-C", str(folder), *arguments)
    try:
        done = subprocess.run(command, env=git_variables(), capture_output=True, check=False, timeout=120)
    except (OSError, subprocess.SubprocessError) as error:
        if not strict:
            return b""
        raise EnvironmentUnavailable("git cannot be run", why=str(error)) from error
    if done.returncode and strict:
        raise EnvironmentUnavailable(
            f"git {arguments[0]} failed in {folder}", why=done.stderr.decode("utf-8", "replace")[-500:]
        )
    return done.stdout
