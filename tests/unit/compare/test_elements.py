# SPDX-License-Identifier: Apache-2.0
"""Two leaves, element by element."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from repro_action.compare.elements import PIECE, compare_elements, within
from repro_action.config.model import Tolerance
from repro_action.readers.arrays import (
    array_leaf,
    bytes_leaf,
    number_leaf,
    stream_leaf,
    text_array_leaf,
    text_leaf,
)
from repro_action.readers.protocol import BytesSource, ReadContext
from repro_action.tree import Kind

CONTEXT = ReadContext()


def leaf(values, dtype="<f8"):
    return array_leaf(np.array(values, dtype), CONTEXT)


def bare(value):
    """A leaf as a baseline keeps it: without content."""
    return dataclasses.replace(value, payload=None)


def bfloat16(values):
    raw = (np.array(values, "<f4").view("<u4") >> 16).astype("<u2").tobytes()
    return stream_leaf(
        BytesSource("x", raw),
        offset=0,
        nbytes=len(raw),
        dtype="bfloat16",
        shape=(len(values),),
        context=CONTEXT,
    )


def test_figures_of_an_array():
    found = compare_elements(leaf([[1.0, 2.0], [4.0, 0.0]]), leaf([[1.0, 2.5], [3.0, 0.0]]))
    assert (4, 2, 0.5) == (found.total, found.differing, found.fraction)
    assert (1.0, 0.25) == (found.max_abs, found.max_rel)
    assert ("[0, 1]", (2.0, 2.5)) == (found.first_index, found.first_values)
    assert ("[1, 0]", (4.0, 3.0)) == (found.largest_index, found.largest_values)


def test_nothing_differs_in_equal_leaves():
    assert compare_elements(leaf([1.0]), leaf([1.0])) is None
    assert compare_elements(text_leaf("a", CONTEXT), text_leaf("a", CONTEXT)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (leaf([1.0]), leaf([1.0], "<f4")),
        (leaf([1.0]), leaf([[1.0]])),
        (leaf([1.0]), bare(leaf([2.0]))),
        (bare(leaf([1.0])), leaf([2.0])),
        (leaf([1.0]), text_leaf("x", CONTEXT)),
    ],
    ids=["dtype", "shape", "candidate without content", "baseline without content", "kind"],
)
def test_what_cannot_be_walked_side_by_side_has_no_figures(one, other):
    assert compare_elements(one, other) is None


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8"])
def test_neighbours_are_one_unit_apart(dtype):
    values = np.array([1.0, -1.0, 65504.0 if dtype == "<f2" else 1e30, 0.0], dtype)
    assert (
        1
        == compare_elements(
            leaf(values, dtype), leaf(np.nextafter(values, np.array(0.5, dtype)), dtype)
        ).max_ulp
    )


def test_neighbours_across_zero_are_counted_through_it():
    tiny = np.nextafter(0.0, 1.0)
    assert 2 == compare_elements(leaf([-tiny]), leaf([tiny])).max_ulp


def test_bfloat16_has_its_own_units():
    found = compare_elements(bfloat16([1.0]), bfloat16([1.0 + 2**-7]))
    assert (1, 2**-7) == (found.max_ulp, found.max_abs)


def test_the_ends_of_the_range_lie_apart_without_overflow():
    top = np.finfo("<f8").max
    assert 2 * np.float64(top).view("u8") == compare_elements(leaf([-top]), leaf([top])).max_ulp
    assert 2.0**64 == compare_elements(leaf([-(2**63)], "<i8"), leaf([2**63 - 1], "<i8")).max_abs


def test_zeros_of_either_sign_differ_by_nothing():
    found = compare_elements(leaf([0.0, 1.0]), leaf([-0.0, 1.0]))
    assert (1, 0.0, 0) == (found.differing, found.max_abs, found.max_ulp)
    assert within(leaf([0.0]), leaf([-0.0]), Tolerance(atol=1e-300))
    assert not within(leaf([0.0]), leaf([-0.0]), Tolerance())


@pytest.mark.parametrize(
    "pair", [(math.nan, 1.0), (1.0, math.nan), (math.inf, 1.0), (math.inf, -math.inf), (1.0, math.inf)]
)
def test_nan_and_infinity_lie_infinitely_far_from_numbers(pair):
    one, other = leaf([pair[0]]), leaf([pair[1]])
    assert math.inf == compare_elements(one, other).max_abs
    assert within(one, other, Tolerance(atol=1e308, rtol=1e308, max_ulp=2**63)) is False


def test_nan_of_the_same_bits_is_the_same():
    assert within(leaf([math.nan, 1.0]), leaf([math.nan, 1.1]), Tolerance(atol=0.2)) is True


def test_nan_of_other_bits_is_another():
    other = leaf(np.array([0x7FF8000000000001], "<u8").view("<f8"))
    found = compare_elements(leaf([math.nan]), other)
    assert (1, math.inf, None) == (found.differing, found.max_abs, found.max_ulp)
    assert within(leaf([math.nan]), other, Tolerance(atol=1)) is False


def test_relative_difference_leaves_out_a_baseline_of_zero():
    found = compare_elements(leaf([0.0, 2.0]), leaf([1.0, 2.5]))
    assert (1.0, 0.25) == (found.max_abs, found.max_rel)
    assert compare_elements(leaf([0.0]), leaf([1.0])).max_rel is None


def test_complex_numbers_are_compared_by_modulus():
    found = compare_elements(leaf([1 + 0j, 0], "<c16"), leaf([4 + 4j, 0], "<c16"))
    assert (1, 5.0, "[0]") == (found.differing, found.max_abs, found.first_index)
    assert within(leaf([1j], "<c8"), leaf([1.25j], "<c8"), Tolerance(atol=0.25)) is True


@pytest.mark.parametrize(
    ("one", "other", "first"),
    [
        (leaf(["a", "b"], "<U3"), leaf(["a", "c"], "<U3"), ("b", "c")),
        (leaf([True, False], "?"), leaf([True, True], "?"), (False, True)),
        (leaf(["2020", "2021"], "<M8[Y]"), leaf(["2020", "2022"], "<M8[Y]"), ("2021", "2022")),
        (text_array_leaf(["a", "b\nc"], CONTEXT), text_array_leaf(["a", "x"], CONTEXT), ("b\\nc", "x")),
    ],
    ids=["texts of fixed length", "booleans", "times", "texts"],
)
def test_what_is_no_number_has_counts_but_no_distance(one, other, first):
    found = compare_elements(one, other)
    assert (2, 1, None, "[1]", first) == (
        found.total, found.differing, found.max_abs, found.first_index, found.first_values,
    )  # fmt: skip
    assert within(one, other, Tolerance(atol=1e9)) is False


def test_structures_are_compared_as_wholes():
    dtype = [("a", "<i4"), ("b", "<f8")]
    found = compare_elements(leaf([(1, 2), (3, 4)], dtype), leaf([(1, 2), (3, 5)], dtype))
    assert (1, "[1]") == (found.differing, found.first_index)


def test_texts_tell_the_first_line_that_differs():
    found = compare_elements(text_leaf("a\nb\nc", CONTEXT), text_leaf("a\nx\nc", CONTEXT))
    assert ("line 2", ("b", "x")) == (found.first_index, found.first_values)


@pytest.mark.parametrize("ahead", ["", "a" * 15, "a" * 16, "é" * 500, "a" * (PIECE - 3)])
@pytest.mark.parametrize("behind", ["", "z" * 10, "z" * 500])
def test_the_excerpt_shows_the_difference_and_not_the_equal_ends(ahead, behind):
    one, other = (
        text_leaf(f"first\n{ahead}{time}{behind}\nlast", CONTEXT) for time in ("13:02:11", "13:05:47")
    )
    found = compare_elements(one, other)
    left, right = found.first_values
    assert "13:02:11" in left
    assert "13:05:47" in right
    assert max(len(left), len(right)) <= 48
    assert "\ufffd" not in left


def test_a_text_that_goes_on_differs_where_the_other_ends():
    assert (
        "line 3" == compare_elements(text_leaf("a\nb\n", CONTEXT), text_leaf("a\nb\nc", CONTEXT)).first_index
    )
    whole = "x\n" * (PIECE // 2)
    assert (
        f"line {PIECE // 2 + 1}"
        == compare_elements(text_leaf(whole, CONTEXT), text_leaf(whole + "y", CONTEXT)).first_index
    )


def test_bytes_tell_the_first_byte_that_differs():
    data = bytes(3 * PIECE)
    changed = bytearray(data)
    changed[2 * PIECE + 5] = 1
    assert (
        f"byte {2 * PIECE + 5}"
        == compare_elements(bytes_leaf(data, CONTEXT), bytes_leaf(changed, CONTEXT)).first_index
    )


def test_large_arrays_are_walked_in_pieces():
    values = np.arange(PIECE, dtype="<f8").reshape(-1, 64)
    changed = values.copy()
    changed[-1, -1], changed[3, 7] = -1.0, 0.0
    found = compare_elements(leaf(values), leaf(changed))
    assert (2, "[3, 7]", f"[{len(values) - 1}, 63]") == (
        found.differing,
        found.first_index,
        found.largest_index,
    )


def test_tolerance_is_relative_to_the_baseline():
    assert within(leaf([100.0]), leaf([109.0]), Tolerance(rtol=0.09)) is True
    assert within(leaf([109.0]), leaf([100.0]), Tolerance(rtol=0.08)) is False


def test_either_of_distance_and_units_may_allow_an_element():
    one, other = leaf([1e-30, 1.0]), leaf([2e-30, np.nextafter(1.0, 2.0)])
    assert within(one, other, Tolerance(max_ulp=1)) is False
    assert within(one, other, Tolerance(max_ulp=1, atol=1e-29)) is True


NUMBERS = [
    (1, 2, Tolerance(atol=1), True),
    (1, 2, Tolerance(atol=0.5), False),
    (1, 1.0, Tolerance(atol=1e-9), True),
    (2**53, 2**53 + 1, Tolerance(atol=0.5), False),
    (2**70, 2**70 + 1, Tolerance(atol=1), True),
    (10**400, 10**400 + 2, Tolerance(atol=1), False),
    (1.0, math.nextafter(1.0, 2.0), Tolerance(max_ulp=1), True),
    (1.0, math.nan, Tolerance(atol=1e9), False),
    (math.inf, -math.inf, Tolerance(rtol=1e9), False),
    (math.nan, math.nan, Tolerance(atol=1), True),
    (1j, 2j, Tolerance(atol=9), None),
    (True, False, Tolerance(atol=9), False),
    (1, 2, Tolerance(), False),
]


@pytest.mark.parametrize(("one", "other", "tolerance", "expected"), NUMBERS)
def test_numbers_are_decided_by_their_value(one, other, tolerance, expected):
    leaves = [bare(number_leaf(value, CONTEXT)) for value in (one, other)]
    assert expected is within(*leaves, tolerance)


def test_figures_of_numbers():
    found = compare_elements(number_leaf(2.0, CONTEXT), number_leaf(2.5, CONTEXT))
    assert (1, 0.5, 0.25, 2**50) == (found.differing, found.max_abs, found.max_rel, found.max_ulp)
    assert compare_elements(number_leaf(1, CONTEXT), number_leaf(3, CONTEXT)).max_ulp is None


def decided(one, other, tolerance):
    return within(bare(leaf(one)), bare(leaf(other)), tolerance)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1.0, 2.0], [1.0, 3.0]),
        ([0.0, 5.0, 9.0], [-1.0, 5.0, 9.0]),
        ([0.0, 1.0, 5.0, 9.0], [0.0, 5.0, 5.0, 9.0]),
        ([0.0, 4.0, 6.0, 9.0], [0.0, 0.0, 9.0, 9.0]),
        ([1.0, math.nan], [1.0, 2.0]),
        ([math.inf, 1.0], [2.0, 1.0]),
    ],
    ids=["max", "min", "mean", "std", "nan", "infinity"],
)
def test_statistics_refute(one, other):
    assert decided(one, other, Tolerance(atol=0.5)) is False


def test_statistics_prove_where_even_the_extremes_lie_close():
    assert decided([1.0, 1.01], [1.01, 1.0], Tolerance(atol=0.1)) is True
    assert decided([1.0, 1.01], [1.01, 1.0], Tolerance(rtol=0.1)) is True


def test_statistics_leave_undecided_what_may_be_swapped():
    assert decided([1.0, 2.0], [2.0, 1.0], Tolerance(atol=0.5)) is None


def test_without_statistics_nothing_is_decided():
    quiet = ReadContext(statistics=False)
    leaves = [bare(array_leaf(np.array([value]), quiet)) for value in (1.0, 2.0)]
    assert within(*leaves, Tolerance(atol=9)) is None


def test_a_folded_branch_is_undecided():
    one = dataclasses.replace(leaf([1.0]), kind=Kind.FOLDED)
    other = dataclasses.replace(leaf([2.0]), kind=Kind.FOLDED)
    assert within(one, other, Tolerance(atol=9)) is None
