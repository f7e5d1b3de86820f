# SPDX-License-Identifier: Apache-2.0
"""What a report shows is what its candidate holds: no metric stands for another one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories import make_fingerprint

from repro_action.compare.judge import compare
from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.folded_values import with_few_values
from repro_action.report.build.comparison import comparison
from repro_action.report.consistency import comparison_contradiction
from repro_action.report.model import Comparison, Goal, Side

SIDES = (Side(label="baseline", platform="x86_64-v3"), Side(label="this run", platform="x86_64-v3"))
RULES = {MaterialKind.RULES: {"m.json: metric acc": "goal = max"}}


def run(**edits: float) -> Fingerprint:
    values = {f"m{n:05}": n / 7 for n in range(9_000)}
    return make_fingerprint(materials=RULES, metrics={"m.json": {"acc": 0.1, **values, **edits}})


def shown(before: Fingerprint, after: Fingerprint) -> Comparison:
    return comparison(compare(before, after), before, after, sides=SIDES)


@pytest.mark.parametrize("before", [run(), with_few_values(run())], ids=["listed", "folded"])
def test_metrics_that_are_not_committed_by_value_are_shown_by_name_alone(before: Fingerprint) -> None:
    after = run(acc=0.2, m00001=0.0, m02000=0.0, m08999=0.0)
    found = shown(before, after)
    assert comparison_contradiction(found, with_few_values(after)) == ""
    rows = {row.name: row for row in found.metrics if row.state != "identical"}
    assert {"acc", "m00001"} < set(rows)
    (further,) = (row for row in rows.values() if row.further)
    assert "m02000" in further.name or "at least one of" in further.name
    assert not {"m02000", "m08999"} & set(rows)


def test_a_row_of_a_metric_that_is_not_committed_by_value_is_a_contradiction() -> None:
    after = with_few_values(run())
    found = shown(run(m00001=1.0), run())
    (row,) = (row for row in found.metrics if row.name == "m00001")
    forged = replace(row, name="m08000", after=0.94)
    assert "m08000" in comparison_contradiction(replace(found, metrics=(forged,)), after)


@pytest.mark.parametrize("edit", [{"after": 9_002}, {"after": "0.94"}, {"after": -1}, {"goal": Goal.MAX}])
def test_a_row_for_further_metrics_shows_a_count_alone(edit: dict[str, object]) -> None:
    after = run(m08999=0.0)
    found = shown(with_few_values(run()), after)
    (row,) = (row for row in found.metrics if row.further)
    forged = replace(found, metrics=(replace(row, **edit),))
    assert "the number of metrics" in comparison_contradiction(forged, with_few_values(after))
