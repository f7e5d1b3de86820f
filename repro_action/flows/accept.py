# SPDX-License-Identifier: Apache-2.0
"""`repro accept`: the last finished run becomes the baseline of its platform class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, equality_id, fingerprint_id
from repro_action.compare.materials import MaterialDifference
from repro_action.environments.backend import EnvironmentBackend
from repro_action.errors import BaselineError, ForeignBaseline, ReproError
from repro_action.files import write_atomically
from repro_action.fingerprint import Fingerprint
from repro_action.flows.present_materials import compare_now
from repro_action.noise.materials import is_of
from repro_action.runs.project import Project
from repro_action.steps.lock import lock_project

if TYPE_CHECKING:
    from repro_action.archive.archive import Archive, Kept


class NothingToAccept(ReproError):
    """There is no finished run, or its materials are not the current ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What was written.

    Attributes:
        platform: the class whose fingerprint was replaced or added.
        fingerprint: its id.
        changed: whether the file differs from before.
        others: classes that the baseline also holds; they are as they were.
        seen_once: whether the run was not repeated, so that it may be one that does not repeat itself.
        kept: what the archive received; None where nothing was kept.
        stale_noise: whether the noise record of the class is of other materials than the run's.
    """

    platform: str
    fingerprint: str
    changed: bool
    others: tuple[str, ...]
    seen_once: bool = False
    kept: Kept | None = None
    stale_noise: bool = False


def accept(
    project: Project,
    backend: EnvironmentBackend,
    *,
    expected: str = "",
    force: bool = False,
    archive: Archive | None = None,
) -> Accepted:
    """Promote the candidate of the last `verify`, without training again.

    Args:
        project: the project.
        backend: to see whether the materials are still those of the candidate.
        expected: beginning of the fingerprint that the user means; empty for any.
        force: accept although materials changed since.
        archive: receives the products first; None to keep none. Where it cannot, nothing is accepted.

    Raises:
        NothingToAccept: no finished run, another fingerprint, or materials changed since.
        ArchiveError: the products cannot be archived.
    """
    project.store.prepare()
    with lock_project(project.config.state):
        project.recover()
        project.store.sweep()
        candidate = _acceptable(project, backend, expected=expected, force=force)
        before = _existing(project, force=force)
        after = (before or Baseline(name=project.config.name)).accept(candidate)
        renamed = replace(after, name=project.config.name)
        kept = archive.keep(project.config.root, candidate) if archive is not None else None
        path = project.config.baseline_path
        text = dump(renamed)
        changed = before is None or path.read_text(encoding="utf-8", errors="surrogateescape") != text
        if changed:
            write_atomically(path, text, scratch=project.store.folder)
        project.store.keep_products(project.config.root, candidate)
        others = tuple(name for name in renamed.platforms if name != candidate.platform)
        return Accepted(
            platform=candidate.platform,
            fingerprint=fingerprint_id(candidate),
            changed=changed,
            others=others,
            seen_once=project.store.seen_once,
            kept=kept,
            stale_noise=(record := renamed.noise.get(candidate.platform)) is not None
            and not is_of(record, candidate),
        )


def _acceptable(project: Project, backend: EnvironmentBackend, *, expected: str, force: bool) -> Fingerprint:
    candidate = _candidate(project)
    if candidate is None:
        raise NothingToAccept(
            "there is no finished run to accept",
            why="`repro verify` failed, was stopped, was never run, or the last one was of another "
            "configuration.",
            remedy="Run `repro verify` first.",
        )
    identity = fingerprint_id(candidate)
    if expected and not identity.startswith(expected) and not equality_id(candidate).startswith(expected):
        raise NothingToAccept(
            f"the last run has the fingerprint {identity[:12]}, not {expected[:64]}",
            remedy="Run `repro verify` and accept what it reports.",
        )
    if force:
        return candidate
    if project.store.flaky:
        raise NothingToAccept(
            "the last run gave different results when it was repeated",
            why="A baseline made from it could not be reproduced.",
            remedy="Fix what its report names, or accept it anyway with --force.",
        )
    if project.store.refuted:
        raise NothingToAccept(
            "the last run left the record of a search that is false",
            why="With this baseline, each verification would fail for it.",
            remedy="Fix what its report says of the search, and run `repro verify` again; or accept it "
            "anyway with --force.",
        )
    if project.config.evidence.receipts:
        from repro_action.flows.receipts import require_receipts

        require_receipts(project, candidate)
    since = compare_now(project, backend, candidate).differences
    if since:
        raise NothingToAccept(
            f"{_named(since)} changed since the last run",
            why="The baseline would list materials that did not produce these outputs.",
            remedy="Run `repro verify` again, then accept; --force accepts the old run anyway.",
        )
    return candidate


def _candidate(project: Project) -> Fingerprint | None:
    try:
        return project.store.candidate(project.config.name)
    except BaselineError as error:
        error.remedy = "Run `repro verify` again: this file records the last run, and is then rewritten."
        raise


def _existing(project: Project, *, force: bool) -> Baseline | None:
    try:
        return project.baseline()
    except BaselineError as error:
        if force:
            return None
        if isinstance(error, ForeignBaseline):
            raise
        raise BaselineError(
            error.what,
            where=error.where,
            why=error.why,
            remedy="Fix it by hand, or rewrite it with `repro accept --force`, which loses "
            "the fingerprints of other platform classes.",
        ) from error


def _named(differences: tuple[MaterialDifference, ...]) -> str:
    names = [found.name for found in differences[:3]]
    more = len(differences) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
