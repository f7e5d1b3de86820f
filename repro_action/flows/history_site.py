# SPDX-License-Identifier: Apache-2.0
"""`repro history --html DIR`: the site of a history, written beside nothing of anybody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from repro_action.errors import ReproError
from repro_action.files import link_refused, write_atomically
from repro_action.progress import Progress
from repro_action.report.model_history import RepositoryHistory
from repro_action.report.render.html.site.pages import OURS, site_files

MARKER = "repro-site.txt"
"""Makes a folder a site: pages in it are replaced and removed."""

_MARK = "Written by `repro history --html`, which replaces and removes the pages and badges of this folder.\n"
_FOLDERS = ("models", "badges")


class ForeignFolder(ReproError):
    """A folder for a site has files that are not a site's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSite:
    """What was written.

    Attributes:
        files: how many pages and badges.
        size: bytes of them.
        removed: paths, from the folder, of pages and badges of models that are gone.
    """

    files: int
    size: int
    removed: tuple[str, ...]


def write_site(history: RepositoryHistory, folder: Path, progress: Progress) -> WrittenSite:
    """Write the site of a history; each file is the old or the new one whenever somebody reads it.

    Args:
        history: of the repository.
        folder: new, empty, or a site already.
        progress: receives how many files are written.

    Raises:
        ForeignFolder: it has files, and is not a site.
        LinkRefused: it, or a part of it, is a symbolic link.
        OSError: a file cannot be written.
    """
    _require_own(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / MARKER, _MARK, durable=False)
    progress.stage("writing the site")
    total = 2 * len(history.models) + 1
    written: set[str] = set()
    size = 0
    for file in site_files(history):
        data = file.text.encode("utf-8", "replace")
        write_atomically(folder / file.path, data, durable=False)
        written.add(file.path)
        size += len(data)
        progress.advance(len(written), total, "files")
    removed = tuple(sorted(path for path in _present(folder) if path not in written))
    for path in removed:
        (folder / path).unlink(missing_ok=True)
    return WrittenSite(files=len(written), size=size, removed=removed)


def _require_own(folder: Path) -> None:
    for place in (folder, folder / MARKER, *(folder / name for name in _FOLDERS)):
        if place.is_symlink():
            raise link_refused(place)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ForeignFolder(
            f"{ascii(folder.name)[1:-1]} is not a folder", where="--html", remedy="Choose another name."
        )
    if not (folder / MARKER).is_file() and any(folder.iterdir()):
        raise ForeignFolder(
            f"the folder {ascii(folder.name)[1:-1]} has files that are not those of a site",
            why=f"There is no {MARKER} in it, which every site has; nothing was changed.",
            where="--html",
            remedy="Name a folder that is empty or does not exist yet.",
        )


def _present(folder: Path) -> Iterator[str]:
    """Yield the pages and badges that a site has, from its folder."""
    for name in _FOLDERS:
        place = folder / name
        for file in place.iterdir() if place.is_dir() else ():
            path = f"{name}/{file.name}"
            if OURS.fullmatch(path) and file.is_file():
                yield path
