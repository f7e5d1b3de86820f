# SPDX-License-Identifier: Apache-2.0
"""Which models a change removes, moves or adds: the configurations of two commits, by their names.

The older commit is read by git and never checked out; nothing of it is run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from repro_action.compare.config_change import ModelChange, ModelState
from repro_action.config.discover import EVERYWHERE, MAX_CONFIGS
from repro_action.config.find import MAX_BYTES, OWN, SHARED
from repro_action.config.listed import may_be_configurations, model_name
from repro_action.history import History

_WHOLE = (f"{EVERYWHERE}/{OWN}", f"{EVERYWHERE}/{SHARED}")
_AT_ONCE = 100
"""Configurations that are in memory together."""


def model_changes(
    root: Path, base: str, patterns: Sequence[str], present: Collection[str], *, folder: str = ""
) -> tuple[ModelChange, ...]:
    """Compare the configurations of a revision with those that are there now.

    Args:
        root: the top of the repository.
        base: revision that the change starts from.
        patterns: of configurations, as `discover` takes them; empty for the one at the top, or else all.
        present: the configurations that they stand for now, from the top.
        folder: taken for the top where there are no patterns; empty for the top itself.

    Raises:
        ConfigError: a pattern is refused.
        HistoryError: git does not know the revision, or cannot list its files.
    """
    history = History(root)
    files = history.files_at(history.fork_point(base))
    former = _former(history, files, patterns, f"{folder}/" if folder else "")
    lost = {path: former[path] for path in sorted(former.keys() - set(present))}
    came = {path: _present_name(root, path) for path in sorted(set(present) - former.keys())}
    moved = _moved(lost, came)
    return tuple(
        [
            *(
                ModelChange(config=path, name=name, state=ModelState.REMOVED)
                for path, name in lost.items()
                if path not in moved.values()
            ),
            *(
                ModelChange(config=path, name=came[path], state=ModelState.MOVED, before=before)
                for path, before in moved.items()
            ),
            *(
                ModelChange(config=path, name=name, state=ModelState.ADDED)
                for path, name in came.items()
                if path not in moved
            ),
        ][:MAX_CONFIGS]
    )


def models_at(history: History, commit: str, patterns: Sequence[str]) -> dict[str, str]:
    """Return the configurations that patterns stand for in a commit, each with its model's name.

    Args:
        history: of the repository.
        commit: which is not checked out.
        patterns: as `discover` takes them, from the top.

    Raises:
        ConfigError: a pattern is refused.
        HistoryError: git cannot list the files.
    """
    files = history.files_at(commit)
    return _named(history, files, may_be_configurations(files, patterns))


def former_path(history: History, commit: str, name: str) -> str | None:
    """Return where a commit had the configuration of a model that has another place now.

    Args:
        history: of the repository.
        commit: which has no configuration at this path.
        name: of the model.

    Returns:
        The path from the top; None where no configuration that is not this model's any more, or more than
        one, has that name.

    Raises:
        HistoryError: git cannot list the files.
    """
    top = history.top
    if top is None:
        return None
    files = history.files_at(commit)
    listed = may_be_configurations(files, (f"{EVERYWHERE}/*.toml",))
    left = [path for path in listed if _name_now(Path(os.path.realpath(top)), path) != name]
    alike = [path for path, found in _named(history, files, left).items() if found == name]
    return alike[0] if len(alike) == 1 else None


def _name_now(top: Path, path: str) -> str | None:
    """Return the name of the model that a path stands for now; None where it leads elsewhere, or to none."""
    place = top / path
    second = place.name == SHARED and (place.parent / OWN).is_file()
    if second or os.path.realpath(place) != str(place) or not place.is_file():
        return None
    try:
        with place.open("rb") as file:
            return model_name(path, file.read(MAX_BYTES + 1))
    except OSError:
        return None


def _former(
    history: History, files: Mapping[str, str], patterns: Sequence[str], below: str
) -> dict[str, str]:
    """Return the configurations that patterns stand for in a commit, each with its model's name."""
    if patterns:
        return _named(history, files, may_be_configurations(files, patterns))
    own, shared = f"{below}{OWN}", f"{below}{SHARED}"
    top = _named(history, files, [name for name in (own, shared) if name in files])
    if top:
        first = own if own in top else shared
        return {first: top[first]}
    return _named(history, files, may_be_configurations(files, (f"{below}{_WHOLE[0]}",)))


def _named(history: History, files: Mapping[str, str], paths: Sequence[str]) -> dict[str, str]:
    """Return those of the paths that are configurations, each with its model's name."""
    found: dict[str, str] = {}
    for start in range(0, len(paths), _AT_ONCE):
        some = paths[start : start + _AT_ONCE]
        contents = history.blobs((files[path] for path in some), below=MAX_BYTES + 1)
        for path in some:
            name = model_name(path, contents.get(files[path]))
            if name is not None:
                found[path] = name
    # As in a working tree: a folder has one configuration, and that of the usual name is it.
    return {path: name for path, name in found.items() if not _second(path, found)}


def _second(path: str, found: Collection[str]) -> bool:
    folder, slash, name = path.rpartition("/")
    return name == SHARED and f"{folder}{slash}{OWN}" in found


def _present_name(root: Path, path: str) -> str:
    try:
        with (root / path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError:
        data = b""
    return model_name(path, data) or Path(path).parent.name or Path(path).stem


def _moved(lost: Mapping[str, str], came: Mapping[str, str]) -> dict[str, str]:
    """Return the paths of models that came, each with the path of the lost one that has its name."""
    by_name = {name: path for path, name in lost.items()}
    once = _unique(lost.values()) & _unique(came.values())
    return {path: by_name[name] for path, name in came.items() if name in once}


def _unique(names: Iterable[str]) -> set[str]:
    return {name for name, count in Counter(names).items() if count == 1}
