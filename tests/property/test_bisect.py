"""Laws of the search for guilty groups."""

import math

from bisecting import solve
from hypothesis import given
from hypothesis import strategies as st

from repro_action.probe.bisection import search

names = st.lists(st.text("abcdefgh", min_size=1, max_size=4), unique=True, min_size=1, max_size=40)


@st.composite
def trials(draw, *, largest=1):
    """Names, and groups of them that have no element in common."""
    drawn = draw(names)
    mixed = draw(st.permutations(drawn))
    sizes = draw(st.lists(st.integers(1, largest), max_size=6))
    groups = []
    for size in sizes:
        if size > len(mixed):
            break
        groups.append(frozenset(mixed[:size]))
        mixed = mixed[size:]
    return drawn, groups


def run(steps, groups):
    tried = []
    try:
        batch = next(steps)
        while True:
            tried += batch
            batch = steps.send({one: any(group <= one for group in groups) for one in batch})
    except StopIteration as ended:
        return ended.value, tried


@given(trials())
def test_every_single_culprit_is_found_and_no_other(case):
    value, groups = case
    assert set(groups) == set(solve(value, lambda tried: any(group <= tried for group in groups)))


@given(trials())
def test_the_number_of_trials_is_bounded(case):
    value, groups = case
    _, tried = run(search(value), groups)
    assert len(tried) <= len(groups) * (math.ceil(math.log2(len(value))) + 2) + 1


@given(trials(largest=3), st.integers(1, 8), st.booleans())
def test_groups_without_common_elements_are_found_at_every_width(case, width, alone):
    value, groups = case
    found, tried = run(search(value, width=width, alone=alone), groups)
    assert set(groups) == set(found)
    assert len(set(tried)) == len(tried)


@given(names, st.sets(st.frozensets(st.sampled_from("abcdefgh"), min_size=1, max_size=3), max_size=5))
def test_what_is_found_differs_and_nothing_smaller_does(names, culprits):
    def differs(tried):
        return any(group <= tried for group in culprits)

    for group in solve(names, differs):
        assert differs(group)
        assert not any(differs(group - {name}) for name in group)
