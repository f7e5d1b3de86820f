# SPDX-License-Identifier: Apache-2.0
"""From the metrics of mixed runs to what each part of the change contributes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from repro_action.attribution.game import (
    EXACT,
    Coalition,
    Worth,
    coalitions,
    dividends,
    finest_blocks,
    shapley,
)
from repro_action.attribution.model import Method, MetricAttribution, Share, Single
from repro_action.fingerprint import Metrics
from repro_action.tree import Scalar

TOGETHER = " + "
"""Joins the names of parts that cannot be told apart."""
_ROUNDING = 1e-12
"""Fraction of the metric itself below which a sum of differences is rounding of float64."""


def attribute(players: Sequence[str], results: Mapping[Coalition, Metrics]) -> tuple[MetricAttribution, ...]:
    """Return the shares of every metric that the base commit or head has, in the order of files and names.

    Args:
        players: names of the parts that differ.
        results: coalition → metrics of its run; without those that failed or were not run.
    """
    names = {
        (file, name)
        for end in (frozenset[str](), frozenset(players))
        for file, values in results.get(end, {}).items()
        for name, value in values.items()
        if _is_number(value)
    }
    return tuple(_metric(players, results, file, name) for file, name in sorted(names))


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _metric(
    players: Sequence[str], results: Mapping[Coalition, Metrics], file: str, name: str
) -> MetricAttribution:
    worth = dict(_worth(results, file, name))
    nobody, everybody = frozenset[str](), frozenset(players)
    base = MetricAttribution(
        file=file,
        name=name,
        before=worth.get(nobody),
        after=worth.get(everybody),
        method=Method.NONE,
        singles=tuple(_single(player, everybody, worth) for player in players),
    )
    if len(players) > EXACT:
        return _one_at_a_time(base)
    blocks = finest_blocks(players, worth)
    if blocks is None or (len(blocks) == 1 < len(players)):
        found = _one_at_a_time(base)
        return replace(found, missing=_absent(results, worth, file, name, everybody) or found.missing)
    return _exact(base, blocks, worth)


def _exact(base: MetricAttribution, blocks: Sequence[tuple[str, ...]], worth: Worth) -> MetricAttribution:
    names = [TOGETHER.join(block) for block in blocks]
    members = dict(zip(names, blocks, strict=True))
    of_blocks = {
        some: worth[frozenset(player for name in some for player in members[name])]
        for some in coalitions(names)
    }
    values = shapley(names, of_blocks)
    least = _ROUNDING * max(map(abs, of_blocks.values()))
    joint = {
        some: value
        for some, value in dividends(names, of_blocks).items()
        if len(some) > 1 and abs(value) > least
    }
    apart = [" and ".join(block) for block in blocks if len(block) > 1]
    return replace(
        base,
        method=Method.SHAPLEY,
        shares=_largest_first(Share(players=members[name], value=value) for name, value in values.items()),
        interactions=_largest_first(
            Share(players=tuple(name for name in names if name in some), value=value)
            for some, value in joint.items()
        ),
        missing=f"{'; '.join(apart)} could not be run apart" if apart else "",
    )


def _one_at_a_time(base: MetricAttribution) -> MetricAttribution:
    known = [(single.player, single.last) for single in base.singles]
    shares = [Share(players=(player,), value=last) for player, last in known if last is not None]
    if not shares:
        return replace(base, missing="no mix of the base commit and head has a result")
    whole = base.change is not None and len(shares) == len(known)
    rest = math.fsum([base.change or 0.0, *(-share.value for share in shares)])
    least = _ROUNDING * max(abs(base.before or 0.0), abs(base.after or 0.0))
    lost = [player for player, last in known if last is None]
    return replace(
        base,
        method=Method.ONE_AT_A_TIME,
        shares=_largest_first(shares),
        interaction=(rest if abs(rest) > least else 0.0) if whole else None,
        missing=f"without {', '.join(lost)}: its run has no result" if lost else "",
    )


def _largest_first(shares: Iterable[Share]) -> tuple[Share, ...]:
    return tuple(sorted(shares, key=lambda share: (-abs(share.value), share.players)))


def _single(player: str, everybody: Coalition, worth: Worth) -> Single:
    def difference(more: Coalition, fewer: Coalition) -> float | None:
        return worth[more] - worth[fewer] if more in worth and fewer in worth else None

    only = frozenset({player})
    return Single(
        player=player,
        alone=difference(only, frozenset()),
        last=difference(everybody, everybody - only),
    )


def _absent(results: Mapping[Coalition, Metrics], worth: Worth, file: str, name: str, head: Coalition) -> str:
    """Return what an end lacks of a metric: `head has no such metric`; empty where both have it."""
    for end, label in ((frozenset[str](), "the base commit"), (head, "head")):
        if end not in results:
            return f"{label} has no result"
        if name not in results[end].get(file, {}):
            return f"{label} has no such metric"
        if end not in worth:
            return f"in {label} it is not a finite number"
    return ""


def _worth(results: Mapping[Coalition, Metrics], file: str, name: str) -> Iterator[tuple[Coalition, float]]:
    for coalition, metrics in results.items():
        value = metrics.get(file, {}).get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                number = float(value)
            except OverflowError:
                continue
            if math.isfinite(number):
                yield coalition, number
