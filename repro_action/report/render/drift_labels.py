# SPDX-License-Identifier: Apache-2.0
"""What every medium says of compared data: first lines, a row a column, labelled facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from repro_action.drift.limits import SMALLEST
from repro_action.report.drift_model import (
    ColumnDrift,
    ColumnState,
    Distance,
    DriftAnswer,
    DriftReport,
    RowsCheck,
    TableDrift,
)
from repro_action.report.render.check_labels import LabelledFact
from repro_action.text import few, plural

TITLES = {
    DriftAnswer.STABLE: "no drift",
    DriftAnswer.DRIFTED: "drifted",
    DriftAnswer.UNDECIDED: "cannot tell",
}

HEADS = ("column", "PSI", "KS D", "JS", "missing", "found")
"""Of the table of columns."""

_MEASURES = {"psi": "PSI", "ks": "KS D", "js": "JS", "missing": "missing", "new_categories": "new categories"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow:
    """One line of the table.

    Attributes:
        name: of the column; foreign.
        cells: PSI, D, distance, missing.
        text: what is found.
        exceeded: which of the cells exceed their limit.
        drifted: whether the column has drifted.
    """

    name: str
    cells: tuple[str, str, str, str]
    text: str
    exceeded: tuple[bool, bool, bool, bool]
    drifted: bool


def headline(report: DriftReport, quote: Callable[[str], str] = str) -> str:
    """Return the answer in one sentence, in which names of columns are quoted as a medium does it."""
    moved = report.data.drifted
    match report.answer:
        case DriftAnswer.STABLE:
            return f"{_compared(report.data)}; none moved more than its limit."
        case DriftAnswer.UNDECIDED:
            counts = f"{plural(report.data.new_rows, 'row')} beside {plural(report.data.rows, 'old row')}"
            need = f"{SMALLEST} values a column are needed on each side"
            return f"{counts} cannot tell: {need}, or chance looks like drift."
        case DriftAnswer.DRIFTED:
            named = ", ".join(brief(one, quote) for one in moved[:3]) + (
                f" and {len(moved) - 3} more" if len(moved) > 3 else ""
            )
            if moved:
                return f"{len(moved)} of {_compared(report.data)} moved: {named}."
    if report.predictions is not None and report.predictions.drifted:
        named = ", ".join(brief(one, quote) for one in report.predictions.drifted[:3])
        return f"The data moved less than its limits, the predictions did not: {named}."
    return "No column moved more than its limit alone, but a classifier can tell old rows from new."


def _compared(table: TableDrift) -> str:
    return plural(len(table.columns), "column")


def brief(column: ColumnDrift, quote: Callable[[str], str] = str) -> str:
    """Return a column and the measure that moved most, such as `age (PSI 0.31)`."""
    if column.state is not ColumnState.DRIFTED:
        return f"{quote(column.name)} ({_STATES[column.state]})"
    exceeded = [one for one in column.distances if one.exceeded]
    psi = next((one for one in exceeded if one.measure == "psi"), None)
    first = psi or max(exceeded, key=lambda one: abs(one.value) / max(one.limit, 1e-9))
    return f"{quote(column.name)} ({_measured(first, column)})"


def _measured(one: Distance, column: ColumnDrift) -> str:
    if one.measure == "missing":
        return f"missing {_share(column.missing)} → {_share(column.new_missing)}"
    if one.measure == "new_categories":
        return f"{_share(one.value)} in new categories"
    return f"{_MEASURES[one.measure]} {_amount(one)}"


def _share(value: float) -> str:
    return f"{100 * value:.3g} %"


def _amount(one: Distance) -> str:
    sign = "≥ " if one.most - one.value > 0.005 else ""
    return f"{sign}{one.value:.2f}"


_STATES = {
    ColumnState.ADDED: "a new column",
    ColumnState.REMOVED: "gone",
    ColumnState.KIND_CHANGED: "other values",
    ColumnState.SMALL: "too few values to tell",
    ColumnState.SHOWN: "dates; not judged",
    ColumnState.STABLE: "",
    ColumnState.DRIFTED: "drifted",
}


def rows(table: TableDrift) -> Iterator[ColumnRow]:
    """Yield a line a column, in the order of the table."""
    for column in table.columns:
        found = tuple(column.distance(measure) for measure in ("psi", "ks", "js", "missing"))
        cells = tuple(_amount(one) if one is not None else "" for one in found[:3])
        missing = _missing(column)
        exceeded = tuple(one is not None and one.exceeded for one in found)
        yield ColumnRow(
            name=column.name,
            cells=(cells[0], cells[1], cells[2], missing),
            text=_text(column),
            exceeded=(exceeded[0], exceeded[1], exceeded[2], exceeded[3]),
            drifted=column in table.drifted,
        )


def _missing(column: ColumnDrift) -> str:
    if column.state in {ColumnState.ADDED, ColumnState.REMOVED}:
        return ""
    before, after = _share(column.missing), _share(column.new_missing)
    return before if before == after else f"{before} → {after}"


def _text(column: ColumnDrift) -> str:
    parts = []
    if column.state is ColumnState.KIND_CHANGED:
        parts.append(f"{column.kind} → {column.new_kind}")
    elif column.state is ColumnState.DRIFTED:
        new = column.distance("new_categories")
        parts += [_measured(new, column)] if new is not None and new.exceeded else []
        parts = parts or ["drifted"]
    elif _STATES[column.state]:
        parts.append(_STATES[column.state])
    if column.invalid:
        parts.append(f"{plural(column.invalid, 'cell')} not a number")
    if column.added:
        parts.append(f"new: {few(column.added)}")
    elif column.added_count and column.state is not ColumnState.DRIFTED:
        parts.append(f"{column.added_count} new")
    if column.gone:
        parts.append(f"gone: {few(column.gone)}")
    elif column.gone_count:
        parts.append(f"{column.gone_count} gone")
    if column.q_value is not None and column.state in {ColumnState.DRIFTED, ColumnState.STABLE}:
        parts.append(_probability(column.q_value))
    return " · ".join(parts)


def _probability(value: float) -> str:
    return f"p {value:.2g}" if value >= 1e-4 else "p < 0.0001"


def facts(report: DriftReport) -> Iterator[LabelledFact]:
    """Yield what was compared, how, and what else is to be known."""
    data = report.data
    kept = "its profile in the baseline" if report.from_profile else "the file"
    yield LabelledFact("new", f"{report.subject} · {plural(data.new_rows, 'row')}")
    yield LabelledFact("old", f"{report.against} · {plural(data.rows, 'row')} · {kept}")
    if report.together is not None:
        yield LabelledFact("whole rows", together(report.together))
    if report.expected:
        yield LabelledFact("live only", f"{few(report.expected)}: of the monitoring, not compared")
    floor = _floor(data)
    if floor:
        yield LabelledFact("sample size", floor)
    if any(column.p_value is not None for column in data.columns):
        yield LabelledFact(
            "p", "that nothing changed, adjusted over all columns (Benjamini-Hochberg); it judges nothing"
        )
    for note in report.notes:
        yield LabelledFact("note", note)


def together(check: RowsCheck) -> str:
    """Return what a classifier says."""
    if check.skipped:
        return f"not asked: {check.skipped}"
    features = f"; it goes by {', '.join(check.features)}" if check.features else ""
    answer = "a classifier tells old from new" if check.drifted else "a classifier cannot tell old from new"
    chance = f"by chance up to {check.null_band:.2f}, limit {check.limit:g}"
    return f"{answer}: AUC {check.auc:.2f}, {chance}{features}"


def _floor(table: TableDrift) -> str:
    """Say which distance is needed where the rows are too few for the limit alone."""
    above = [
        one
        for column in table.columns
        for one in column.distances
        if one.measure == "ks" and one.floor > one.limit
    ]
    if not above:
        return ""
    worst = max(above, key=lambda one: one.floor)
    return f"with so few values a D up to {worst.floor:.2f} can be chance; the limit is {worst.limit:g}"
