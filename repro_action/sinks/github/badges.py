# SPDX-License-Identifier: Apache-2.0
"""Badges, and plots where they are wanted, on a branch that holds nothing else.

The branch is ours if its README begins with our line; a branch that is there and has none is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.data.hash_file import digest_file
from repro_action.errors import PinError, SinkError
from repro_action.files import read_regular
from repro_action.fingerprint import Product
from repro_action.report.bundle import Entry, severity
from repro_action.report.render.badge import badge
from repro_action.sinks.github.branch_api import StoredBlob, blob_name
from repro_action.sinks.github.port import CodeHostError
from repro_action.sinks.protocol import Delivery, Publication
from repro_action.sinks.settings import SinkSettings

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub

MODELS = 500
"""Badges of one branch."""

PLOTS = 20
"""Plots of one publication."""

PLOT = 1 << 20
"""Bytes of a plot; a larger one is left out."""

ATTEMPTS = 3
"""How often a commit is tried while other jobs move the branch."""

_README = "README.md"
_OURS = b"<!-- repro-action:badges:v1 -->"
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,299}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeBranch:
    """Commits what changed of a publication to the branch.

    Attributes:
        connect: makes the way to GitHub.
        branch: its name.
        server: of this GitHub.
        root: of the checkout, where plots are; None for badges alone.
        name: of the sink.
    """

    connect: Callable[[], GitHub]
    branch: str
    server: str
    root: Path | None = None
    name: str = "badges"

    @classmethod
    def of(cls, settings: SinkSettings) -> BadgeBranch:
        """Return the sink for the branch of the settings.

        Raises:
            SinkError: none is named.
        """
        options = settings.options
        if settings.connect is None or options is None or not options.badge_branch:
            raise SinkError("there is no branch for badges")
        return cls(
            connect=settings.connect,
            branch=options.badge_branch,
            server=options.server,
            root=settings.root if options.badge_plots else None,
        )

    def publish(self, publication: Publication) -> Delivery:
        """Make the branch show the publication; one that shows it already is left alone.

        Raises:
            CodeHostError: it could not be made sure; `NotPermitted` names the missing permission.
            SinkError: the branch holds something else.
        """
        host = self.connect()
        made = {**_badges(publication), **self._plots(publication)}
        refused: CodeHostError | None = None
        for _ in range(ATTEMPTS):
            parent = host.head(self.branch)
            present = self._present(host, parent)
            gone = _gone(host, publication.commit, made, present)
            changes = self._changes(made, present, gone, host.repository)
            url = f"{self.server}/{host.repository}/tree/{self.branch}"
            if not changes:
                return Delivery(sink=self.name, url=url, outcome="unchanged")
            message = f"Badges of {publication.commit[:12]}" if publication.commit else "Badges"
            try:
                host.commit_files(changes, branch=self.branch, parent=parent, message=message)
            except CodeHostError as error:
                if error.status not in _MOVED:
                    raise
                refused = error
                continue
            return Delivery(sink=self.name, url=url, outcome="updated" if parent else "created")
        raise refused or CodeHostError("the branch kept moving while it was written")

    def _present(self, host: GitHub, commit: str | None) -> Mapping[str, str]:
        """Return what the branch has.

        Raises:
            SinkError: it is not ours.
        """
        if commit is None:
            return {}
        readme = host.file(_README, commit)
        if readme is None or readme.content.partition(b"\n")[0].strip() != _OURS:
            raise SinkError(
                f"the branch {self.branch} holds something else than badges",
                why=f"Its {_README} is not the one that the action writes; nothing was changed.",
                remedy="Name a branch with `badge-branch` that does not exist yet.",
            )
        return host.tree(commit)

    def _changes(
        self, made: Mapping[str, bytes], present: Mapping[str, str], gone: AbstractSet[str], repository: str
    ) -> dict[str, bytes | StoredBlob | None]:
        """Return the files that differ; of a plot that does, what was there is kept beside it.

        What is to be removed is None.
        """
        badges = {path for path in (*present, *made) if _is_badge(path)} - gone
        address = f"{self.server}/{repository}"
        whole = {**made, _README: _readme(sorted(badges)[:MODELS], address, self.branch)}
        changes: dict[str, bytes | StoredBlob | None] = dict.fromkeys(sorted(gone))
        for path, content in whole.items():
            former = present.get(path)
            if former == blob_name(content):
                continue
            changes[path] = content
            if former is not None and _is_plot(path):
                changes[_BEFORE + path.removeprefix(_NOW)] = StoredBlob(sha=former)
        return changes

    def _plots(self, publication: Publication) -> dict[str, bytes]:
        """Return the pictures that the runs made, as they were verified."""
        if self.root is None:
            return {}
        found: dict[str, bytes] = {}
        for entry in publication.bundle.entries:
            folder = entry.config.rpartition("/")[0]
            for path, product in _pictures(entry):
                content = _picture(self.root, f"{folder}/{path}".lstrip("/"), product)
                if content and len(found) < PLOTS:
                    found[f"{_NOW}{folder}/{path}".replace("//", "/")] = content
        return found


_NOW, _BEFORE = "plots/now/", "plots/before/"
_MOVED = frozenset({409, 422})
"""What GitHub answers where a branch has moved, or was made meanwhile."""


def _is_plot(path: str) -> bool:
    return path.startswith((_NOW, _BEFORE))


def _is_badge(path: str) -> bool:
    return path.endswith(".svg") and not _is_plot(path)


def _gone(
    host: GitHub, commit: str, made: Mapping[str, bytes], present: Mapping[str, str]
) -> AbstractSet[str]:
    """Return the badges whose configuration the commit does not have; none where that cannot be asked."""
    others = {path for path in present if _is_badge(path) and path not in made}
    if not others or not commit:
        return set()
    try:
        files = host.tree(commit)
    except CodeHostError:
        return set()
    return {path for path in others if f"{path.removesuffix('.svg')}.toml" not in files}


def _badges(publication: Publication) -> dict[str, bytes]:
    """Return a badge for each configuration: of several platforms, of the worst verdict."""
    worst: dict[str, Entry] = {}
    for entry in publication.bundle.entries:
        present = worst.get(entry.config)
        if present is None or severity(entry.report.verdict) > severity(present.report.verdict):
            worst[entry.config] = entry
    paths = {config: f"{config.rpartition('.')[0] or config}.svg" for config in worst}
    plain = {config: path for config, path in paths.items() if _PLAIN.fullmatch(path) and not _is_plot(path)}
    return {path: badge(worst[config].report).encode() for config, path in list(plain.items())[:MODELS]}


def _readme(badges: list[str], address: str, branch: str) -> bytes:
    """Return the page of the branch, with what to copy."""
    lines = [f"![{path}]({path}) `![{path[:-4]}]({address}/raw/{branch}/{path})`\n" for path in badges]
    head = (
        f"{_OURS.decode()}\n# Badges\n\nWritten by repro-action on each run of the default branch. To copy:\n"
    )
    return "\n".join([head, *lines]).encode()


def _pictures(entry: Entry) -> Iterator[tuple[str, Product]]:
    platforms = entry.candidate.platforms.values() if entry.candidate is not None else ()
    for fingerprint in platforms:
        for path, product in sorted(fingerprint.products.items()):
            if path.lower().endswith((".png", ".svg")) and _PLAIN.fullmatch(path):
                yield path, product


def _picture(root: Path, path: str, product: Product) -> bytes:
    """Return a picture; empty where it is large, behind a link, or not as the run made it."""
    place = root / path
    try:
        if product.by_tree or place.resolve() != place or place.stat().st_size > PLOT:
            return b""
        content = read_regular(place)
        same = digest_file(place, product.digest.algorithm) == product.digest
    except (OSError, PinError, ValueError):
        return b""
    return content if same and len(content) <= PLOT else b""
