# SPDX-License-Identifier: Apache-2.0
"""One line below the metrics: which changes another seed alone could have made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from repro_action.noise.margin import FEW, NoiseMargin
from repro_action.report.model import MetricRow, State

NAMED = 4
"""Metrics of one kind that are named."""

_SIGMA = "\N{GREEK SMALL LETTER SIGMA}"


def noise_line(rows: Iterable[MetricRow]) -> str:
    """Return the line, for metrics that differ; empty where no seed noise was measured.

    How many sigma of seed noise, of how many trainings, for one metric; names by kind for several.
    """
    found = [
        (row.name, row.noise) for row in rows if row.noise is not None and row.state is not State.IDENTICAL
    ]
    margins = [noise for _, noise in found]
    if not margins:
        return ""
    if any(noise.stale for noise in margins):
        return "the seed noise was measured with other materials: run `repro calibrate` again"
    if len(found) == 1:
        (name, noise), *_ = found
        return f"{name}: {_one(noise)}{_small(margins)}"
    kinds = [
        (f"not distinguishable from another seed ({_SIGMA} of seed noise, {_counts(margins)})", False),
        ("more than another seed does", True),
    ]
    parts = [
        _listed(text, [name for name, one in found if one.distinguishable is kind]) for text, kind in kinds
    ]
    still = [name for name, one in found if one.deviation == 0]
    parts.append(_listed("no seed noise seen", still))
    parts.append(_listed("seed noise unknown", [name for name, one in found if one.deviation is None]))
    return "; ".join(filter(None, parts)) + _small(margins)


def _one(noise: NoiseMargin) -> str:
    if noise.deviation is None:
        return f"seed noise unknown, n = {noise.count}"
    if noise.sigmas is None:
        return f"no seed noise seen, n = {noise.count}"
    kind = "distinguishable" if noise.distinguishable else "not distinguishable"
    return f"{noise.sigmas:.1f} {_SIGMA} of seed noise, n = {noise.count}: {kind}"


def _small(margins: Sequence[NoiseMargin]) -> str:
    """Say that the bar is Student's where it is far from two, and how many trainings are missing."""
    return "".join(f"; {text}" for text in _remarks(margins))


def _remarks(margins: Sequence[NoiseMargin]) -> Iterator[str]:
    bars = [noise.bar for noise in margins if noise.bar is not None and noise.count < FEW]
    if bars:
        yield f"few trainings: Student's t asks for {max(bars):.2g} {_SIGMA}"
    missing = max(noise.missing for noise in margins)
    if missing:
        yield f"{missing} training{'s' if missing > 1 else ''} without a value"


def _counts(margins: Sequence[NoiseMargin]) -> str:
    counts = sorted({noise.count for noise in margins})
    return f"n = {counts[0]}" + (f" to {counts[-1]}" if len(counts) > 1 else "")


def _listed(text: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{text}: {', '.join(names[:NAMED])}{more}"
