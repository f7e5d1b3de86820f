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
        name, same, *others = cells(parting)
        yield Row(parting.artifact, (name, " ".join(filter(None, (bar(parting), same))), *others))


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


def parting_line(parting: TrainingParting, *, picture: bool = False) -> str:
    """Return the same as one line; with a picture of the log at its end where that is wanted."""
    line = " · ".join(filter(None, (*cells(parting), bar(parting) if picture else "")))
    return f"{parting.artifact}: {line}" if parting.artifact else line


def up_to(parting: TrainingParting) -> str:
    """Return up to where the values are the same, such as `the same up to epoch 11`."""
    if parting.index:
        return f"the same up to {_entry(parting, parting.last, parting.index - 1)}"
    return "differs from the start" if not parting.until else "differs soon after the start"


def bar(parting: TrainingParting) -> str:
    """Return a picture of the log: `█` where both are the same, `▒` where that is unknown, `░` from there on.

    Empty where its length is unknown. What is there at all has a place of its own.
    """
    total = parting.entries
    if not total > 1 or not 0 <= parting.index < total:
        return ""
    until = max(parting.until if parting.until is not None else parting.index, parting.index)
    same = min(max(_WIDTH * parting.index // total, int(parting.index > 0)), _WIDTH - 1)
    known = min(max(_WIDTH * until // total, same + int(until > parting.index)), _WIDTH - 1)
    return "█" * same + "▒" * (known - same) + "░" * (_WIDTH - known)


_WIDTH = 16
"""Characters of a picture."""


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
