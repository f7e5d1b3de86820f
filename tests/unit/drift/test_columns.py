# SPDX-License-Identifier: Apache-2.0
"""What is concluded of columns: effect sizes judge, p-values do not, and too few values conclude nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from repro_action.drift.classifier import tell_apart
from repro_action.drift.column import ColumnState, compare_columns
from repro_action.drift.limits import DriftLimits
from repro_action.drift.profiled import sample_of_profile
from repro_action.drift.raw import RawTable, column_of_texts, matrix, sample
from repro_action.drift.table import DriftAnswer, compare_tables
from repro_action.profiles.column import profile_column

USUAL = DriftLimits()


def cells(values):
    return ["" if value != value else str(value) for value in values]


def normal(n, mean=0.0, seed=1):
    return cells(np.random.default_rng(seed).normal(mean, 1, n))


def column(texts, name="x"):
    return replace(column_of_texts(texts), name=name)


def compared(old, new, limits=USUAL, *, profiled=False, name="x"):
    before = sample_of_profile(profile_column(old, name=name)) if profiled else sample(column(old, name))
    after = sample(column(new, name), like=before.kind, keyed=profiled)
    return compare_columns(name, before, after, limits)


both = pytest.mark.parametrize("profiled", [False, True], ids=["from cells", "from a profile"])


@both
def test_a_shift_that_matters_is_drift_and_one_that_is_merely_sure_is_not(profiled):
    old = normal(40_000)
    tiny = compared(old, normal(40_000, 0.05, seed=2), profiled=profiled)
    assert ColumnState.STABLE is tiny.state
    assert tiny.p_value < 1e-6
    large = compared(old, normal(40_000, 0.5, seed=2), profiled=profiled)
    assert ColumnState.DRIFTED is large.state
    assert {"psi", "ks", "js"} == {one.measure for one in large.distances if one.exceeded}


@both
@pytest.mark.parametrize("rows", [1, 20, 49])
def test_fewer_than_fifty_rows_cannot_tell(rows, profiled):
    found = compared(normal(1000), normal(rows, 9.0, seed=3), profiled=profiled)
    assert (ColumnState.SMALL, (), None) == (found.state, found.distances, found.p_value)


def test_a_distance_that_chance_gives_to_so_few_is_no_drift():
    found = compared(normal(60), normal(60, 0.3, seed=8))
    (d,) = [one for one in found.distances if one.measure == "ks"]
    assert d.value > d.limit
    assert d.floor > d.value
    assert ColumnState.STABLE is found.state


@both
@pytest.mark.parametrize("other", ["2", "4", "-1e300", "inf"])
def test_a_constant_that_becomes_another_is_drift(other, profiled):
    assert ColumnState.STABLE is compared(["3"] * 200, ["3"] * 90, profiled=profiled).state
    assert ColumnState.DRIFTED is compared(["3"] * 200, [other] * 90, profiled=profiled).state


@both
def test_missing_cells_are_compared_by_their_share(profiled):
    full, gaps = normal(500), normal(400, seed=4) + [""] * 100
    assert ColumnState.DRIFTED is compared(full, gaps, profiled=profiled).state
    assert ColumnState.STABLE is compared(gaps, gaps, profiled=profiled).state
    gone = compared(full, [""] * 300, profiled=profiled)
    assert (ColumnState.DRIFTED, "empty") == (gone.state, gone.new_kind)


@both
def test_a_new_category_is_drift_by_its_share(profiled):
    old = ["a"] * 300 + ["b"] * 200
    found = compared(old, ["a"] * 280 + ["b"] * 190 + ["c"] * 30, profiled=profiled)
    assert (ColumnState.DRIFTED, 1) == (found.state, found.added_count)
    assert 0.06 == pytest.approx(found.distance("new_categories").value)
    assert ColumnState.STABLE is compared(old, ["a"] * 299 + ["b"] * 200 + ["c"], profiled=profiled).state
    assert 1 == compared(old, ["a"] * 500, profiled=profiled).gone_count


@both
def test_a_few_texts_among_numbers_are_missing_and_named_and_many_are_another_kind(profiled):
    some = compared(normal(500), normal(480, seed=2) + ["n.a.?"] * 20, profiled=profiled)
    assert (ColumnState.STABLE, 20, 0.04) == (some.state, some.invalid, some.new_missing)
    many = compared(normal(500), ["n.a.?", "none!"] * 250, profiled=profiled)
    assert (ColumnState.KIND_CHANGED, "number", "category") == (many.state, many.kind, many.new_kind)


@both
def test_numbers_that_are_categories_stay_categories(profiled):
    old = ["1", "2", "A"] * 100
    assert ColumnState.STABLE is compared(old, ["1", "2", "A"] * 50, profiled=profiled).state
    found = compared(old, ["1", "2"] * 100, profiled=profiled)
    assert (ColumnState.DRIFTED, "category") == (found.state, found.new_kind)


def test_dates_are_shown_and_judged_where_a_limit_is_written():
    old = [f"2023-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 28)]
    new = [text.replace("2023", "2024") for text in old]
    assert ColumnState.SHOWN is compared(old, new).state
    assert ColumnState.DRIFTED is compared(old, new, DriftLimits(judged=True)).state


@both
def test_identifiers_are_compared_by_their_missing_cells_alone(profiled):
    old, new = [f"id-{n}" for n in range(300)], [f"id-{n}" for n in range(300, 600)]
    found = compared(old, new, profiled=profiled)
    assert (ColumnState.STABLE, ["missing"]) == (found.state, [one.measure for one in found.distances])


@pytest.mark.filterwarnings("error")
@both
@pytest.mark.parametrize(
    "odd",
    [
        ["inf", "-inf", "1"] * 40,
        ["1e308", "-1e308"] * 60,
        ["5e-324", "0"] * 60,
        [str(10**17 + n % 7) for n in range(100)],
        [str(10**40)] * 100,
        [""] * 100,
        ["nan"] * 99 + ["1"],
        ["007", "7", "x"] * 40,
        ["true", "1", "2024-01-01", "x"] * 30,
        ["\u202e", "\x1b[31m", "\ud800"] * 40,
    ],
    ids=[*map(str, range(10))],
)
def test_odd_cells_give_a_named_result(odd, profiled):
    for other in (odd, normal(200), [""] * 200, ["a", "b"] * 100):
        for old, new in ((odd, other), (other, odd)):
            found = compared(old, new, profiled=profiled)
            assert all(np.isfinite([one.value, one.most, one.floor]).all() for one in found.distances)
    assert compared(odd, odd, profiled=profiled).state in {ColumnState.STABLE, ColumnState.SMALL}


def table(**columns):
    made = {name: column(texts, name) for name, texts in columns.items()}
    return RawTable(rows=len(next(iter(columns.values()))), columns=made)


def answer(old, new, **options):
    one, other = ({name: sample(each) for name, each in side.columns.items()} for side in (old, new))
    return compare_tables(one, other, {}, rows=old.rows, new_rows=new.rows, **options)


def test_columns_that_drifted_come_first_the_farthest_first():
    old = table(a=normal(500), b=normal(500, seed=2), c=normal(500, seed=3), d=normal(500))
    new = table(a=normal(500, seed=5), b=normal(500, 0.5, seed=6), c=normal(500, 2.0, seed=7), e=normal(500))
    found = answer(old, new)
    assert ["d", "e", "c", "b", "a"] == [each.name for each in found.columns]
    assert DriftAnswer.DRIFTED is found.answer


def test_adjusted_p_values_are_over_all_columns_that_are_tested():
    old = table(a=normal(500), b=normal(500, seed=2), text=[f"x{n}" for n in range(500)])
    new = table(a=normal(500, 1.0, seed=5), b=normal(500, seed=6), text=[f"y{n}" for n in range(500)])
    found = {each.name: each for each in answer(old, new).columns}
    assert found["a"].q_value == pytest.approx(min(2 * found["a"].p_value, found["b"].p_value))
    assert None is found["text"].q_value


def test_a_limit_of_a_column_is_its_own():
    old, new = table(a=normal(900)), table(a=normal(900, 0.5, seed=5))
    loose = DriftLimits(psi=9, ks=1, js=1)
    samples = [{"a": sample(side.columns["a"])} for side in (old, new)]
    assert DriftAnswer.STABLE is compare_tables(*samples, {"a": loose}, rows=900, new_rows=900).answer


@pytest.mark.parametrize("rows", [0, 1, 49])
def test_a_table_of_few_rows_is_no_pass(rows):
    assert DriftAnswer.UNDECIDED is answer(table(a=normal(500)), table(a=normal(rows, seed=2))).answer


def test_ten_thousand_columns_are_compared():
    rng = np.random.default_rng(4)
    columns = {f"c{n}": cells(rng.normal(size=60)) for n in range(10_000)}
    old = table(**columns)
    new = table(**{**columns, "c77": cells(rng.normal(9, 1, 60))})
    assert ["c77"] == [each.name for each in answer(old, new).drifted]


@pytest.mark.processes  # scikit-learn asks how many cores there are
def test_a_classifier_tells_rows_apart_that_no_column_does():
    rng = np.random.default_rng(1)
    x, other = rng.normal(size=1500), rng.normal(size=1500)
    old = table(x=cells(x), y=cells(x + 0.1 * rng.normal(size=1500)))
    new = table(x=cells(other), y=cells(rng.permutation(other)))
    found = tell_apart(*matrix(["x", "y"], old, new), 0.6)
    assert found.drifted
    assert {"x", "y"} >= {*found.features}
    assert DriftAnswer.STABLE is answer(old, new).answer
    again = tell_apart(*matrix(["x", "y"], old, new), 0.6)
    assert found == again


@pytest.mark.processes
def test_a_classifier_cannot_tell_a_table_from_itself_or_from_its_like():
    rng = np.random.default_rng(2)
    old, new = (table(x=cells(rng.normal(size=800)), c=rng.choice(["a", "b"], 800).tolist()) for _ in "ab")
    assert not tell_apart(*matrix(["x", "c"], old, new), 0.6).drifted
    assert not tell_apart(*matrix(["x", "c"], old, old), 0.6).drifted
    assert "100 rows" in tell_apart(*matrix(["x"], old, table(x=normal(60))), 0.6).skipped
    constant = table(x=["1"] * 500)
    assert "differ" in tell_apart(*matrix(["x"], constant, constant), 0.6).skipped
