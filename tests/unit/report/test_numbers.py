# SPDX-License-Identifier: Apache-2.0
"""Enough digits to show a difference, and no more."""

from __future__ import annotations

import math

import pytest

from repro_action.report import numbers
from repro_action.report.model import Magnitude, Measured, MetricRow, State


def _next(value: float, count: int = 1) -> float:
    for _ in range(count):
        value = math.nextafter(value, math.inf)
    return value


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (0.9312, 0.93149, ("0.9312", "0.9315")),
        (0.93, 0.9315, ("0.9300", "0.9315")),
        (0.221, 0.2239, ("0.2210", "0.2239")),
        (0.93124, 0.93116, ("0.93124", "0.93116")),
        (1.00049, 1.00051, ("1.00049", "1.00051")),
        (1.0, 0.9, ("1.0", "0.9")),
        (5, 7, ("5", "7")),
        (5, 7.5, ("5.0", "7.5")),
        (3e-7, 3.1e-7, ("3.0e-07", "3.1e-07")),
        (1e-8, 1.0, ("1e-08", "1")),
        (0.0, 1e-17, ("0", "1e-17")),
        (-0.5, 0.5, ("-0.5", "0.5")),
        (math.nan, 1.0, ("nan", "1")),
        (math.inf, -math.inf, ("inf", "-inf")),
        (12, "x", ("12", '"x"')),
        (None, True, ("null", "true")),
        (0.9312004151515151, _next(0.9312004151515151, 2), ("0.93120041515…", "0.93120041515…")),
        (-1.5e-9, -_next(1.5e-9), ("-1.5e-09", "-1.500000000…e-09")),
    ],
)
def test_a_pair_is_shown_with_the_digits_that_differ(before, after, shown):
    assert shown == numbers.pair(before, after)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (0.1, "0.1"),
        (10**30, "0xc9f2c9cd04674edea40000000"),
        ("a\nb", r'"a\nb"'),
        (None, "null"),
    ],
)
def test_one_value_reads_back_as_itself(value, shown):
    assert shown == numbers.number(value)


def _row(before, after, **fields):
    return MetricRow(
        file="m",
        name="n",
        state=State.DIFFERS,
        before=before,
        after=after,
        **{"delta": after - before, "relative": (after - before) / abs(before) if before else None, **fields},
    )


def test_a_delta_has_sign_and_percent():
    assert numbers.delta(_row(0.9312, 0.9315)) == "+0.0003 (+0.032 %)"
    assert numbers.delta(_row(4, 2)) == "-2 (-50 %)"
    assert numbers.delta(_row(0, 1)) == "+1"
    assert numbers.delta(_row(0, 1, delta=None)) == ""


def test_a_delta_of_many_times_is_a_factor():
    assert numbers.delta(_row(2, 2800)) == "+2798 (\N{MULTIPLICATION SIGN}1400)"
    assert numbers.delta(_row(-2, 2800)) == "+2802 (>1000 %)"


def test_one_value_differs_without_a_count_of_elements():
    magnitude = Magnitude(measured=Measured.ELEMENTS, max_abs=0.1, max_rel=1.0, differing=1, total=1)
    assert numbers.magnitude(magnitude) == "|Δ| 0.1, 100 %"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(1000.0, "1000"), (999.9, "1000"), (1234.5, "1234"), (3.1e-4, "0.00031"), (1e12, "1e+12")],
)
def test_amounts_of_everyday_size_have_no_exponent(amount, shown):
    assert shown == numbers.plain(amount)


def test_a_delta_of_a_few_ulp_says_so():
    assert numbers.delta(_row(0.5, _next(0.5, 2), ulp=2)) == "+2.22e-16 (2 ULP)"


def test_a_delta_of_zero_is_zero():
    assert numbers.delta(_row(0.5, 0.5)) == "0"


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [
        (0.013, "+1.3 %"),
        (-0.00032, "-0.032 %"),
        (12.0, ">1000 %"),
        (-12.0, "<-1000 %"),
        (1.0, "+100 %"),
        (0.996, "+100 %"),
        (0.0, "+0 %"),
    ],
)
def test_percent(fraction, shown):
    assert shown == numbers.percent(fraction)


@pytest.mark.parametrize(
    ("count", "shown"), [(None, "none"), (812, "812 B"), (12_390, "12.1 KiB"), (5 << 40, "5.0 TiB")]
)
def test_size(count, shown):
    assert shown == numbers.size(count)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (12_390, 12_390, "12.1 KiB"),
        (12_390, 12_391, "12.1 KiB (+1 B)"),
        (12_390, 20_000, "12.1 KiB → 19.5 KiB"),
        (None, 20_000, "19.5 KiB"),
        (20_000, None, "19.5 KiB"),
        (None, None, "none"),
    ],
)
def test_sizes(before, after, shown):
    assert shown == numbers.sizes(before, after)


@pytest.mark.parametrize(
    ("amount", "shown"), [(0.44, "0.4 s"), (12.3, "12 s"), (184.2, "3 min 4 s"), (7_500, "2 h 5 min")]
)
def test_seconds(amount, shown):
    assert shown == numbers.seconds(amount)


def test_a_magnitude_from_statistics_is_called_a_bound():
    magnitude = Magnitude(measured=Measured.STATISTICS, max_abs=2.2e-16, total=39)
    assert numbers.magnitude(magnitude) == "max |Δ| ≥ 2.2e-16, from statistics"


def test_ulp_that_say_nothing_to_people_are_left_out():
    magnitude = Magnitude(measured=Measured.ELEMENTS, max_abs=0.5, max_rel=0.25, max_ulp=10**15)
    assert numbers.magnitude(magnitude) == "max |Δ| 0.5, 25 %"


def test_an_unmeasured_magnitude_is_empty():
    assert numbers.magnitude(Magnitude(measured=Measured.STATISTICS)) == ""


@pytest.mark.parametrize("amount", [float("inf"), float("-inf"), float("nan")])
def test_a_duration_that_is_none_is_reported_as_such(amount):
    assert numbers.seconds(amount) == "unknown time"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (0.9312, 0.93149, ("0.9312", "0.9315")),
        (0.5731234567, 0.5731234558, ("0.573123…", "0.573123…")),
        (1.5731234567, 1.5731234558, ("1.57312…", "1.57312…")),
        (-1.5e-9, -_next(1.5e-9), ("-1.5e-09", "-1.50000…e-09")),
        (0.00012345678901, 0.00012345678912, ("0.000123456…", "0.000123456…")),
        (12345678901, 12345678902, ("0x2dfdc1c35", "0x2dfdc1c36")),
        ("a", "b", ('"a"', '"b"')),
        (math.nan, 1.0, ("nan", "1")),
    ],
)
def test_a_brief_number_has_seven_digits_at_most(before, after, shown):
    assert numbers.brief_pair(before, after) == shown


def test_no_line_ends_inside_a_number():
    assert set(" -").isdisjoint(numbers.unbroken("-9.16e-10 (+2 ULP)"))
