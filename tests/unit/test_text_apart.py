# SPDX-License-Identifier: Apache-2.0
"""Long texts side by side show where they differ, never only their equal ends."""

from __future__ import annotations

import pytest

from repro_action.report import numbers
from repro_action.report.render import labels
from repro_action.text import apart, distinct

LONG = "x" * 200


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LONG + "12:30" + LONG, LONG + "12:45" + LONG),
        (LONG, LONG + "y"),
        ("a" + LONG, "b" + LONG),
        ("a" + LONG, "b"),
        (LONG + "a", LONG + "b"),
        (LONG + "é" + LONG, LONG + "e" + LONG),
        (LONG, ""),
    ],
)
def test_two_long_texts_look_unlike(one: str, other: str) -> None:
    left, right = apart(one, other, 40)
    assert left != right
    assert max(len(left), len(right)) <= 40
    shown = numbers.pair(one, other)
    assert shown[0] != shown[1]


def test_short_texts_stay_whole() -> None:
    assert apart("a", "b", 40) == ("a", "b")


def test_unlike_names_stay_unlike_when_they_are_cut() -> None:
    names = [LONG + "a" + LONG, LONG + "b" + LONG, "short", LONG + "b" + LONG]
    shown = distinct(names, 40)
    assert [len(set(shown)), shown[1] == shown[3], shown[2]] == [3, True, "short"]
    assert max(map(len, shown)) <= 40
    assert len(set(labels.names(names, 80).values())) == 3


def test_a_name_that_continues_another_one_is_distinguished_from_it() -> None:
    one, other = distinct([LONG, LONG + "z"], 40)
    assert one != other
