# SPDX-License-Identifier: Apache-2.0
"""`repro diff A B`: two files, folders, baselines, runs or git revisions, leaf by leaf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from repro_action.codec.baseline import load
from repro_action.compare.judge import compare
from repro_action.config.model import ArtifactRule, Tolerance
from repro_action.digest import Digest
from repro_action.errors import ReproError
from repro_action.files import is_of_kernel
from repro_action.fingerprint import Fingerprint, Product
from repro_action.flows.diff_predictions import DiffPredictions
from repro_action.history import History
from repro_action.predictions.churn import PredictionChurn
from repro_action.readers import same_bytes
from repro_action.report.build.accidental_bytes import accidental_bytes
from repro_action.report.build.comparison import comparison
from repro_action.report.diff_model import DiffReport
from repro_action.report.model import Side
from repro_action.runs.products import as_product, read_or_digest, whole_listing
from repro_action.runs.project import Project

BASELINE = "repro.baseline.json"


class NothingToCompare(ReproError):
    """An operand names nothing that can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffOptions:
    """What the user may ask of a comparison.

    Attributes:
        tolerance: for every numeric leaf.
        platform: class to compare, where baselines hold several; empty for the first they share.
        predictions: compares those of both sides row by row; None not to.
    """

    tolerance: Tolerance
    platform: str = ""
    predictions: DiffPredictions | None = None


def diff(
    directory: Path, left: str, right: str, options: DiffOptions, project: Callable[[], Project]
) -> DiffReport:
    """Compare two operands.

    Each is a path (an artifact, a folder, or a baseline), `@last` for the last run,
    or a git revision whose committed baseline is meant.

    Args:
        directory: that paths start from.
        left: operand of the left side.
        right: operand of the right side.
        options: tolerance, and the platform class of baselines.
        project: opens the project, which `@last` and revisions need.

    Raises:
        NothingToCompare: an operand is none of these, or the two are of different kinds.
    """
    paths = [directory / operand for operand in (left, right)]
    for path, operand in zip(paths, (left, right), strict=True):
        if path.exists() and is_of_kernel(path):
            raise NothingToCompare(
                f"{operand} is not a file on a disk",
                why="Files in /proc, /sys and /dev are made by the kernel when they are read.",
                remedy="Copy what you want to compare into a regular file.",
            )
    if all(path.exists() and not _is_baseline(path) for path in paths):
        return _artifacts(paths[0], paths[1], (left, right), options)
    before, after = (_fingerprints(directory, operand, project) for operand in (left, right))
    shared = [name for name in before if name in after]
    if options.platform:
        shared = [name for name in shared if name == options.platform]
    if not shared:
        raise NothingToCompare(
            "the two have no platform class in common",
            why=f"{left} has {', '.join(before) or 'none'}; {right} has {', '.join(after) or 'none'}.",
        )
    platform = next((name for name in shared if before[name] != after[name]), shared[0])
    found = _compared(before[platform], after[platform], (left, right), options)
    if options.predictions is None:
        return found
    sides = before[platform], after[platform]
    return _with(found, options.predictions.of_fingerprints(*sides, (left, right)))


def _artifacts(left: Path, right: Path, labels: tuple[str, str], options: DiffOptions) -> DiffReport:
    if left.is_dir() != right.is_dir():
        raise NothingToCompare(
            "one is a folder and the other a file", remedy="Compare two files, or two folders."
        )
    identical = left.is_file() and same_bytes(left, right)
    digests = (Digest("bytes", "0" * 8), Digest("bytes", ("0" if identical else "1") * 8))
    if identical:
        # Equal bytes have equal leaves; reading one side for its outline is enough.
        trees = (read_or_digest(left, "blake3", statistics=False),) * 2
    else:
        one, other = (read_or_digest(path, "blake3", statistics=False) for path in (left, right))
        trees = (one, other)
    before, after = (
        _one(as_product(tree, step="", size=_size(path), digest=digest, leaves=whole_listing(tree.root)))
        for tree, path, digest in zip(trees, (left, right), digests, strict=True)
    )
    found = _compared(before, after, labels, options)
    if identical or options.predictions is None:
        return found
    folders = left.is_dir()
    churns = (
        options.predictions.of_folders(left, right)
        if folders
        else options.predictions.of_trees(left, right, trees)
    )
    return _with(found, churns)


def _with(found: DiffReport, churns: tuple[PredictionChurn, ...]) -> DiffReport:
    return replace(found, comparison=replace(found.comparison, predictions=churns))


def _one(product: Product) -> Fingerprint:
    return Fingerprint(
        platform="", steps=(), materials={}, products={"": product}, metrics={}, circumstances={}
    )


def _compared(
    before: Fingerprint, after: Fingerprint, labels: tuple[str, str], options: DiffOptions
) -> DiffReport:
    rules = () if options.tolerance.exact else (ArtifactRule(glob="*", tolerance=options.tolerance),)
    found = compare(before, after, artifacts=rules)
    sides = (
        Side(label=labels[0], platform=before.platform),
        Side(label=labels[1], platform=after.platform),
    )
    return DiffReport(
        comparison=comparison(found, before, after, sides=sides),
        same=found.same,
        within=found.within,
        notes=accidental_bytes(found, dict, unnamed=labels[1]),
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _is_baseline(path: Path) -> bool:
    if not path.is_file() or path.suffix != ".json":
        return False
    with path.open("rb") as file:
        head = file.read(4096)
    # Keys are sorted, so "name" and "platforms" stand first.
    return head.lstrip().startswith(b"{") and b'"platforms"' in head


def _fingerprints(directory: Path, operand: str, project: Callable[[], Project]) -> dict[str, Fingerprint]:
    path = directory / operand
    if path.is_file() and _is_baseline(path):
        return dict(load(path.read_text(encoding="utf-8", errors="surrogateescape"), operand).platforms)
    if path.exists():
        raise NothingToCompare(
            f"{operand} is an artifact, and the other side a baseline or revision",
            remedy="Compare two artifacts or two baselines; `repro verify` compares outputs with one.",
        )
    if operand == "@last":
        opened = project()
        candidate = opened.store.candidate(opened.config.name)
        if candidate is None:
            raise NothingToCompare("there is no finished run", remedy="Run `repro verify` first.")
        return {candidate.platform: candidate}
    if History(directory).commit(operand) is None:
        raise NothingToCompare(
            f"{operand[:200]!r} is neither a file, nor @last, nor a git revision",
            remedy="Check the spelling; revisions must be fetched.",
        )
    baseline = project().baseline_at(operand)
    if baseline is None:
        raise NothingToCompare(f"revision {operand[:200]!r} has no {BASELINE}")
    return dict(baseline.platforms)
