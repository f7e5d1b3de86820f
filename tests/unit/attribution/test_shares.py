# SPDX-License-Identifier: Apache-2.0
"""What is said of a metric, by example."""

from __future__ import annotations

import math

import pytest

from repro_action.attribution.game import coalitions
from repro_action.attribution.model import Method, Share
from repro_action.attribution.shares import attribute

FILE = "m.json"


def results(players, value, *, without=()):
    return {
        some: {FILE: {"score": value(some)}}
        for some in coalitions(players)
        if some not in map(frozenset, without)
    }


def only(found):
    (metric,) = found
    return metric


def test_an_interaction_of_two_is_shared_equally_and_named():
    players = ("data", "params")
    worth = {(): 0.9, ("data",): 0.88, ("params",): 0.91, ("data", "params"): 0.87}
    found = only(attribute(players, results(players, lambda some: worth[tuple(sorted(some))])))
    assert Method.SHAPLEY is found.method
    assert ("data",) == found.shares[0].players
    assert pytest.approx(-0.03) == found.shares[0].value
    assert pytest.approx(0.0) == found.shares[1].value
    assert [("data", "params")] == [joint.players for joint in found.interactions]
    assert pytest.approx(-0.02) == found.interactions[0].value
    assert pytest.approx((-0.02, -0.04)) == (found.singles[0].alone, found.singles[0].last)


def test_parts_that_only_add_up_have_no_interaction():
    players = ("code", "data", "seed")
    weights = {"code": 0.1, "data": -0.3, "seed": 0.7}
    found = only(attribute(players, results(players, lambda some: sum(weights[name] for name in some))))
    assert () == found.interactions
    assert ["seed", "data", "code"] == [share.players[0] for share in found.shares]


def test_parts_that_cannot_be_run_apart_are_one_part():
    players = ("code", "data", "params")
    apart = [some for some in coalitions(players) if ("code" in some) != ("params" in some)]
    found = only(attribute(players, results(players, len, without=apart)))
    assert (Share(players=("code", "params"), value=2.0), Share(players=("data",), value=1.0)) == found.shares
    assert "code and params could not be run apart" == found.missing


def test_without_the_base_commit_each_part_is_still_taken_back():
    players = ("code", "data")
    found = only(attribute(players, results(players, len, without=[()])))
    assert Method.ONE_AT_A_TIME is found.method
    assert (None, 2.0, None) == (found.before, found.after, found.interaction)
    assert {("code",): 1.0, ("data",): 1.0} == {share.players: share.value for share in found.shares}
    assert "the base commit has no result" == found.missing


def test_without_head_nothing_can_be_said():
    players = ("code", "data")
    found = only(attribute(players, results(players, len, without=[players])))
    assert (Method.NONE, "head has no result") == (found.method, found.missing)


@pytest.mark.parametrize("value", [math.nan, math.inf, 10**400], ids=["nan", "infinite", "huge"])
def test_a_metric_without_a_finite_number_says_so(value):
    players = ("data",)
    found = only(attribute(players, results(players, lambda some: value if some else 1.0)))
    assert (Method.NONE, "in head it is not a finite number") == (found.method, found.missing)


def test_a_metric_that_is_new_says_so():
    players = ("code",)
    made = {frozenset(): {}, frozenset(players): {FILE: {"score": 1.0}}}
    assert "the base commit has no such metric" == only(attribute(players, made)).missing


def test_words_and_flags_are_no_metrics_to_share():
    players = ("code",)
    made = {some: {FILE: {"best": "forest", "done": True}} for some in coalitions(players)}
    assert () == attribute(players, made)


def test_beyond_four_parts_each_is_taken_back_and_the_rest_is_interaction():
    players = ("a", "b", "c", "d", "e")
    everybody = frozenset(players)
    made = {
        some: {FILE: {"score": len(some) + (10.0 if some == everybody else 0.0)}}
        for some in [frozenset(), everybody, *(everybody - {name} for name in players)]
    }
    found = only(attribute(players, made))
    assert Method.ONE_AT_A_TIME is found.method
    assert 15.0 - 5 * 11.0 == found.interaction


def test_opposite_parts_move_a_metric_that_stays_the_same():
    players = ("code", "data")
    weights = {"code": 0.5, "data": -0.5}
    found = only(attribute(players, results(players, lambda some: sum(weights[name] for name in some))))
    assert 0 == found.change
    assert found.moved
