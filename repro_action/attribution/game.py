# SPDX-License-Identifier: Apache-2.0
"""Cooperative games of few players: Shapley values, interactions, and what remains where values are missing.

A game is a function from coalitions of players to numbers. Here a player is a part of a change, a
coalition those parts that are as in head while all others are as in the base commit, and the number a metric
of that run.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

Coalition = frozenset[str]
"""The players that are as in head."""

Worth = Mapping[Coalition, float]
"""coalition → value of one metric, in the metric's own unit; finite."""

EXACT = 4
"""The most players of whom every coalition is run: 16 runs."""


def coalitions(players: Sequence[str]) -> tuple[Coalition, ...]:
    """Return all `2 ** len(players)` coalitions, the smaller ones first."""
    return tuple(frozenset(some) for size in range(len(players) + 1) for some in combinations(players, size))


def one_at_a_time(players: Sequence[str]) -> tuple[Coalition, ...]:
    """Return the coalitions of nobody, of everybody, and of everybody but one: at most `len(players) + 2`."""
    everybody = frozenset(players)
    return tuple(
        dict.fromkeys([frozenset(), everybody, *(everybody - {player} for player in reversed(players))])
    )


def shapley(players: Sequence[str], worth: Worth) -> dict[str, float]:
    """Return each player's Shapley value: what it adds, averaged over all orders in which players can join.

    The values sum to the worth of everybody minus that of nobody (efficiency); players that always add the
    same have the same value (symmetry); one that never adds anything has 0 (null player).

    L. S. Shapley, "A Value for n-Person Games", Contributions to the Theory of Games II, 1953, 307-317; for
    parts of a model: E. Štrumbelj and I. Kononenko, "Explaining prediction models and individual predictions
    with feature contributions", Knowledge and Information Systems 41, 2014, 647-665. Exact, not sampled.

    Args:
        players: without repetition.
        worth: of every coalition of them.
    """
    count = len(players)
    values: dict[str, float] = {}
    for player in players:
        others = [other for other in players if other != player]
        values[player] = math.fsum(
            (worth[some | {player}] - worth[some]) / (count * math.comb(count - 1, len(some)))
            for some in coalitions(others)
        )
    return values


def dividends(players: Sequence[str], worth: Worth) -> dict[Coalition, float]:
    """Return what each coalition adds beyond its own parts; that of one player is what it adds alone.

    A Shapley value is the sum over the coalitions that a player is in, each dividend shared equally among its
    members. J. C. Harsanyi, "A Simplified Bargaining Model for the n-Person Cooperative Game", International
    Economic Review 4, 1963, 194-220.

    Args:
        players: without repetition.
        worth: of every coalition of them.
    """
    return {
        whole: math.fsum(
            worth[part] if (len(whole) - len(part)) % 2 == 0 else -worth[part]
            for part in coalitions(sorted(whole))
        )
        for whole in coalitions(players)
        if whole
    }


def finest_blocks(players: Sequence[str], known: Collection[Coalition]) -> tuple[tuple[str, ...], ...] | None:
    """Return the players in as many groups as have a worth whichever of them are together; None for no game.

    Players that cannot be told apart, since a run with one and without the other has no result, are one
    player of the game that is left: the quotient game of G. Owen, "Values of Games with a Priori Unions",
    1977.
    Of several such groupings that of the smallest first differing group is returned.

    Args:
        players: without repetition; at most a handful, since all groupings are looked at.
        known: coalitions whose worth is known.
    """
    fitting = [blocks for blocks in _partitions(tuple(players)) if _is_known(blocks, known)]
    return max(fitting, key=len) if fitting else None


def _is_known(blocks: Sequence[tuple[str, ...]], known: Collection[Coalition]) -> bool:
    return all(
        frozenset(player for block in some for player in block) in known
        for size in range(len(blocks) + 1)
        for some in combinations(blocks, size)
    )


def _partitions(players: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Yield every way to put players into groups."""
    if not players:
        yield ()
        return
    first, rest = players[0], players[1:]
    for size in range(len(rest) + 1):
        for others in combinations(rest, size):
            left = tuple(player for player in rest if player not in others)
            for blocks in _partitions(left):
                yield ((first, *others), *blocks)
