# SPDX-License-Identifier: Apache-2.0
"""Distances and p-values against SciPy's own, and against values worked out by hand."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from scipy.spatial.distance import jensenshannon

from repro_action.drift import chance, distances

VALUES = st.lists(
    st.floats(allow_nan=False, width=32) | st.integers(-3, 3).map(float), min_size=1, max_size=60
).map(lambda values: np.sort(np.array(values)) + 0.0)
COUNTS = st.lists(st.integers(0, 1000), min_size=2, max_size=12)


@given(VALUES, VALUES)
def test_d_is_that_of_scipy(old, new):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of its p-value, of which nothing is used
        expected = stats.ks_2samp(old, new, method="asymp").statistic
    assert expected == pytest.approx(distances.ks_distance(old, new), abs=1e-12)


@given(VALUES, VALUES, st.integers(2, 10))
def test_bounds_of_d_from_counts_enclose_it_and_are_no_wider_than_a_bin(old, new, bins):
    edges = distances.decile_edges(old, bins)
    counts = distances.bin_counts(old, edges)
    lower, upper = distances.ks_bounds(edges, counts, new)
    exact = distances.ks_distance(old, new)
    assert lower - 1e-12 <= exact <= upper + 1e-12
    assert upper - lower <= counts.max() / counts.sum() + 1e-12


@given(VALUES, VALUES)
def test_bounds_of_d_from_counts_on_both_sides_enclose_it(old, new):
    sides = []
    for values in (old, new):
        edges = distances.decile_edges(values)
        sides.append((edges, distances.bin_counts(values, edges)))
    lower, upper = distances.ks_bounds_of_counts(*sides)
    assert lower - 1e-12 <= distances.ks_distance(old, new) <= upper + 1e-12


@given(VALUES)
def test_bins_have_every_value_and_a_heavy_value_has_its_own(values):
    edges = distances.decile_edges(values)
    counts = distances.bin_counts(values, edges)
    assert (len(values), len(edges) + 1) == (counts.sum(), len(counts))
    assert (np.diff(edges) > 0).all()
    heaviest = max(np.unique(values, return_counts=True)[1])
    if heaviest > 2 * len(values) / distances.BINS:
        assert heaviest in counts.tolist()


@given(COUNTS, st.data())
def test_distances_of_shares_are_those_of_scipy_and_symmetric(old, data):
    new = data.draw(st.lists(st.integers(0, 1000), min_size=len(old), max_size=len(old)))
    old, new = np.array([*old, 1]), np.array([*new, 1])
    js, psi = (each(old, new) for each in (
        distances.jensen_shannon_distance, distances.population_stability_index))  # fmt: skip
    assert jensenshannon(old, new, base=2) == pytest.approx(js, abs=1e-7)
    p, q = (old + 0.5)[old + new > 0], (new + 0.5)[old + new > 0]
    p, q = p / p.sum(), q / q.sum()
    assert stats.entropy(p, q) + stats.entropy(q, p) == pytest.approx(psi, abs=1e-9)
    assert psi == pytest.approx(distances.population_stability_index(new, old), abs=1e-12)
    assert 0.0 == distances.population_stability_index(old, old)


def test_the_index_of_two_bins_is_what_a_hand_works_out():
    # Shares 100.5 and 300.5 of 401 beside 200.5 of 401 twice: half a cell is added to each.
    p, q = 100.5 / 401, 0.5
    expected = (q - p) * math.log(q / p) + (p - q) * math.log((1 - q) / (1 - p))
    assert expected == pytest.approx(
        distances.population_stability_index(np.array([100, 300]), np.array([200, 200]))
    )


@given(st.floats(0.01, 4))
def test_the_kolmogorov_distribution_is_that_of_scipy(lam):
    assert special.kolmogorov(lam) == pytest.approx(chance.kolmogorov_tail(lam), abs=1e-12)


@given(st.floats(0, 200), st.integers(1, 120))
def test_the_chi_square_distribution_is_that_of_scipy(statistic, freedom):
    assert stats.chi2.sf(statistic, freedom) == pytest.approx(
        chance.chi_square_tail(statistic, freedom), abs=1e-11
    )


@given(st.lists(st.integers(0, 60), min_size=2, max_size=8), st.data())
def test_the_test_of_categories_is_that_of_scipy(old, data):
    new = data.draw(st.lists(st.integers(0, 60), min_size=len(old), max_size=len(old)))
    table = np.array([[*old, 5], [*new, 7]])
    there = table[:, table.sum(axis=0) > 0]
    if there.shape[1] < 2:
        assert 1.0 == chance.chi_square_p_value(*table)
        return
    assert stats.chi2_contingency(there, correction=False).pvalue == pytest.approx(
        chance.chi_square_p_value(*table), abs=1e-10
    )


@given(st.lists(st.floats(0, 1), max_size=40))
def test_adjusted_p_values_are_those_of_scipy(p_values):
    expected = stats.false_discovery_control(p_values).tolist() if p_values else []
    assert expected == pytest.approx(list(chance.adjusted(p_values)), abs=1e-12)


@pytest.mark.parametrize(("n", "m"), [(50, 50), (80, 2000), (1000, 1000)])
def test_chance_seldom_exceeds_its_floor(n, m):
    rng = np.random.default_rng(n)
    above = {"ks": 0, "psi": 0, "js": 0}
    for _ in range(400):
        old, new = np.sort(rng.normal(size=n)), np.sort(rng.normal(size=m))
        edges = distances.decile_edges(old)
        counts = [distances.bin_counts(values, edges) for values in (old, new)]
        bins = len(edges) + 1
        above["ks"] += distances.ks_distance(old, new) > chance.ks_floor(n, m, 0.01)
        above["psi"] += distances.population_stability_index(*counts) > chance.psi_floor(n, m, bins, 0.01)
        above["js"] += distances.jensen_shannon_distance(*counts) > chance.js_floor(n, m, bins, 0.01)
    assert all(count <= 14 for count in above.values()), above
