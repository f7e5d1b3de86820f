# SPDX-License-Identifier: Apache-2.0
"""Predictions of two fingerprints, row by row, where the bytes of both can be had."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from repro_action import reading
from repro_action.config.model import LimitsConfig
from repro_action.config.prediction_config import PredictionConfig
from repro_action.errors import ReproError
from repro_action.fingerprint import Fingerprint
from repro_action.predictions.churn import PredictionChurn
from repro_action.predictions.compare import compare_predictions
from repro_action.predictions.from_tree import prediction_table
from repro_action.predictions.table import PredictionsRefused
from repro_action.readers.protocol import ReadOptions
from repro_action.report.model import Comparison
from repro_action.runs.product_copies import ProductCopies
from repro_action.runs.project import Project
from repro_action.tree import Tree

MOST = 20
"""Files of predictions that are compared."""


def churns(
    project: Project, before: Fingerprint, after: Fingerprint, *, commits: tuple[str, str] = ("", "")
) -> tuple[PredictionChurn, ...]:
    """Compare the declared predictions of two fingerprints that are not the same on both sides.

    Args:
        project: whose configuration declares them.
        before: the older fingerprint.
        after: the newer one.
        commits: that may have each side's files in their tree; empty for none.
    """
    differing = [one for one in project.config.predictions[:MOST] if _differs(one.path, before, after)]
    if not differing:
        return ()
    with tempfile.TemporaryDirectory(prefix="repro-predictions-") as folder:
        copies = ProductCopies(project=project, into=Path(folder))
        return tuple(_churn(copies, one, before, after, commits) for one in differing)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPredictions:
    """Two baselines whose predictions are compared once a run is over: it may write those of the newer one.

    Attributes:
        project: whose baselines they are.
        before: of the base, as it was before the run.
        after: of the commit that is checked out, likewise.
        commits: of both.
    """

    project: Project
    before: Fingerprint
    after: Fingerprint
    commits: tuple[str, str]

    @classmethod
    def of(cls, project: Project, change: Comparison) -> ChangedPredictions | None:
        """Read both baselines; None where a side has none of the class that was compared.

        Raises:
            BaselineError: either baseline cannot be read.
        """
        old, new = project.baseline_at(change.before.revision), project.baseline()
        before = old.platforms.get(change.before.platform) if old is not None else None
        after = new.platforms.get(change.after.platform) if new is not None else None
        if before is None or after is None:
            return None
        commits = (change.before.revision, change.after.revision)
        return cls(project=project, before=before, after=after, commits=commits)

    def beside(self, change: Comparison) -> Comparison:
        """Return the comparison of the two with that of their predictions."""
        return replace(
            change, predictions=churns(self.project, self.before, self.after, commits=self.commits)
        )


def _differs(path: str, before: Fingerprint, after: Fingerprint) -> bool:
    old, new = before.products.get(path), after.products.get(path)
    return old is not None and new is not None and old.digest != new.digest


def _churn(
    copies: ProductCopies,
    declared: PredictionConfig,
    before: Fingerprint,
    after: Fingerprint,
    commits: tuple[str, str],
) -> PredictionChurn:
    sides = [
        copies.find(fingerprint, declared.path, commit=commit)
        for fingerprint, commit in zip((before, after), commits, strict=True)
    ]
    old, new = sides
    missing = [
        f"{side} side: {found.source}"
        for side, found in zip(("older", "newer"), sides, strict=True)
        if found.place is None
    ]
    if old.place is None or new.place is None:
        said = f"the rows cannot be compared, because a baseline keeps digests only. {'. '.join(missing)}"
        return PredictionChurn(path=declared.path, absent=said)
    found = churn_of_files(declared, (old.place, new.place), copies.project.config.limits)
    return replace(found, source_before=old.source, source_after=new.source)


def churn_of_files(
    declared: PredictionConfig, files: tuple[Path, Path], limits: LimitsConfig | None = None
) -> PredictionChurn:
    """Compare two files of predictions, the older one first.

    Args:
        declared: their columns.
        files: to read.
        limits: of reading them; the defaults where None.
    """
    options = ReadOptions(statistics=False)
    bounds = reading.ReadingLimits.of(limits or LimitsConfig())
    try:
        before, after = (reading.read(file, options, limits=bounds) for file in files)
    except ReproError as error:
        return PredictionChurn(path=declared.path, absent=f"the rows cannot be compared: {error.what}")
    return churn_of_trees(declared, (before, after))


def churn_of_trees(declared: PredictionConfig, trees: tuple[Tree, Tree]) -> PredictionChurn:
    """Compare two files of predictions that were read, the older one first."""
    try:
        before, after = (prediction_table(tree, declared) for tree in trees)
    except (PredictionsRefused, ReproError) as error:
        why = error.what if isinstance(error, ReproError) else str(error)
        return PredictionChurn(path=declared.path, absent=f"the rows cannot be compared: {why}")
    found = compare_predictions(declared.path, before, after, key=declared.key, show_rows=declared.show_rows)
    return replace(found, absent=f"the rows cannot be compared: {found.absent}") if found.absent else found
