# SPDX-License-Identifier: Apache-2.0
"""Tables of predictions counted by hand: each expected number is worked out in the comment beside it."""

import math

import pytest

from repro_action.predictions.churn import ClassFlip, UnmatchedRows
from repro_action.predictions.compare import compare_predictions
from repro_action.predictions.table import PredictionTable


def table(labels=None, *, keys=None, scores=None, truth=None):
    columns = [column for column in (labels, keys, scores, truth) if column is not None]
    return PredictionTable(rows=len(columns[0]), keys=keys, labels=labels, scores=scores, truth=truth)


def compared(before, after, **options):
    return compare_predictions("p.csv", before, after, **options)


def test_a_binary_table_with_two_flips():
    # rows:    1 2 3 4 5 6 7 8 9 10
    # before:  1 1 1 1 1 0 0 0 0 0
    # after:   1 1 1 1 0 1 0 0 0 0      rows 5 and 6 flip
    found = compared(table([1] * 5 + [0] * 5), table([1, 1, 1, 1, 0, 1, 0, 0, 0, 0])).decisions
    assert (10, 2, 0.8) == (found.rows, found.differing, found.agreement)
    # p_o = 8/10; both sides have five of each: p_e = 0.25 + 0.25; κ = (0.8 - 0.5) / 0.5
    assert 0.6 == pytest.approx(found.kappa)
    assert (
        ClassFlip(before="0", after="1", count=1),
        ClassFlip(before="1", after="0", count=1),
    ) == found.flips


def test_the_example_of_a_textbook():
    # 50 proposals, two readers: yes/yes 20, yes/no 5, no/yes 10, no/no 15.
    # p_o = 35/50 = 0.7; p_e = 25/50 x 30/50 + 25/50 x 20/50 = 0.3 + 0.2; κ = 0.2 / 0.5 = 0.4
    before = ["yes"] * 25 + ["no"] * 25
    after = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    found = compared(table(before), table(after)).decisions
    assert (0.7, 0.4) == (found.agreement, pytest.approx(found.kappa))
    assert [("no", "yes", 10), ("yes", "no", 5)] == [
        (one.before, one.after, one.count) for one in found.flips
    ]


def test_the_same_accuracy_hides_newly_wrong_and_newly_right_decisions():
    # truth:   a a a b b b
    # before:  a a b b b a      right: 1 2 4 5           = 4
    # after:   a b a b a b      right: 1 3 4 6           = 4
    # flips:   row 2 a→b wrong now, row 3 b→a right now, row 5 b→a wrong now, row 6 a→b right now
    truth = list("aaabbb")
    found = compared(table(list("aabbba"), truth=truth), table(list("ababab"), truth=truth)).decisions
    assert (6, 4, 4) == (found.judged, found.right_before, found.right_after)
    assert (4, 2, 2) == (found.differing, found.newly_wrong, found.newly_right)
    assert (
        ClassFlip(before="a", after="b", count=2, newly_wrong=1, newly_right=1),
        ClassFlip(before="b", after="a", count=2, newly_wrong=1, newly_right=1),
    ) == found.flips
    # p_o = 2/6; three of each on both sides: p_e = 1/2; κ = (1/3 - 1/2) / (1/2) = -1/3
    assert -1 / 3 == pytest.approx(found.kappa)


def test_three_classes_and_a_flip_between_two_wrong_classes():
    # truth:   a b c c
    # before:  a b a c      right: 1 2 4
    # after:   a c b c      right: 1 4
    # row 2 b→c is newly wrong; row 3 a→b was wrong and stays wrong: neither
    truth = list("abcc")
    found = compared(table(list("abac"), truth=truth), table(list("acbc"), truth=truth)).decisions
    assert (3, 2, 1, 0) == (found.right_before, found.right_after, found.newly_wrong, found.newly_right)
    assert 3 == found.classes
    # before a:2 b:1 c:1, after a:1 b:1 c:2: p_o = 2/4; p_e = (2x1 + 1x1 + 1x2)/16 = 5/16
    # κ = (8/16 - 5/16) / (11/16) = 3/11
    assert 3 / 11 == pytest.approx(found.kappa)


