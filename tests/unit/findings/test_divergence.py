# SPDX-License-Identifier: Apache-2.0
"""Laws of finding where two runs part."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from repro_action.findings.divergence import MAX_DIFFERING, first_divergence, unsteady_marks
from repro_action.observation import Divergence, LeafMark, TracedCall


def mark(path="", digest="aa", text="1"):
    return LeafMark(path=path, digest=digest, text=text)


def call(function="train.f", *marks, line=3, caller=""):
    return TracedCall(function=function, file="train.py", line=line, marks=marks, caller=caller)


PATHS = st.sampled_from(["", ".coef_", "[0]", "{order}", ".names{place}"])
CALLS = st.lists(
    st.builds(
        lambda function, line, marks: call(function, *marks, line=line),
        st.sampled_from("fgh"),
        st.integers(1, 3),
        st.lists(st.builds(mark, PATHS, st.sampled_from(["aa", "bb"])), max_size=3),
    ),
    max_size=6,
)


@given(CALLS)
def test_equal_runs_do_not_part(calls):
    assert first_divergence(calls, list(calls)) is None


@given(CALLS, CALLS)
def test_runs_part_at_the_same_place_whichever_is_first(one, other):
    there, back = first_divergence(one, other), first_divergence(other, one)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert (there.index, there.before, there.after) == (back.index, back.after, back.before)
        assert {(path, a, b) for path, a, b in there.differing} == {
            (path, b, a) for path, a, b in back.differing
        }


@given(CALLS, CALLS)
def test_nothing_strong_differs_before_the_divergence(one, other):
    found = first_divergence(one, other)
    if found is not None and any(not path.endswith("}") for path, _, _ in found.differing):
        earlier = first_divergence(one[: found.index], other[: found.index])
        assert earlier is None or all(path.endswith("}") for path, _, _ in earlier.differing)


@given(CALLS, CALLS)
def test_what_differs_without_disturbance_is_never_the_divergence(one, other):
    found = first_divergence(one, other, unsteady=unsteady_marks(one, other))
    assert found is None or not found.differing


@given(CALLS, st.integers(0, 5), st.text("cd", min_size=2))
def test_a_call_that_is_changed_is_found(calls, index, digest):
    index %= len(calls) + 1
    before = [*calls[:index], call("f", mark("x", "aa")), *calls[index:]]
    after = [*calls[:index], call("f", mark("x", digest)), *calls[index:]]
    found = first_divergence(before, after)
    assert found is not None
    assert (index, "x") == (found.index, found.differing[0][0])


def test_the_first_call_that_differs_is_named_with_the_leaves_that_do():
    same, changed = call("train.load", mark()), call("LogisticRegression.fit", mark(".coef_"), mark(".C"))
    after = replace(changed, marks=(mark(".coef_", "bb", "2"), mark(".C")))
    expected = Divergence(index=1, before=changed, after=after, differing=((".coef_", "1", "2"),))
    assert expected == first_divergence([same, changed], [same, after])


def test_texts_that_look_the_same_are_distinguished_by_their_digests():
    found = first_divergence([call("f", mark(digest="aa"))], [call("f", mark(digest="bb"))])
    assert found is not None
    assert (("", "1 (aa)", "1 (bb)"),) == found.differing


def test_a_leaf_that_one_run_lacks_differs():
    found = first_divergence([call("f", mark("a"))], [call("f", mark("b"))])
    assert found is not None
    assert (("a", "1", ""), ("b", "", "1")) == found.differing


def test_different_calls_part_without_leaves():
    before, after = call("f", line=3), call("f", line=4)
    assert Divergence(index=0, before=before, after=after) == first_divergence([before], [after])
    assert first_divergence([call("f", caller="train.py:1")], [call("f", caller="train.py:2")]) is not None


def test_the_call_that_one_run_makes_more_is_the_divergence():
    first, extra = call("f"), call("g")
    assert Divergence(index=1, before=None, after=extra) == first_divergence([first], [first, extra])
    assert Divergence(index=1, before=extra, after=None) == first_divergence([first, extra], [first])


def test_the_order_of_a_set_counts_only_where_nothing_else_differs():
    made, listed = call("f", mark("names{order}")), call("g", mark("columns"))
    other = call("f", mark("names{order}", "bb", "2"))
    found = first_divergence([made, listed], [other, replace(listed, marks=(mark("columns", "bb", "2"),))])
    assert found is not None
    assert (1, (("columns", "1", "2"),)) == (found.index, found.differing)
    alone = first_divergence([made, listed], [other, listed])
    assert alone is not None
    assert (0, (("names{order}", "1", "2"),)) == (alone.index, alone.differing)


def test_a_clock_reading_that_always_differs_hides_nothing():
    def run(clock, value):
        return [call("f", mark("started", clock)), call("g", mark("x", value))]

    unsteady = unsteady_marks(run("01", "aa"), run("02", "aa"))
    assert frozenset({("f", "train.py", 3, "started")}) == unsteady
    found = first_divergence(run("01", "aa"), run("03", "bb"), unsteady=unsteady)
    assert found is not None
    assert 1 == found.index
    assert first_divergence(run("01", "aa"), run("03", "aa"), unsteady=unsteady) is None


def test_the_list_of_differing_leaves_is_bounded():
    many = [mark(str(number)) for number in range(50)]
    found = first_divergence([call("f", *many)], [call("f")])
    assert found is not None
    assert MAX_DIFFERING == len(found.differing)
