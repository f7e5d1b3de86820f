# SPDX-License-Identifier: Apache-2.0
"""Laws of array leaves for any array."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from repro_action.readers.arrays import array_leaf
from repro_action.readers.protocol import ReadContext
from repro_action.readers.statistics import Accumulator

CONTEXT = ReadContext()
DTYPES = st.one_of(
    npst.boolean_dtypes(),
    npst.integer_dtypes(endianness="?"),
    npst.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
    npst.complex_number_dtypes(endianness="?", sizes=(64, 128)),
    npst.unicode_string_dtypes(endianness="?", max_len=3),
    npst.byte_string_dtypes(max_len=3),
    npst.datetime64_dtypes(endianness="?"),
)
ARRAYS = DTYPES.flatmap(
    lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, min_side=0, max_side=4))
)


@given(ARRAYS)
def test_byte_order_and_memory_order_never_count(array):
    swapped = array.astype(array.dtype.newbyteorder("S"))
    assert (
        array_leaf(array, CONTEXT).digest
        == array_leaf(np.asfortranarray(swapped).reshape(array.shape), CONTEXT).digest
    )


@given(ARRAYS, st.integers(1, 64))
def test_chunks_join_to_the_content(array, size):
    chunks = [bytes(chunk) for chunk in array_leaf(array, CONTEXT).payload.chunks(size)]
    assert array.astype(array.dtype.newbyteorder("<")).tobytes() == b"".join(chunks)
    assert all(len(chunk) == size for chunk in chunks[:-1])


@given(st.lists(st.floats(width=32), max_size=40), st.integers(1, 40))
def test_statistics_do_not_depend_on_pieces(values, cut):
    data = np.array(values, "<f4").tobytes()
    one, two = Accumulator("<f4"), Accumulator("<f4")
    one.add(data)
    two.add(data[: 4 * cut])
    two.add(data[4 * cut :])
    assert str(one.finish()) == str(two.finish())