def test_rows_are_matched_by_key_whatever_their_order():
    # k1: x→x, k2: y→x, k3: x→x, k4 only before, k5 only after
    before = table(list("xyxy"), keys=["k1", "k2", "k3", "k4"])
    after = table(list("xxxy"), keys=["k3", "k2", "k1", "k5"])
    found = compared(before, after, key="id")
    assert (3, 1) == (found.decisions.rows, found.decisions.differing)
    assert (UnmatchedRows(alone=1), UnmatchedRows(alone=1)) == (found.unmatched_before, found.unmatched_after)
    assert (4, 4, "id", ()) == (found.rows_before, found.rows_after, found.key, found.remarks)


def test_a_key_that_occurs_twice_names_no_row():
    # before: k1 k1 k2 (none) k3     after: k1 k2 k2 k3 k4
    # k1 and k2 are repeated on one side: 3 rows left out before, 3 after; only k3 is matched
    before = table(list("aabba"), keys=["k1", "k1", "k2", None, "k3"])
    after = table(list("abbba"), keys=["k1", "k2", "k2", "k3", "k4"])
    found = compared(before, after, key="id")
    assert UnmatchedRows(repeated=3, unkeyed=1) == found.unmatched_before
    assert UnmatchedRows(repeated=3, alone=1) == found.unmatched_after
    assert (1, 1) == (found.decisions.rows, found.decisions.differing)  # k3: a → b


def test_without_keys_rows_are_matched_by_number_and_that_is_reported():
    found = compared(table(list("ab")), table(list("ba")))
    assert 2 == found.decisions.differing
    assert ("rows are matched by their number: no column is declared as their key",) == found.remarks


def test_without_keys_unlike_numbers_of_rows_are_refused():
    found = compared(table(list("ab")), table(list("abc")))
    assert "there are 2 rows before and 3 after, and no key says which is which" == found.absent
    assert found.decisions is None


def test_scores_that_moved():
    # changes: 0, +0.25, -0.5, +0.25, 0   sorted: -0.5 0 0 0.25 0.25
    # median 0; 25 %: second of five = 0; 75 %: fourth = 0.25
    # 5 %: position 0.2 between -0.5 and 0 = -0.4; 95 %: position 3.8 between 0.25 and 0.25 = 0.25
    found = compared(table(scores=[0.5, 0.5, 1.0, 0.25, 0.0]), table(scores=[0.5, 0.75, 0.5, 0.5, 0.0]))
    assert (5, 3, 0.5) == (found.scores.rows, found.scores.differing, found.scores.largest)
    assert pytest.approx((-0.5, -0.4, 0.0, 0.0, 0.25, 0.25, 0.25)) == found.scores.quantiles
    assert found.decisions is None


def test_scores_that_are_no_finite_numbers_are_counted():
    # before: 0.5 nan 1 none inf     after: 0.5 0.5 nan 1 1.0    both finite: row 1 only
    found = compared(
        table(scores=[0.5, math.nan, 1, None, math.inf]), table(scores=[0.5, 0.5, math.nan, 1, 1.0])
    ).scores
    assert (1, 0, 3, 1) == (found.rows, found.differing, found.unscored_before, found.unscored_after)


def test_a_label_that_is_missing_is_a_class_of_its_own():
    # before: a none b     after: a a none: two flips; neither can be right without a label
    truth = list("aab")
    found = compared(table(["a", None, "b"], truth=truth), table(["a", "a", None], truth=truth)).decisions
    assert (2, 1, 1) == (found.differing, found.newly_wrong, found.newly_right)
    assert {("(missing)", "a"), ("b", "(missing)")} == {(one.before, one.after) for one in found.flips}


def test_a_row_without_truth_or_with_another_truth_is_not_judged():
    # row 1 judged and newly wrong; row 2 has no truth; row 3 has another truth on each side
    found = compared(table(list("aab"), truth=["a", "", "b"]), table(list("bbb"), truth=["a", "", "c"]))
    assert (1, 1, 0) == (found.decisions.judged, found.decisions.newly_wrong, found.decisions.newly_right)
    assert "1 row has another truth on each side: not judged as right or wrong" in found.remarks


