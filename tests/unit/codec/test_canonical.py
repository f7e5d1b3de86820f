# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON is one text for one value, however it is written."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from repro_action.codec.canonical import indented

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(VALUES)
def test_indented_text_is_that_of_the_standard_library(value: object) -> None:
    assert json.dumps(value, sort_keys=True, indent=1) + "\n" == indented(value)  # type: ignore[arg-type]


def test_lone_surrogates_are_escaped() -> None:
    assert '{\n "\\udcff": "\\ud800"\n}\n' == indented({"\udcff": "\ud800"})
