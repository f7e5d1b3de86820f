"""What the profile of a column says, kind by kind, and what it does not give away."""

import numpy as np
import pytest

from repro_action.profiles.cells import category_key, cell_value, column_key
from repro_action.profiles.column import ColumnTally, profile_column
from repro_action.profiles.compose import column_json
from repro_action.profiles.model import COLUMN_BYTES, MOST_CATEGORIES, MOST_DISTINCT


def profile(values, **more):
    return profile_column(values, name="age", **more)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.5, None], "numeric"),
        (["1", "2.5", "NA", ""], "numeric"),
        ([True, False, None], "boolean"),
        (["true", "FALSE"], "boolean"),
        (["2024-01-31", "2024-02-01T10:00:00Z"], "datetime"),
        (["a", "b"] * 30, "categorical"),
        (["a", "b"], "text"),
        (["007", "008"], "text"),
        (["2024-13-31"], "text"),
        ([], "empty"),
        ([None, "", "NaN", float("nan")], "empty"),
        (np.array(["2024-01-31", "NaT"], "M8[D]"), "datetime"),
        (np.array([1, 2], "u1"), "numeric"),
        (np.array([True, False]), "boolean"),
        (np.array(["x"]), "text"),
        (np.array([None, 2.0], object), "numeric"),
    ],
)
def test_the_kind_is_what_all_cells_are(values, kind):
    assert kind == profile(values).kind


def test_missing_cells_are_counted_apart_from_values():
    found = profile(["1", "", "NA", "nan", "null", "2"])
    assert (6, 4, 2) == (found.rows, found.missing, found.distinct)
    assert 2 == sum(found.counts)


def test_a_column_of_mixed_types_says_how_many_cells_are_numbers():
    found = profile([1, 2, 2, "many", "few", None])
    assert (True, 3, 4) == (found.mixed, found.numbers, found.distinct)


def test_one_row_shows_nothing_of_its_value():
    found = profile([4711])
    assert ((), (1,), None) == (found.edges, found.counts, found.minimum)
    assert b"4711" not in column_json(found)


def test_a_constant_column_is_one_category_that_everybody_shares():
    found = profile([5.0] * 100)
    assert ((5.0,), (100, 0), 1) == (found.edges, found.counts, found.distinct)
    assert {category_key("age", "5"): 100} == found.categories
    assert found.lists_all


def test_fewer_than_twenty_rows_are_never_counted():
    found = profile(["yes"] * 40 + ["no"] * 19)
    assert {category_key("age", "yes"): 40, category_key("age", "no"): 0} == found.categories
    assert 19 == found.unlisted


def test_the_extremes_are_not_in_a_private_profile():
    values = np.concatenate([np.arange(1000.0), [-123456.0, 987654.0]])
    assert b"123456" not in column_json(profile(values))
    assert b"987654" not in column_json(profile(values))
    full = profile(values, detail="full")
    assert (-123456.0, 987654.0) == (full.minimum, full.maximum)


def test_infinities_lie_beyond_all_edges():
    found = profile([float("inf")] * 30 + [float("-inf")] * 30 + [1.0] * 40)
    assert ((1.0,), (70, 30)) == (found.edges, found.counts)


def test_a_number_is_one_category_however_it_is_written():
    assert profile([1, 2] * 20).categories == profile(["1.0", "2e0"] * 20).categories
    assert profile([-0.0] * 20).categories == profile([0] * 20).categories


def test_keys_of_categories_depend_on_the_column():
    assert category_key("a", "x") != category_key("b", "x")
    assert category_key("a\0", "x") != category_key("a", "\0x")


def test_many_distinct_texts_are_not_counted_and_not_kept():
    tally = ColumnTally()
    for start in range(0, MOST_DISTINCT + 10, 1000):
        tally.add_texts([f"name {number}" for number in range(start, start + 1000)])
    found = tally.finish("name", "private")
    assert ("text", None, {}) == (found.kind, found.distinct, found.categories)


def test_more_values_than_are_listed_leave_the_frequent_ones():
    few = [f"v{number:02}" for number in range(MOST_CATEGORIES + 8)]
    found = profile(few * 30 + ["only once"])
    assert "categorical" == found.kind
    assert MOST_CATEGORIES == len(found.categories)
    assert not found.lists_all


@pytest.mark.parametrize("detail", ["private", "full"])
@pytest.mark.parametrize("name", ["a", "\U0001f600" * 80, '"\\' * 40, "x" * 5000])
@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).normal(size=5000) * -1e-300,
        np.random.default_rng(0).integers(0, 31, 5000) * 1.2345678e-150,
        [f"{'é' * 40}{number % 30}" for number in range(3000)],
    ],
)
def test_a_column_takes_a_kilobyte_at_most(values, name, detail):
    assert len(column_json(profile_column(values, name=name, detail=detail))) <= COLUMN_BYTES


def test_long_and_invisible_names_are_shortened_and_stay_different():
    assert "age" == column_key("age")
    assert column_key("x" * 81) != column_key("x" * 82)
    assert column_key("a\u202e") != column_key("a\\u202e")
    assert column_key("a\n\x1b[31m").isprintable()


@pytest.mark.parametrize("text", ["1e999", "9" * 400, "1e-999", "inf", "-Infinity"])
def test_numbers_beyond_float64_are_read_without_an_error(text):
    assert cell_value(text)[0] in {"number", "text"}


def test_what_is_no_column_is_refused():
    with pytest.raises(TypeError, match="one dimension"):
        profile(np.zeros((2, 2)))
    with pytest.raises(TypeError, match="complex128"):
        profile(np.zeros(2, complex))
    with pytest.raises(TypeError, match="dict"):
        profile([{}])