def test_whole_numbers_as_floats_are_the_same_classes():
    found = compared(table([1, 0, 1], keys=[1, 2, 3]), table([1.0, 0.0, 0.0], keys=[1.0, 2.0, 3.0]), key="k")
    assert (1, ()) == (found.decisions.differing, found.remarks)


def test_halves_against_whole_numbers_are_named():
    found = compared(table([1, 2]), table([1.0, 1.5]))
    assert 1 == found.decisions.differing
    assert (
        "the labels are whole numbers before and real numbers after: they are compared by their text"
        in found.remarks
    )


def test_numbers_against_texts_are_named():
    found = compared(table([1, 0]), table(["1", "no"]))
    assert 1 == found.decisions.differing
    assert (
        "the labels are whole numbers before and texts after: they are compared by their text"
        in found.remarks
    )


def test_a_text_with_leading_zeros_is_not_the_number():
    assert 1 == compared(table([7]), table(["007"])).decisions.differing
    assert 0 == compared(table([7]), table(["7"])).decisions.differing


def test_booleans_count_as_numbers_only_beside_numbers():
    assert 0 == compared(table([True, False]), table([1, 0])).decisions.differing
    assert 0 == compared(table([True, False]), table(["True", "False"])).decisions.differing


def test_many_unlike_real_labels_are_values():
    before = [number / 7 for number in range(30)]
    after = [*before[:-1], before[-1] + 0.5]
    found = compared(table(before), table(after))
    assert (None, 1, 0.5) == (found.decisions, found.scores.differing, pytest.approx(found.scores.largest))
    assert any("compared as values" in text for text in found.remarks)


def test_grades_in_half_steps_are_classes():
    found = compared(table([0.5, 1.0, 4.5]), table([0.5, 1.5, 4.5]))
    assert [("1", "1.5")] == [(one.before, one.after) for one in found.decisions.flips]


def test_of_ten_thousand_classes_the_most_frequent_flips_are_listed():
    # 10 000 rows of 10 000 classes; each goes to the next class, but five rows go from c0 to c1
    before = ["c0"] * 5 + [f"c{number}" for number in range(1, 10_000)]
    after = ["c1"] * 5 + [f"c{number + 1}" for number in range(1, 10_000)]
    found = compared(table(before), table(after)).decisions
    assert (10_004, 10_004, 10_001) == (found.rows, found.differing, found.classes)
    assert ("c0", "c1", 5) == (found.flips[0].before, found.flips[0].after, found.flips[0].count)
    # 10 kinds are listed: 5 + 9 rows; 10 000 kinds in all
    assert (10, 9_990, 9_990) == (len(found.flips), found.further_kinds, found.further_rows)


def test_one_class_everywhere_has_no_kappa():
    found = compared(table(["a"] * 4), table(["a"] * 4)).decisions
    assert (0, None, 1.0) == (found.differing, found.kappa, found.agreement)


def test_rows_are_listed_only_where_they_are_asked_for():
    before = table(list("aab"), keys=list("xyz"), scores=[0.1, 0.2, 0.3], truth=list("abb"))
    after = table(list("bbb"), keys=list("xyz"), scores=[0.9, 0.8, 0.3], truth=list("abb"))
    assert () == compared(before, after, key="id").changed_rows
    rows = compared(before, after, key="id", show_rows=True).changed_rows
    # x: a→b, truth a: newly wrong, first; y: a→b, truth b: newly right
    assert [("x", True, False), ("y", False, True)] == [
        (row.key, row.right_before, row.right_after) for row in rows
    ]
    assert (0.1, 0.9) == (rows[0].score_before, rows[0].score_after)


def test_at_most_ten_rows_are_listed_by_key():
    keys = [f"k{number:02}" for number in range(30)]
    found = compared(table(["a"] * 30, keys=keys), table(["b"] * 30, keys=keys[::-1]), show_rows=True)
    assert keys[:10] == [row.key for row in found.changed_rows]


def test_no_key_in_common_is_a_reason():
    found = compared(table(["a"], keys=["x"]), table(["a"], keys=["y"]), key="id")
    assert "no row of one side has the key of a row of the other side" == found.absent


def test_a_score_that_is_a_text_is_refused_by_its_row():
    found = compared(table(scores=[0.1, 0.2]), table(scores=[0.1, "high"]))
    assert "the score in row 2 is not a number" == found.absent
