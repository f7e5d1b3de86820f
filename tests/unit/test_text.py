# SPDX-License-Identifier: Apache-2.0
"""Foreign text is shown on one line, with everything that cannot be seen as an escape."""

from __future__ import annotations

import pytest

from repro_action.text import clean, middle, plural, uncoloured, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("größe → µ", "größe → µ"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("a\u202eb", r"a\u202eb"),
        ("a\u200bb\u00a0c", r"a\u200bb\xa0c"),
        ("a\u2028b", r"a\u2028b"),
        ("\U000e0001", r"\U000e0001"),
        ("\udcff", r"\udcff"),
        ("x\ufe0f", r"x\ufe0f"),
    ],
)
def test_what_cannot_be_seen_is_an_escape(text, shown):
    assert shown == visible(text)


def test_the_middle_goes_and_both_ends_stay():
    assert middle("0123" + "x" * 50 + "456789", 11) == "0123…456789"
    assert middle("short", 5) == "short"


def test_a_cut_text_is_never_longer_than_asked():
    assert all(len(middle("x" * 100, width)) == width for width in range(3, 100))


def test_clean_cuts_before_it_escapes():
    assert len(clean("\x00" * 10**6, 80)) == 80


def test_colours_of_a_terminal_are_dropped_and_other_sequences_kept():
    assert uncoloured("\x1b[1;31mred\x1b[0m\x1b[2J") == "red\x1b[2J"


def test_plural():
    assert [
        plural(1, "leaf"),
        plural(0, "leaf"),
        plural(2, "metric"),
        plural(12_000, "leaf"),
    ] == ["1 leaf", "0 leaves", "2 metrics", "12,000 leaves"]
