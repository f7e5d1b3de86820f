# SPDX-License-Identifier: Apache-2.0
"""Properties of the order of steps and of globs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_action.config.model import Step
from repro_action.errors import GraphError
from repro_action.paths.names import clean
from repro_action.paths.patterns import covers, is_pattern, reaches, within
from repro_action.steps.graph import order

NAMES = st.sampled_from(["a", "b", "ab", ".c"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PATTERNS = st.lists(st.sampled_from(["a", "b", "*", "**", "a*", "?", "[ab]"]), min_size=1, max_size=4).map(
    "/".join
)


@st.composite
def acyclic(draw):
    """Steps whose inputs are outputs of steps before them, in shuffled order."""
    count = draw(st.integers(1, 8))
    steps = []
    for number in range(count):
        sources = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        steps.append(
            Step(
                name=f"s{number}",
                run=("true",),
                inputs=tuple(f"out/{source}" for source in sorted(sources)),
                outputs=(f"out/{number}",),
            )
        )
    return draw(st.permutations(steps))


@given(acyclic())
def test_every_step_comes_after_those_it_reads_from(steps):
    placed = order(tuple(steps), (), exists=lambda _: False)
    assert sorted(step.name for step in steps) == sorted(step.name for step in placed)
    written: set[str] = set()
    for step in placed:
        assert written >= set(step.inputs)
        written.update(step.outputs)


@given(acyclic())
def test_an_order_that_holds_is_kept(steps):
    placed = order(tuple(steps), (), exists=lambda _: False)
    assert placed == order(placed, (), exists=lambda _: False)


@given(acyclic(), st.data())
def test_an_edge_back_makes_a_cycle(steps, data):
    placed = order(tuple(steps), (), exists=lambda _: False)
    first = placed[0]
    last = data.draw(st.sampled_from(placed[1:] or placed))
    if last is first:
        return
    ring = (
        Step(name=first.name, run=first.run, inputs=("closing",), outputs=first.outputs),
        *(step for step in placed if step not in (first, last)),
        Step(
            name=last.name,
            run=last.run,
            inputs=(*last.inputs, *first.outputs),
            outputs=(*last.outputs, "closing"),
        ),
    )
    with pytest.raises(GraphError, match="→"):
        order(ring, (), exists=lambda _: False)


@given(PATTERNS, PATHS)
def test_what_covers_a_path_covers_all_below_it(pattern, path):
    if covers(pattern, path):
        assert covers(pattern, f"{path}/x")
        assert reaches(pattern, path)


@given(PATHS, PATHS)
def test_a_literal_covers_exactly_what_lies_within_it(pattern, path):
    assert within(path, pattern) == covers(pattern, path)
    assert reaches(pattern, path) == reaches(path, pattern)


@given(PATHS)
def test_a_double_star_matches_all_that_is_not_hidden(path):
    assert (not path.startswith(".c")) == covers("**/*", path)


@given(st.text(max_size=20))
def test_cleaning_a_path_twice_changes_nothing(text):
    try:
        path = clean(text, owner="test")
    except GraphError:
        return
    assert path == clean(path, owner="test")
    assert not path.startswith("/")
    assert ".." not in path.split("/")
    assert is_pattern(path) == is_pattern(text)
