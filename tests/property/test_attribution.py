# SPDX-License-Identifier: Apache-2.0
"""Laws of Shapley values, dividends and groupings, against definitions by brute force."""

from __future__ import annotations

import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_action.attribution.game import coalitions, dividends, finest_blocks, one_at_a_time, shapley
from repro_action.attribution.model import Method
from repro_action.attribution.shares import attribute

NAMES = ("code", "data", "params", "environment")
PLAYERS = st.integers(1, 4).map(lambda count: NAMES[:count])
NUMBERS = st.integers(-1000, 1000).map(lambda count: count / 8)


@st.composite
def games(draw):
    players = draw(PLAYERS)
    return players, {some: draw(NUMBERS) for some in coalitions(players)}


def close(one, other):
    return one == pytest.approx(other, abs=1e-9)


@given(games())
def test_values_are_the_mean_over_all_orders_of_joining(game):
    players, worth = game
    totals = dict.fromkeys(players, 0.0)
    for order in permutations(players):
        there = frozenset()
        for player in order:
            totals[player] += worth[there | {player}] - worth[there]
            there |= {player}
    orders = math.factorial(len(players))
    assert close({name: total / orders for name, total in totals.items()}, shapley(players, worth))


@given(games())
def test_values_sum_to_the_whole_change(game):
    players, worth = game
    change = worth[frozenset(players)] - worth[frozenset()]
    assert close(change, sum(shapley(players, worth).values()))


@given(games(), st.data())
def test_players_that_always_add_the_same_have_the_same_value(game, data):
    players, worth = game
    one, other = data.draw(st.sampled_from(players)), data.draw(st.sampled_from(players))
    swap = {one: other, other: one}
    even = {
        some: (worth[some] + worth[frozenset(swap.get(name, name) for name in some)]) / 2 for some in worth
    }
    values = shapley(players, even)
    assert close(values[one], values[other])


@given(games(), st.data())
def test_a_player_that_adds_nothing_has_exactly_nothing(game, data):
    players, worth = game
    idle = data.draw(st.sampled_from(players))
    values = shapley(players, {some: worth[some - {idle}] for some in worth})
    assert values[idle] == 0


@given(games(), st.data())
def test_what_a_player_adds_always_is_its_value(game, data):
    players, worth = game
    plus = data.draw(NUMBERS)
    player = data.draw(st.sampled_from(players))
    added = {some: worth[some - {player}] + (plus if player in some else 0) for some in worth}
    assert close(plus, shapley(players, added)[player])


@given(games())
def test_a_value_is_the_fair_part_of_each_dividend(game):
    players, worth = game
    shares = dict.fromkeys(players, 0.0)
    for some, dividend in dividends(players, worth).items():
        for player in some:
            shares[player] += dividend / len(some)
    assert close(shares, shapley(players, worth))


@given(games())
def test_dividends_build_the_worth_of_every_coalition(game):
    players, worth = game
    found = dividends(players, worth)
    built = {
        whole: worth[frozenset()] + sum(value for some, value in found.items() if some <= whole)
        for whole in worth
    }
    assert close(worth, built)


@given(games(), st.data())
def test_players_are_joined_only_where_a_run_is_missing(game, data):
    players, worth = game
    lost = data.draw(st.sets(st.sampled_from(sorted(worth, key=sorted))))
    known = worth.keys() - lost
    blocks = finest_blocks(players, known)
    if {frozenset(), frozenset(players)} <= known:
        assert sorted(players) == sorted(name for block in blocks for name in block)
        assert (len(blocks) == len(players)) == (not lost)
    else:
        assert blocks is None


@given(games(), st.data())
def test_shares_of_what_is_left_still_sum_to_the_change(game, data):
    players, worth = game
    lost = data.draw(st.sets(st.sampled_from(sorted(worth, key=sorted))))
    results = {some: {"m.json": {"score": value}} for some, value in worth.items() if some not in lost}
    for metric in attribute(players, results):
        if metric.method is Method.SHAPLEY:
            assert close(metric.change, sum(share.value for share in metric.shares))
        elif metric.interaction is not None:
            assert close(metric.change, sum(share.value for share in metric.shares) + metric.interaction)
        assert metric.method is not Method.NONE or metric.missing


@given(PLAYERS)
def test_one_at_a_time_takes_no_more_runs_than_every_mix(players):
    some = one_at_a_time(players)
    assert len(set(some)) == len(some) <= min(len(players) + 2, 2 ** len(players))
