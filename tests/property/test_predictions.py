# SPDX-License-Identifier: Apache-2.0
"""Laws of comparing predictions, for all tables."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_action.predictions.compare import compare_predictions
from repro_action.predictions.decisions import codes, kappa
from repro_action.predictions.table import PredictionTable

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.0, 0.5, 1.0, math.nan]),
    st.text(max_size=3),
)
SCORES = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.integers())


@st.composite
def tables(draw):
    """Two tables over mostly the same keys, which may be repeated or missing."""

    def one():
        rows = draw(st.integers(1, 12))
        keys = st.one_of(st.none(), st.integers(0, 8), st.sampled_from(["a", "7", ""]))
        return PredictionTable(
            rows=rows,
            **{
                name: draw(st.lists(cells, min_size=rows, max_size=rows))
                for name, cells in {"keys": keys, "labels": CELLS, "scores": SCORES, "truth": CELLS}.items()
            },
        )

    return one(), one()


def shuffled(table, order):
    columns = {name: getattr(table, name) for name in ("keys", "labels", "scores", "truth")}
    return replace(table, **{name: [cells[row] for row in order] for name, cells in columns.items()})


@given(tables(), st.randoms())
def test_the_order_of_rows_changes_nothing(pair, random):
    before, after = pair
    order = list(range(after.rows))
    random.shuffle(order)
    found = compare_predictions("p", before, after, key="id", show_rows=True)
    assert found == compare_predictions("p", before, shuffled(after, order), key="id", show_rows=True)


@given(tables())
def test_both_directions_tell_the_same_story(pair):
    there, back = compare_predictions("p", *pair), compare_predictions("p", *pair[::-1])
    assert (there.unmatched_before, there.unmatched_after) == (back.unmatched_after, back.unmatched_before)
    assert bool(there.absent) == bool(back.absent)
    if there.decisions is not None:
        one, other = there.decisions, back.decisions
        assert (one.rows, one.differing, one.kappa) == (other.rows, other.differing, other.kappa)
        assert (one.newly_wrong, one.newly_right) == (other.newly_right, other.newly_wrong)
        assert (one.right_before, one.right_after) == (other.right_after, other.right_before)
        flips = {(flip.before, flip.after, flip.count) for flip in one.flips}
        if not one.further_kinds:
            assert flips == {(flip.after, flip.before, flip.count) for flip in other.flips}
    if there.scores is not None:
        assert there.scores.largest == back.scores.largest
        mirrored = [-value for value in reversed(back.scores.quantiles)]
        assert there.scores.quantiles == pytest.approx(mirrored, rel=1e-9, abs=1e-300)


@given(tables())
def test_every_row_is_counted_once_and_every_flip_is_in_the_sum(pair):
    found = compare_predictions("p", *pair)
    decided = found.decisions
    if decided is not None:
        assert found.rows_before == decided.rows + found.unmatched_before.count
        assert found.rows_after == decided.rows + found.unmatched_after.count
        assert decided.differing == sum(flip.count for flip in decided.flips) + decided.further_rows
        moved = decided.newly_right - decided.newly_wrong
        assert decided.right_after - decided.right_before == moved
        assert decided.newly_wrong + decided.newly_right <= decided.differing


@given(tables())
def test_a_table_beside_itself_has_no_flips(pair):
    found = compare_predictions("p", pair[0], pair[0])
    assert found.absent or (0, 0) == (found.decisions.differing, found.scores.differing)
    assert found.absent or all(math.isfinite(value) for value in found.scores.quantiles)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_kappa_is_that_of_scikit_learn(pairs):
    metrics = pytest.importorskip("sklearn.metrics")
    columns = [[str(value) for value in column] for column in zip(*pairs, strict=True)]
    (before, after), classes = codes(*columns)
    found = kappa(before, after, len(classes))
    if found is None:
        assert 1 == len({*columns[0], *columns[1]})
    else:
        assert metrics.cohen_kappa_score(*columns) == pytest.approx(found, abs=1e-12)
    assert np.int64 == before.dtype
