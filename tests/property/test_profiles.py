"""Laws of profiles, for all columns."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from repro_action.profiles.column import ColumnTally, profile_column
from repro_action.profiles.compose import column_json
from repro_action.profiles.model import COLUMN_BYTES, CROWD

FLOATS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.integers(-3, 3).map(float), st.floats(-1, 1, width=16)
)
COLUMNS = st.lists(FLOATS, max_size=400)
LARGE = st.builds(
    lambda seed, size, scale: np.round(np.random.default_rng(seed).normal(size=size) * scale) / scale,
    st.integers(0, 99),
    st.integers(20, 3000),
    st.sampled_from([1, 10, 1e6]),
)
DETAILS = st.sampled_from(["private", "full"])
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), FLOATS, st.text(max_size=5), st.dates(), st.datetimes()
)


@given(st.one_of(COLUMNS.map(np.array), LARGE), DETAILS)
def test_bins_count_every_value_once_and_exactly(values, detail):
    values = values.astype(float)
    found = profile_column(values, detail=detail)
    present = values[~np.isnan(values)]
    assert len(present) == sum(found.counts) == found.present
    assert list(found.edges) == sorted(set(found.edges))
    assert np.isfinite(found.edges).all()
    if len(present):
        places = np.searchsorted(np.array(found.edges), present, side="left")
        assert list(found.counts) == np.bincount(places, minlength=len(found.counts)).tolist()


@given(st.one_of(COLUMNS.map(np.array), LARGE), DETAILS)
def test_no_bin_and_no_category_shows_fewer_rows_than_a_crowd(values, detail):
    found = profile_column(values.astype(float), detail=detail)
    if len(found.counts) > 1:
        assert all(count == 0 or count >= CROWD for count in found.counts)
    assert all(count == 0 or count >= CROWD for count in found.categories.values())


@given(LARGE)
def test_edges_are_quantiles_by_the_inverted_distribution_function(values):
    found = profile_column(values)
    wanted = np.quantile(values, np.arange(1, 10) / 10, method="inverted_cdf")
    rounded = {float(f"{value:.7g}") + 0.0 for value in wanted}
    if len(values) >= 10 * CROWD:
        assert set(found.edges) <= rounded


@given(st.lists(CELLS, max_size=60), st.randoms(), st.integers(1, 7), DETAILS)
def test_neither_order_nor_pieces_matter(values, random, size, detail):
    whole = profile_column(values, name="a", detail=detail)
    shuffled = list(values)
    random.shuffle(shuffled)
    tally = ColumnTally()
    for start in range(0, len(shuffled), size):
        tally.add_values(shuffled[start : start + size])
    assert whole == tally.finish("a", detail)


@given(st.lists(CELLS, max_size=60), st.text(max_size=200), DETAILS)
def test_any_column_is_profiled_in_a_kilobyte_of_json(values, name, detail):
    found = profile_column(values, name=name, detail=detail)
    text = column_json(found)
    assert len(text) <= COLUMN_BYTES
    assert isinstance(json.loads(text), dict)
    assert (len(values), True) == (found.rows, 0 <= found.missing <= found.rows)
