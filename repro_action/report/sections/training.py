# SPDX-License-Identifier: Apache-2.0
"""Where two trainings part: up to which step the values of a log are the same."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.compare.parting import TrainingParting
from repro_action.report.model import Report
from repro_action.report.numbers import number
from repro_action.report.sections.rows import Row, RowsSection
from repro_action.tree import Scalar


def _rows(report: Report) -> Iterator[Row]:
    for parting in report.claim.partings if report.claim is not None else ():
        yield Row(parting.artifact, cells(parting))


def cells(parting: TrainingParting) -> tuple[str, ...]:
    """Return what is said of one log: its values, up to where they are the same, and where they differ."""
    return (
        parting.name,
        up_to(parting),
        _first_difference(parting),
        "two runs of the same materials" if parting.repeated else "",
    )


def _first_difference(parting: TrainingParting) -> str:
    if parting.until is not None:
        return f"not the same at {_entry(parting, parting.until_at, parting.until)}"
    entry = _entry(parting, parting.at, parting.index)
    return f"{entry}: {_text(parting.before)} → {_text(parting.after)}{_ulp(parting.ulp)}"


def parting_line(parting: TrainingParting) -> str:
    """Return the same as one line."""
    line = " · ".join(filter(None, cells(parting)))
    return f"{parting.artifact}: {line}" if parting.artifact else line


def up_to(parting: TrainingParting) -> str:
    """Return up to where the values are the same, such as `the same up to epoch 11`."""
    if parting.index:
        return f"the same up to {_entry(parting, parting.last, parting.index - 1)}"
    return "differs from the start" if not parting.until else "differs soon after the start"


def _entry(parting: TrainingParting, said: Scalar, index: int) -> str:
    if parting.unit and said is not None:
        return f"{parting.unit.replace('_', ' ')} {number(said)}"
    return f"entry {index + 1}"


def _text(value: Scalar) -> str:
    # All digits: two trainings begin to part in the last one.
    return repr(value) if isinstance(value, float) else number(value)


def _ulp(ulp: int | None) -> str:
    return f" ({ulp} ULP)" if ulp is not None and ulp <= _NEAR else ""


_NEAR = 1_000_000
"""Units in the last place beyond which a distance says nothing more."""

TRAINING = RowsSection(
    name="training",
    title="Where the trainings part",
    columns=("log", "values", "", "first difference", "between"),
    rows=_rows,
    rank=15,
    label="training",
)
