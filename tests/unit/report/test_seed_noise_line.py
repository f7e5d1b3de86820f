# SPDX-License-Identifier: Apache-2.0
"""What a report says of a change beside its seed noise: in cells, and in one line below the metrics."""

import pytest

from repro_action.noise.margin import margin
from repro_action.noise.record import metric_noise
from repro_action.report import numbers
from repro_action.report.model import Comparison, MetricRow, Report, Side, State
from repro_action.report.render.markdown.metric_table import metric_table
from repro_action.report.sections.lead import lead
from repro_action.report.sections.seed_noise import noise_line
from repro_action.verdict import Verdict

SEEDS = range(43, 63)
SIGMA = "\N{GREEK SMALL LETTER SIGMA}"


def row(name="accuracy", delta=-0.0222, *, values=None, stale=False, failed=0, state=State.DIFFERS):
    noise = metric_noise(dict(zip(SEEDS, values or [0.96, 0.98] * 10, strict=False)))
    return MetricRow(
        file="m.json",
        name=name,
        state=state,
        before=0.9778,
        after=0.9778 + delta,
        delta=delta,
        better=delta > 0,
        noise=margin(noise, delta, failed=failed, stale=stale),
    )


def test_one_metric_is_told_with_its_sigmas():
    assert f"1.5 {SIGMA} of seed noise, n = 20: not distinguishable" == noise_line([row()])
    assert noise_line([row(delta=-0.1)]).endswith("n = 20: distinguishable")


def test_several_metrics_are_told_by_kind():
    rows = [row(), row("f1"), row("loss", 0.2), row("size", 1, values=[3.0] * 20)]
    assert noise_line(rows) == (
        f"not distinguishable from another seed ({SIGMA} of seed noise, n = 20): accuracy, f1; "
        "more than another seed does: loss; no seed noise seen: size"
    )


def test_a_metric_that_is_the_same_is_not_told():
    assert "" == noise_line([row(state=State.IDENTICAL)])


def test_a_stale_record_concludes_nothing_anywhere():
    stale = row(stale=True)
    assert "measured with other materials" in noise_line([stale])
    assert "" == numbers.sigmas(stale)


def test_few_trainings_say_the_bar_of_students_t():
    assert f"few trainings: Student's t asks for 2.9 {SIGMA}" in noise_line(
        [row(values=[0.9, 0.91, 0.92, 0.93, 0.94])]
    )


def test_trainings_without_a_value_are_counted():
    assert noise_line([row(failed=2)]).endswith("2 trainings without a value")


@pytest.mark.parametrize(
    ("delta", "expected"), [(-0.0222, f"-0.0222 (1.5 {SIGMA})"), (-99.0, f"-99 (>99 {SIGMA})")]
)
def test_a_cell_holds_the_sigmas(delta, expected):
    assert expected == numbers.delta(row(delta=delta))


def table(*rows):
    sides = (Side(label="main", platform="x86_64-v3"), Side(label="this", platform="x86_64-v3"))
    compared = Comparison(before=sides[0], after=sides[1], metrics=rows)
    report = Report(tool="1", name="wine", verdict=Verdict.CHANGED, headline="", claim=compared)
    return metric_table(lead(report))


def test_a_comment_has_one_line_and_raises_no_alarm_for_luck():
    shown = table(row("`a`|b"), row("f1", -0.5)).replace("\N{NON-BREAKING HYPHEN}", "-").replace("\xa0", " ")
    assert f"| -0.0222 (1.5 {SIGMA}) worse |" in shown
    assert 1 == shown.count("\N{LARGE RED CIRCLE} worse")
    assert shown.endswith(
        f"not distinguishable from another seed ({SIGMA} of seed noise, n = 20): `` `a`|b ``; "
        "more than another seed does: `f1`."
    ), shown
