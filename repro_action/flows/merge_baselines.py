# SPDX-License-Identifier: Apache-2.0
"""The merge driver of git for baselines: merging two, and telling git of it."""

from __future__ import annotations

from pathlib import Path

from repro_action.baseline import LARGEST
from repro_action.codec.baseline import dump, load
from repro_action.compare.merge import MergedBaseline, merge
from repro_action.errors import BaselineError
from repro_action.files import add_lines, write_atomically
from repro_action.git_command import run_git
from repro_action.history import History
from repro_action.paths.names import shown

ATTRIBUTES = ".gitattributes"
LINE = "*.baseline.json merge=repro"
_SETTINGS = {
    "merge.repro.name": "baselines of repro",
    "merge.repro.driver": "repro merge-baseline %O %A %B %P",
}


def merge_files(base: Path, ours: Path, theirs: Path, *, name: str) -> MergedBaseline:
    """Merge two files and write the result in place of ours, as git wants it.

    Args:
        base: what both started from; empty where there was nothing.
        ours: replaced.
        theirs: likewise read.
        name: of the file in the repository, for errors.

    Raises:
        BaselineError: one of them cannot be read, or they are of two models; nothing is written.
    """
    texts = [_text(path, name) for path in (base, ours, theirs)]
    before = load(texts[0], name) if texts[0].strip() else None
    ours_read, theirs_read = load(texts[1], name), load(texts[2], name)
    if ours_read.name != theirs_read.name:
        raise BaselineError(
            f"the branches have baselines of two models: {shown(ours_read.name)}, {shown(theirs_read.name)}",
            where=name,
            remedy="Take one with `git checkout --ours` or `--theirs`, or give each model its own file.",
        )
    merged = merge(before, ours_read, theirs_read)
    write_atomically(ours, dump(merged.baseline))
    return merged


def _text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise BaselineError(f"it has more than {LARGEST >> 20} MiB", where=name)
        return content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BaselineError("it cannot be read", why=str(error), where=name) from error


def install(directory: Path) -> bool:
    """Let git merge baselines of this clone with repro; whether anything was changed.

    Nothing is done outside of a repository.
    """
    top = History(directory).top
    if top is None:
        return False
    path = top / ATTRIBUTES
    if path.is_symlink():
        return False
    changed = not path.exists() or LINE.encode() not in path.read_bytes().splitlines()
    if changed:
        add_lines(path, [LINE])
    for key, value in _SETTINGS.items():
        changed = _set(top, key, value) or changed
    return changed


def _set(top: Path, key: str, value: str) -> bool:
    if run_git(top, "config", "--local", "--get", key) == value:
        return False
    return run_git(top, "config", "--local", key, value) is not None
