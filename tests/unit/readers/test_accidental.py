# SPDX-License-Identifier: Apache-2.0
"""Two files of each library with one content are one tree, and what is accidental in them is listed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from repro_action.listing import flatten
from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, FileSource, ReadContext
from repro_action.tree import Kind

DATA = Path(__file__).parents[2] / "data" / "accidental"
CONTEXT = ReadContext(nest=read_source)

PAIRS = {
    "torch-{}.pkl": set(),
    "numba-{}.pkl": {("['metric'].__args__[0].uuid", "numba-dispatcher-ids")},
}
"""Files by number → what is left out of them; nothing where it is the container's."""


@pytest.mark.parametrize("name", PAIRS)
def test_two_runs_of_one_training_are_one_tree(name):
    one, other = (read_source(FileSource(DATA / name.format(number)), CONTEXT) for number in (1, 2))
    assert (DATA / name.format(1)).read_bytes() != (DATA / name.format(2)).read_bytes()
    assert "" == one.reason
    assert one.root == other.root
    for tree in (one, other):
        assert PAIRS[name] == {(entry.path, entry.rule) for entry in tree.excluded}


def test_a_tensor_in_a_pickle_is_the_array_that_it_is():
    lines = flatten(read_source(FileSource(DATA / "torch-1.pkl"), CONTEXT).root)
    assert (Kind.ARRAY, "<f4", (2, 3)) == (lines["['t']"].kind, lines["['t']"].dtype, lines["['t']"].shape)
    assert (0.0, 5.0) == (lines["['view']"].stats.min, lines["['view']"].stats.max)


def changed(name, find, *, at=0):
    data = (DATA / name).read_bytes()
    place = data.index(find) + at
    return read_source(
        BytesSource(name, data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]), CONTEXT
    )


def test_an_element_of_a_tensor_in_a_pickle_is_content():
    whole = read_source(FileSource(DATA / "torch-1.pkl"), CONTEXT).root
    elements = np.arange(6, dtype="<f4").tobytes()
    for at in range(len(elements)):
        assert whole != changed("torch-1.pkl", elements, at=at).root


def test_only_the_id_of_a_compiled_function_is_accidental():
    whole = read_source(FileSource(DATA / "numba-1.pkl"), CONTEXT).root
    assert whole == changed("numba-1.pkl", b"uuid", at=10).root
    for find in (b"nopython", b"metric.py", b"\x97"):
        assert whole != changed("numba-1.pkl", find).root
