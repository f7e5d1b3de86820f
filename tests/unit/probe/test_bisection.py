"""Guilty groups are found, each minimal, in few trials."""

import math

from bisecting import solve

from repro_action.probe.bisection import search

NAMES = [f"v{number:02}" for number in range(18)]


def oracle(*guilty, counted=None):
    groups = [frozenset(group) for group in guilty]

    def differs(tried):
        if counted is not None:
            counted.append(tried)
        return any(group <= tried for group in groups)

    return differs


def test_nothing_guilty_takes_one_trial():
    counted = []
    assert () == solve(NAMES, oracle(counted=counted))
    assert [frozenset(NAMES)] == counted


def test_nothing_to_try_takes_none():
    counted = []
    assert () == solve([], oracle(counted=counted))
    assert [] == counted


def test_one_culprit_is_found_in_logarithmically_many_trials():
    for name in NAMES:
        counted = []
        assert (frozenset({name}),) == solve(NAMES, oracle([name], counted=counted))
        assert len(counted) <= math.ceil(math.log2(len(NAMES))) + 3


def test_culprits_that_act_alone_are_named_apart():
    found = solve(NAMES, oracle(["v03"], ["v04"], ["v17"]))
    assert {frozenset({"v03"}), frozenset({"v04"}), frozenset({"v17"})} == set(found)


def test_a_pair_that_is_guilty_only_together_is_named_together():
    assert (frozenset({"v02", "v11"}),) == solve(NAMES, oracle(["v02", "v11"]))


def test_a_pair_and_a_single_culprit_are_distinguished():
    assert {frozenset({"v02", "v11"}), frozenset({"v05"})} == set(
        solve(NAMES, oracle(["v02", "v11"], ["v05"]))
    )


def answered(steps, differs):
    """Run a search; return what it found, and its batches."""
    batches = []
    try:
        batch = next(steps)
        while True:
            batches.append(batch)
            batch = steps.send({group: differs(group) for group in batch})
    except StopIteration as ended:
        return ended.value, batches


def test_a_wider_search_needs_fewer_batches():
    for name in NAMES:
        _, narrow = answered(search(NAMES), oracle([name]))
        found, wide = answered(search(NAMES, width=4), oracle([name]))
        assert (frozenset({name}),) == found
        assert len(wide) < len(narrow)


def test_many_culprits_are_found_in_one_batch_where_each_is_tried_alone():
    guilty = NAMES[::3]
    found, batches = answered(search(NAMES, alone=True), oracle(*([name] for name in guilty)))
    assert {frozenset({name}) for name in guilty} == set(found)
    assert 3 == len(batches)


def test_trying_each_alone_finds_pairs_too():
    found, _ = answered(search(NAMES, alone=True), oracle(["v01"], ["v02", "v11"]))
    assert {frozenset({"v01"}), frozenset({"v02", "v11"})} == set(found)


def test_a_contradictory_oracle_ends_the_search_all_the_same():
    def only_everything(tried):
        return len(tried) == len(NAMES)

    assert (frozenset(NAMES),) == solve(NAMES, only_everything)


def test_no_set_is_tried_twice():
    counted = []
    solve(NAMES, oracle(["v03"], ["v09", "v10"], ["v16"], counted=counted))
    assert len(set(counted)) == len(counted)
