"""The search for the commit that changed a result, against brute force over every position."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_action.compare.commit_search import (
    CommitAnswer,
    SearchInterval,
    known_changes,
    next_position,
    remaining_interval,
)

SAME, CHANGED, SKIPPED = CommitAnswer.SAME, CommitAnswer.CHANGED, CommitAnswer.SKIPPED


def searched(
    truth: Sequence[CommitAnswer], known: frozenset[int] = frozenset()
) -> tuple[SearchInterval, list[int]]:
    """Return where a search ends that is answered truly, and what it asked."""
    ends = {0, len(truth) - 1}
    answers = [truth[place] if place in known | ends else None for place in range(len(truth))]
    asked: list[int] = []
    while not (interval := remaining_interval(answers)).is_done:
        place = next_position(interval)
        assert answers[place] is None, "nothing is asked twice"
        asked.append(place)
        answers[place] = truth[place]
    return interval, asked


@given(st.integers(1, 300), st.integers(1, 300), st.sets(st.integers(0, 600)))
def test_one_change_is_found_with_no_more_questions_than_the_binary_logarithm(
    before: int, after: int, known: set[int]
) -> None:
    truth = [SAME] * before + [CHANGED] * after
    first = remaining_interval(
        [answer if place in known | {0, len(truth) - 1} else None for place, answer in enumerate(truth)]
    )
    interval, asked = searched(truth, frozenset(known))
    assert (before,) == interval.candidates
    assert len(asked) <= first.most_questions


@given(st.lists(st.sampled_from([SAME, CHANGED, SKIPPED]), max_size=80))
def test_what_is_found_is_a_real_change_with_nothing_left_to_ask_in_between(
    inner: list[CommitAnswer],
) -> None:
    truth = [SAME, *inner, CHANGED]
    interval, _ = searched(truth)
    assert (SAME, CHANGED) == (truth[interval.same], truth[interval.changed])
    between = truth[interval.same + 1 : interval.changed]
    assert [SKIPPED] * len(between) == between
    changes = {
        two
        for one in range(len(truth))
        for two in range(one + 1, len(truth))
        if truth[one] is SAME and truth[two] is CHANGED and set(truth[one + 1 : two]) <= {SKIPPED}
    }
    assert interval.changed in changes


@given(st.lists(st.sampled_from([SAME, CHANGED, SKIPPED, None]), max_size=40))
def test_known_answers_give_the_last_change_and_name_the_others(inner: list[CommitAnswer | None]) -> None:
    answers: list[CommitAnswer | None] = [SAME, *inner, CHANGED]
    interval = remaining_interval(answers)
    assert SAME not in answers[interval.same + 1 :]
    changes = known_changes(answers)
    assert (interval.same, interval.changed) == changes[-1]
    assert len(changes) % 2 == 1


@given(st.integers(2, 60), st.data())
def test_a_region_that_does_not_train_is_left_soon(length: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(1, length))
    stop = data.draw(st.integers(start, length))
    truth = [SAME, *([SAME] * (start - 1)), *([SKIPPED] * (stop - start)), *([CHANGED] * (length - stop + 1))]
    interval, _ = searched(truth)
    assert start in interval.candidates
    assert len(interval.candidates) == stop - start + 1


@pytest.mark.parametrize("answers", [[], [SAME], [CHANGED, SAME], [None, CHANGED], [SAME, SKIPPED]])
def test_ends_that_are_not_known_to_differ_are_refused(answers: list[CommitAnswer | None]) -> None:
    with pytest.raises(ValueError, match="not known to differ"):
        remaining_interval(answers)
