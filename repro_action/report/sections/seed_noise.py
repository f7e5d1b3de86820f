# SPDX-License-Identifier: Apache-2.0
"""One line below the metrics: which changes another seed alone could have made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from repro_action.noise.margin import FEW, NoiseMargin
from repro_action.report.model import MetricRow, State

NAMED = 4
"""Metrics of one kind that are named."""

_SIGMA = "\N{GREEK SMALL LETTER SIGMA}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseGroup:
    """Metrics of which the same is to be said.

    Attributes:
        text: that, in our own words.
        names: of the metrics; foreign texts, and empty where it is said of all.
        more: how many are not named.
    """

    text: str
    names: tuple[str, ...] = ()
    more: int = 0


def noise_line(rows: Iterable[MetricRow]) -> str:
    """Return the line as plain text; empty where no seed noise was measured of metrics that differ."""
    return "; ".join(map(_text, noise_groups(rows)))


def _text(group: NoiseGroup) -> str:
    more = f" and {group.more} more" if group.more else ""
    return f"{group.text}: {', '.join(group.names)}{more}" if group.names else group.text


def noise_groups(rows: Iterable[MetricRow]) -> tuple[NoiseGroup, ...]:
    """Return what is said of metrics that differ; nothing where no seed noise was measured."""
    found = [
        (row.name, row.noise) for row in rows if row.noise is not None and row.state is not State.IDENTICAL
    ]
    margins = [noise for _, noise in found]
    if any(noise.stale for noise in margins):
        stale = "the seed noise was measured with other materials: run `repro calibrate` again"
        return (NoiseGroup(text=stale),)
    if len(found) == 1:
        groups = [NoiseGroup(text=_one(margins[0]))]
    else:
        counts = f"{_SIGMA} of seed noise, {_counts(margins)}" if margins else ""
        groups = [
            _group(
                f"not distinguishable from another seed ({counts})",
                found,
                lambda one: one.distinguishable is False,
            ),
            _group("more than another seed does", found, lambda one: one.distinguishable is True),
            _group("no seed noise seen", found, lambda one: one.deviation == 0),
            _group("seed noise unknown", found, lambda one: one.deviation is None),
        ]
    remarks = [NoiseGroup(text=text) for text in _remarks(margins)]
    return tuple(group for group in (*groups, *remarks) if group.text)


def _group(
    text: str, found: Sequence[tuple[str, NoiseMargin]], fits: Callable[[NoiseMargin], bool]
) -> NoiseGroup:
    names = [name for name, one in found if fits(one)]
    return NoiseGroup(text=text if names else "", names=tuple(names[:NAMED]), more=max(0, len(names) - NAMED))


def _one(noise: NoiseMargin) -> str:
    if noise.deviation is None:
        return f"seed noise unknown, n = {noise.count}"
    if noise.sigmas is None:
        return f"no seed noise seen, n = {noise.count}"
    kind = "distinguishable" if noise.distinguishable else "not distinguishable"
    return f"{noise.sigmas:.1f} {_SIGMA} of seed noise, n = {noise.count}: {kind}"


def _remarks(margins: Sequence[NoiseMargin]) -> Iterator[str]:
    """Say that the bar is Student's where it is far from two, and how many trainings are missing."""
    if not margins:
        return
    bars = [noise.bar for noise in margins if noise.bar is not None and noise.count < FEW]
    if bars:
        yield f"few trainings: Student's t asks for {max(bars):.2g} {_SIGMA}"
    missing = max(noise.missing for noise in margins)
    if missing:
        yield f"{missing} training{'s' if missing > 1 else ''} without a value"


def _counts(margins: Sequence[NoiseMargin]) -> str:
    counts = sorted({noise.count for noise in margins})
    return f"n = {counts[0]}" + (f" to {counts[-1]}" if len(counts) > 1 else "")
