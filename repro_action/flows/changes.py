# SPDX-License-Identifier: Apache-2.0
"""The files that differ from a revision, ready to be matched with what configurations consume."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from repro_action.environments.nix.flake import Sources
from repro_action.history import History, HistoryError
from repro_action.paths.patterns import within

_MAX_LINKS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The files that differ.

    Attributes:
        top: of the repository, links resolved; paths below start from it.
        below: a path, or a folder above it → the paths that differ there.
        folders: paths that differ and are folders: submodules, links.
        gone: paths that differ and are not there any more.
        settling: those that environments are made of, each with the folder of the nearest
            configuration above; None where there is none.
    """

    top: str
    below: Mapping[str, Sequence[str]]
    folders: tuple[str, ...]
    gone: tuple[str, ...]
    settling: tuple[tuple[str, str | None], ...]
    _real: dict[str, str] = field(default_factory=dict)

    def at(self, place: str) -> Iterator[str]:
        """Yield the paths that differ at a place and below it, through links as well."""
        for hop in self._hops(place):
            path = self.relative(hop)
            if path is not None:
                yield from self.below.get(path, ())
                yield from (folder for folder in self.folders if inside(path, folder))

    def relative(self, place: str) -> str | None:
        """Return a place from the top, `""` for the top itself; None where it is elsewhere."""
        if place == self.top:
            return ""
        start = self.top.rstrip("/") + "/"
        return place[len(start) :] if place.startswith(start) else None

    def _hops(self, place: str) -> Iterator[str]:
        """Yield a place, and each one that it is a link to."""
        yield (last := place)
        for _ in range(_MAX_LINKS):
            folder, name = os.path.split(place)
            if folder not in self._real:
                self._real[folder] = os.path.realpath(folder)
            hop = os.path.join(self._real[folder], name)  # noqa: PTH118 -- many
            if hop != last:
                yield (last := hop)
            try:
                place = os.path.join(self._real[folder], os.readlink(hop))  # noqa: PTH115, PTH118 -- many
            except OSError:
                return


def changes_against(root: Path, against: str, roots: Iterable[Path]) -> Changes:
    """Ask git what differs from a revision.

    Args:
        root: in the repository, or its top.
        against: the revision.
        roots: folders of all configurations, links resolved.

    Raises:
        HistoryError: there is no repository, or the revision cannot be compared with.
    """
    history = History(root)
    top = history.top
    if top is None:
        raise HistoryError(
            f"there is no git repository to compare with {against[:80]!r} in",
            remedy="Leave out --against to compare with the baselines, or use --all.",
        )
    real = os.path.realpath(top)
    changed = sorted(history.changed_files(against))
    below: defaultdict[str, list[str]] = defaultdict(list)
    for path in changed:
        below[""].append(path)
        parts = path.split("/")
        for length in range(1, len(parts) + 1):
            below["/".join(parts[:length])].append(path)
    places = {path: f"{real}/{path}" for path in changed}
    owners = {plain(os.path.relpath(folder, real)) for folder in roots if folder.is_relative_to(real)}
    settling = Sources(top=Path(real), files=dict.fromkeys(changed, "")).settling
    return Changes(
        top=real,
        below=dict(below),
        folders=tuple(path for path, place in places.items() if os.path.isdir(place)),  # noqa: PTH112 -- many
        gone=tuple(path for path, place in places.items() if not os.path.lexists(place)),
        settling=tuple((path, _owner(path, owners)) for path in settling),
    )


def _owner(path: str, owners: set[str]) -> str | None:
    above = (plain(str(folder)) for folder in PurePosixPath(path).parents)
    return next((folder for folder in above if folder in owners), None)


def plain(folder: str) -> str:
    """Return a folder with `""` for the top."""
    return "" if folder == "." else folder


def inside(path: str, folder: str) -> bool:
    """Whether a path is the folder or below it; all are below `""`, the top."""
    return not folder or within(path, folder)
