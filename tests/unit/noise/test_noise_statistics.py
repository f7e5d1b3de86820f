# SPDX-License-Identifier: Apache-2.0
"""The statistics of seed noise, held to SciPy and NumPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_action.noise import statistics
from repro_action.noise.margin import allowed_change, margin
from repro_action.noise.record import metric_noise

finite = st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 6))


@pytest.mark.parametrize("freedom", [1, 2, 3, 9, 19, 99, 999])
def test_students_t_is_that_of_scipy(freedom):
    stats = pytest.importorskip("scipy.stats")
    for value in (-30.0, -3.0, -0.1, 0.0, 0.2, 4.0):
        assert stats.t.cdf(value, freedom) == pytest.approx(statistics.student_cdf(value, freedom), abs=1e-12)
    for sigmas in (0.5, 1.0, 2.0, 3.0, 6.0):
        expected = -stats.t.ppf(stats.norm.sf(sigmas), freedom)
        assert expected == pytest.approx(statistics.student_bound(sigmas, freedom), rel=1e-7)


@given(st.lists(finite, min_size=2, max_size=50), st.floats(0, 1))
def test_moments_and_quantiles_are_those_of_numpy(values, fraction):
    scale = max(map(abs, values)) or 1.0
    assert np.mean(values) == pytest.approx(statistics.mean(values), abs=1e-12 * scale)
    assert np.std(values, ddof=1) == pytest.approx(statistics.deviation(values), abs=1e-9 * scale)
    assert np.quantile(values, fraction) == pytest.approx(
        statistics.quantile(values, fraction), abs=1e-9 * scale
    )


@given(finite, st.integers(2, 30))
def test_equal_values_have_no_deviation_at_all(value, count):
    assert 0.0 == statistics.deviation([value] * count)


def test_large_values_do_not_overflow():
    assert math.isfinite(statistics.mean([1.7e308, 1.7e308]))
    assert math.isfinite(statistics.deviation([1e308, 1.1e308]))


def test_fewer_draws_set_a_higher_bar():
    bars = [statistics.student_bound(2.0, freedom) for freedom in (1, 4, 19, 999)]
    assert sorted(bars, reverse=True) == bars
    assert 2.0 < bars[-1] < 2.01


def test_null_changes_of_normal_metrics_lie_within_two_sigma():
    """A record of 20 draws covers 95.4 % of null changes on average; each record a little more or less."""
    draws = np.random.default_rng(5)
    inside = [
        abs(np.subtract(*draws.normal(size=2))) <= allowed_change(metric_noise(dict(enumerate(made))), 2.0)
        for made in draws.normal(size=(4000, 20)).tolist()
    ]
    assert 0.945 < np.mean(inside) < 0.963


def test_a_change_is_measured_in_deviations_of_a_difference():
    noise = metric_noise({1: 0.0, 2: 2.0})
    found = margin(noise, -2.0)
    assert (1.0, False) == (pytest.approx(found.sigmas), found.distinguishable)


@pytest.mark.parametrize("delta", [None, math.nan, math.inf])
def test_what_is_no_change_is_not_judged(delta):
    assert margin(metric_noise({1: 0.0, 2: 2.0}), delta).distinguishable is None


def test_a_record_of_other_materials_concludes_nothing():
    assert margin(metric_noise({1: 0.0, 2: 2.0}), 100.0, stale=True).distinguishable is None


def test_values_that_are_missing_or_not_finite_are_named_and_not_counted():
    noise = metric_noise({1: 0.5, 2: None, 3: 0.7})
    assert (2, (2,)) == (noise.count, noise.missing)


def test_one_value_has_no_deviation():
    noise = metric_noise({1: 0.5})
    assert (0.5, None, None) == (noise.mean, noise.deviation, allowed_change(noise, 2.0))
