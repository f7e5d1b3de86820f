# SPDX-License-Identifier: Apache-2.0
"""Which decisions of a model differ: one line for a reader in a hurry, then flips, agreement and scores."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.predictions.churn import (
    PERCENTS,
    ChangedRow,
    ClassFlip,
    DecisionChurn,
    PredictionChurn,
    ScoreChurn,
    UnmatchedRows,
)
from repro_action.report import numbers
from repro_action.report.model import Comparison, Report
from repro_action.report.sections.attention import shown_change
from repro_action.report.sections.rows import Row, RowsSection


def churn_line(churn: PredictionChurn) -> str:
    """Return what a reviewer needs: `same accuracy, 7 of 45 decisions differ (3 newly wrong, 3 newly right)`.

    Of predictions that cannot be compared, the reason.
    """
    if churn.absent:
        return churn.absent
    left = churn.unmatched_before.count + churn.unmatched_after.count
    parts = [
        *([_decided(churn.decisions)] if churn.decisions is not None else []),
        *_scored(churn.scores, churn.decisions),
        *([f"{_rows_text(left)} not compared"] if left else []),
    ]
    return ", ".join(parts)


def _decided(found: DecisionChurn) -> str:
    if not found.differing:
        return f"all {found.rows:,} decisions are the same"
    text = f"{found.differing:,} of {found.rows:,} decisions {_differ(found.differing)}"
    if not found.judged:
        return text
    same = "same accuracy, " if found.right_before == found.right_after else ""
    return f"{same}{text} ({found.newly_wrong:,} newly wrong, {found.newly_right:,} newly right)"


def _scored(found: ScoreChurn | None, decided: DecisionChurn | None) -> Iterator[str]:
    """Say how scores differ, where decisions do not say more."""
    if found is None or (decided is not None and (decided.differing or not found.differing)):
        return
    noun = "values" if decided is None else "scores"
    if not found.differing:
        yield f"all {found.rows:,} {noun} are the same"
        return
    largest = numbers.plain(found.largest)
    yield f"{found.differing:,} of {found.rows:,} {noun} {_differ(found.differing)}, by at most {largest}"


def _differ(count: int) -> str:
    return "differs" if count == 1 else "differ"


def _rows_text(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def churn_rows(churn: PredictionChurn) -> Iterator[Row]:
    """Yield what is known besides the one line, the most telling first."""
    decided = churn.decisions
    if churn.absent:
        return
    if decided is not None:
        yield Row("agreement", (_agreement(decided),))
        if decided.judged:
            text = f"{decided.right_before:,} before, {decided.right_after:,} after, of {decided.judged:,}"
            yield Row("right", (text,))
    if churn.scores is not None:
        yield from _scores(churn.scores)
    for side, left in (("before", churn.unmatched_before), ("after", churn.unmatched_after)):
        if left.count:
            yield Row(f"not compared, {side}", (_unmatched(left),))
    if churn.key or churn.source_before:
        by = f"by {churn.key}; " if churn.key else ""
        found = f"{by}before from {churn.source_before}, after from {churn.source_after}"
        yield Row("rows", (found if churn.source_before else by.removesuffix("; "),))
    yield from (Row("note", (text,)) for text in churn.remarks)
    if decided is not None:
        yield from map(_flip, decided.flips)
        if decided.further_kinds:
            kinds = "kind" if decided.further_kinds == 1 else "kinds"
            text = f"{_rows_text(decided.further_rows)} of {decided.further_kinds:,} further {kinds}"
            yield Row("other flips", (text,))
    yield from (Row(f"row {one.key}", (_changed(one),)) for one in churn.changed_rows)


def _flip(found: ClassFlip) -> Row:
    judged = [
        *([f"{found.newly_wrong:,} newly wrong"] if found.newly_wrong else []),
        *([f"{found.newly_right:,} newly right"] if found.newly_right else []),
    ]
    text = _rows_text(found.count) + (f" ({', '.join(judged)})" if judged else "")
    return Row(f"{found.before} → {found.after}", (text,))


def _agreement(found: DecisionChurn) -> str:
    kappa = f", Cohen's κ {found.kappa:.3f}" if found.kappa is not None else ", one class: κ is not defined"
    # Never rounded to all or nothing.
    share = 100 * found.agreement
    digits = f"{share:.1f}"
    if found.differing and digits == "100.0":
        digits = ">99.9"
    return f"{digits} % of {_rows_text(found.rows)}{kappa}"


def _scores(found: ScoreChurn) -> Iterator[Row]:
    if found.differing and len(found.quantiles) == len(PERCENTS):
        lowest, p05, p25, median, p75, p95, highest = map(numbers.signed, found.quantiles)
        text = (
            f"median {median}, middle half {p25} to {p75}, 5 % to 95 % {p05} to {p95}, all {lowest} to "
            f"{highest} ({found.differing:,} of {found.rows:,} differ)"
        )
        yield Row("score changes", (text,))
    elif found.rows:
        yield Row("score changes", (f"none in {_rows_text(found.rows)}",))
    if found.unscored_before or found.unscored_after:
        text = f"{found.unscored_before:,} before, {found.unscored_after:,} after"
        yield Row("without a finite score", (text,))


def _changed(found: ChangedRow) -> str:
    parts = [f"{found.before} → {found.after}"] if found.before or found.after else []
    if found.score_before is not None and found.score_after is not None:
        one, other = numbers.brief_pair(found.score_before, found.score_after)
        parts.append(f"score {one} → {other}")
    match found.right_before, found.right_after:
        case True, False:
            parts.append("newly wrong")
        case False, True:
            parts.append("newly right")
    return ", ".join(parts)


def _unmatched(left: UnmatchedRows) -> str:
    parts = [
        *([f"{_rows_text(left.alone)} whose key is on this side only"] if left.alone else []),
        *([f"{_rows_text(left.repeated)} whose key occurs more than once"] if left.repeated else []),
        *([f"{_rows_text(left.unkeyed)} without a key"] if left.unkeyed else []),
    ]
    return ", ".join(parts)


def first_churn(compared: Comparison) -> PredictionChurn | None:
    """Return the predictions of which one line is shown: those with the most flips that can be compared."""
    known = [one for one in compared.predictions if not one.absent]
    return max(known, key=_weight, default=None)


def _weight(churn: PredictionChurn) -> tuple[float, float]:
    """Return how telling predictions are: the share of flips, then of other scores."""
    decided, scored = churn.decisions, churn.scores
    flips = 1 - decided.agreement if decided is not None else 0.0
    return flips, scored.differing / scored.rows if scored is not None and scored.rows else 0.0


def _rows(report: Report) -> Iterator[Row]:
    compared = (report.claim, shown_change(report))
    for side in (one for one in compared if one is not None):
        for churn in side.predictions:
            yield Row(f"{churn.path}, against {side.before.label}", (churn_line(churn),))
            yield from churn_rows(churn)


PREDICTIONS = RowsSection(
    name="predictions",
    title="Predictions row by row",
    columns=("predictions", "what differs"),
    rows=_rows,
    rank=14,
    limit=60,
    template="predictions",
)
