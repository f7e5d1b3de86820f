# SPDX-License-Identifier: Apache-2.0
"""Laws of element comparison for any numbers."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from repro_action.compare.elements import compare_elements, within
from repro_action.config.model import Tolerance
from repro_action.readers.arrays import array_leaf
from repro_action.readers.protocol import ReadContext

CONTEXT = ReadContext()
SCALES = st.sampled_from([0.0, 1e-12, 1e-6, 1e-3, 0.1, 1.0, 100.0])
TOLERANCES = st.builds(Tolerance, atol=SCALES, rtol=SCALES, max_ulp=st.sampled_from([0, 1, 1000]))
DTYPES = st.sampled_from(["<f2", "<f4", "<f8", "<c8", "<c16", "<i4", "<i8", "|u1"])


@st.composite
def pairs(draw):
    """Two arrays of one dtype and shape, unrelated or close to each other."""
    dtype, size = draw(DTYPES), draw(st.integers(1, 12))
    one = draw(npst.arrays(dtype, size))
    if draw(st.booleans()):
        return one, draw(npst.arrays(dtype, size))
    noise = draw(npst.arrays("<f8", size, elements=st.floats(-1, 1))) * draw(SCALES)
    with np.errstate(all="ignore"):
        return one, (one + noise).astype(dtype) if dtype[1] in "fc" else one


def leaves(pair):
    return [array_leaf(array, CONTEXT) for array in pair]


@given(pairs(), TOLERANCES)
def test_statistics_never_contradict_the_elements(pair, tolerance):
    one, other = leaves(pair)
    bare = [dataclasses.replace(item, payload=None) for item in (one, other)]
    assert within(*bare, tolerance) in {None, within(one, other, tolerance)}


@given(pairs())
def test_distances_are_symmetric(pair):
    one, other = leaves(pair)
    there, back = compare_elements(one, other), compare_elements(other, one)
    assert (there is None) == (back is None) == (one.digest == other.digest)
    if there is not None and back is not None:
        assert (there.differing, there.max_abs, there.max_ulp) == (back.differing, back.max_abs, back.max_ulp)


@given(pairs(), TOLERANCES)
def test_a_leaf_lies_within_any_tolerance_of_itself(pair, tolerance):
    one, _ = leaves(pair)
    assert within(one, one, tolerance) is True
    assert compare_elements(one, one) is None


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_units_obey_the_triangle_inequality(a, b, c):
    def units(one, other):
        found = compare_elements(*leaves((np.array([one]), np.array([other]))))
        return 0 if found is None else found.max_ulp

    assert units(a, c) <= units(a, b) + units(b, c)


@given(pairs())
def test_the_largest_distance_is_the_least_tolerance_that_allows(pair):
    one, other = leaves(pair)
    found = compare_elements(one, other)
    if found is not None and found.max_abs and np.isfinite(found.max_abs):
        assert within(one, other, Tolerance(atol=found.max_abs))
        assert (
            not within(one, other, Tolerance(atol=float(np.nextafter(found.max_abs, 0))))
            or pair[0].dtype.kind in "iu"
        )
