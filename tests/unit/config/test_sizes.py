# SPDX-License-Identifier: Apache-2.0
"""Laws of sizes."""

from __future__ import annotations

import pytest

from repro_action.config.sizes import parse_size, size_text


@pytest.mark.parametrize(
    ("text", "size"),
    [("1 B", 1), ("4 GiB", 4 << 30), ("1.5KiB", 1536), ("2 MB", 2_000_000), ("0.001 B", 1)],
)
def test_a_size_is_a_number_and_a_unit(text, size):
    assert size == parse_size(text)


@pytest.mark.parametrize(
    "text", ["", "4", "GiB", "-1 B", "0 B", "0.0 GiB", "1e3 B", "4 gib", "4 PiB", "4 GiB "]
)
def test_anything_else_is_no_size(text):
    assert parse_size(text) is None


@pytest.mark.parametrize("size", [1, 1023, 1024, 1536, 4 << 30, 5 << 40, 2_000_000])
def test_a_size_is_written_so_that_it_is_read_as_the_same(size):
    assert size == parse_size(size_text(size))
