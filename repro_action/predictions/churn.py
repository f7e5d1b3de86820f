# SPDX-License-Identifier: Apache-2.0
"""What differs between two files of predictions, as values that a report shows."""

from __future__ import annotations

from dataclasses import dataclass

FLIPS = 10
"""Kinds of flips that are listed, the most frequent first; the others are counted."""

ROWS = 10
"""Rows that are listed where the configuration asks for rows."""

PERCENTS = (0, 5, 25, 50, 75, 95, 100)
"""Of the quantiles of score changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFlip:
    """Rows that one side gives one class and the other side another class.

    Attributes:
        before, after: the classes.
        count: rows.
        newly_wrong, newly_right: of these rows, those that were right and are wrong, and the other way
            round; both 0 where the truth is not known.
    """

    before: str
    after: str
    count: int
    newly_wrong: int = 0
    newly_right: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionChurn:
    """How labels differ, over the rows that both sides have.

    Attributes:
        rows: that were compared.
        differing: of these, those with another label.
        classes: labels that occur on either side.
        kappa: Cohen's; None where both sides give every row one and the same class.
        judged: rows whose truth both sides know and agree on.
        right_before, right_after: of these, those whose label is the truth.
        newly_wrong: that were right and are wrong.
        newly_right: that were wrong and are right.
        flips: the most frequent kinds.
        further_kinds, further_rows: kinds of flips that are not listed, and their rows.
    """

    rows: int
    differing: int
    classes: int
    kappa: float | None = None
    judged: int = 0
    right_before: int = 0
    right_after: int = 0
    newly_wrong: int = 0
    newly_right: int = 0
    flips: tuple[ClassFlip, ...] = ()
    further_kinds: int = 0
    further_rows: int = 0

    @property
    def agreement(self) -> float:
        """The share of rows with the same label, 0 to 1; 1 of no rows."""
        return 1 - self.differing / self.rows if self.rows else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChurn:
    """How scores differ, later minus earlier, over the rows where both are finite numbers.

    Attributes:
        rows: that were compared.
        differing: of these, those with another score.
        largest: of the absolute changes.
        quantiles: of the changes, at `PERCENTS`; none where no row was compared.
        unscored_before, unscored_after: rows whose score is missing, NaN or infinite.
    """

    rows: int
    differing: int
    largest: float = 0.0
    quantiles: tuple[float, ...] = ()
    unscored_before: int = 0
    unscored_after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmatchedRows:
    """Rows of one side that were not compared.

    Attributes:
        alone: whose key the other side does not have.
        repeated: whose key occurs more than once on either side.
        unkeyed: without a key.
    """

    alone: int = 0
    repeated: int = 0
    unkeyed: int = 0

    @property
    def count(self) -> int:
        """All of them."""
        return self.alone + self.repeated + self.unkeyed


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRow:
    """One row whose decision differs, or whose score does where there are no labels.

    Attributes:
        key: of the row, or its number from 1.
        before, after: its labels; empty where there are none.
        score_before, score_after: None where there is none.
        right_before, right_after: None where the truth is not known.
    """

    key: str
    before: str = ""
    after: str = ""
    score_before: float | None = None
    score_after: float | None = None
    right_before: bool | None = None
    right_after: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionChurn:
    """Two versions of one file of predictions.

    Attributes:
        path: of the file.
        absent: why its rows cannot be compared; then nothing else is known.
        rows_before, rows_after: of the files.
        key: column that rows are matched by; empty for their number.
        source_before, source_after: where the two files were found.
        unmatched_before, unmatched_after: rows that were not compared.
        decisions: None where there are no labels.
        scores: None where there are no scores.
        remarks: what a reader should know of how they were compared.
        changed_rows: at most `ROWS`, where the configuration asks for them.
    """

    path: str
    absent: str = ""
    rows_before: int = 0
    rows_after: int = 0
    key: str = ""
    source_before: str = ""
    source_after: str = ""
    unmatched_before: UnmatchedRows = UnmatchedRows()
    unmatched_after: UnmatchedRows = UnmatchedRows()
    decisions: DecisionChurn | None = None
    scores: ScoreChurn | None = None
    remarks: tuple[str, ...] = ()
    changed_rows: tuple[ChangedRow, ...] = ()

    @property
    def same(self) -> bool:
        """Whether rows were compared, and every row is on both sides and the same."""
        unlike = self.decisions is not None and self.decisions.differing
        moved = self.scores is not None and self.scores.differing
        left = self.unmatched_before.count or self.unmatched_after.count
        return not (self.absent or unlike or moved or left)
