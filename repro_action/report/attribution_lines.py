# SPDX-License-Identifier: Apache-2.0
"""What moved the metrics, in words: one line a metric, and the details below it. All texts are foreign."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.attribution.model import Attribution, FailedMix, Method, MetricAttribution, Share
from repro_action.report.numbers import brief_pair, signed
from repro_action.text import few, plural

JOINT = " \N{MULTIPLICATION SIGN} "
"""Joins parts that change a metric together, beyond what each does by itself."""


def attribution_line(metric: MetricAttribution) -> str:
    """Return the answer for one metric: `score 0.9 → 0.88 (-0.02): data -0.024, params +0.004`."""
    change = change_text(metric)
    return (
        f"{metric.name} {change}: {shares_text(metric)}"
        if change
        else f"{metric.name}: {shares_text(metric)}"
    )


def change_text(metric: MetricAttribution) -> str:
    """Return both values and their difference; empty where an end has none."""
    if metric.before is None or metric.after is None:
        return ""
    before, after = brief_pair(metric.before, metric.after)
    return f"{before} → {after} ({_signed(metric.change)})"


def shares_text(metric: MetricAttribution) -> str:
    """Return what moved a metric: `data -0.024, params +0.004`."""
    if metric.method is Method.NONE:
        return f"not explained, since {metric.missing}"
    parts = [f"{_names(share)} {_signed(share.value)}" for share in metric.shares]
    if metric.interaction is not None:
        parts.append(f"interaction {_signed(metric.interaction)}")
    taken = "each taken back alone: " if metric.method is Method.ONE_AT_A_TIME else ""
    return taken + ", ".join(parts)


def _names(share: Share) -> str:
    return " with ".join(share.players)


def _signed(value: float | None) -> str:
    if value is None:
        return "unknown"
    return signed(value) if value else "0"


def detail_lines(metric: MetricAttribution) -> Iterator[str]:
    """Yield what stands below a metric: what each part does by itself, what only together, what lacks."""
    if metric.method is not Method.ONE_AT_A_TIME and len(metric.singles) > 1:
        for single in metric.singles:
            yield (
                f"{single.player}: {_signed(single.alone)} alone on the base commit, "
                f"{_signed(single.last)} as the last step to head"
            )
    for joint in metric.interactions:
        yield f"{JOINT.join(joint.players)}: {_signed(joint.value)} only together, shared equally"
    if metric.missing and metric.method is not Method.NONE:
        yield metric.missing


def players_line(attribution: Attribution) -> str:
    """Return what differs: `data (wine.csv), params (params.toml: depth and 2 more)`."""
    return ", ".join(
        player.name if player.materials == (player.name,) else f"{player.name} ({few(player.materials)})"
        for player in attribution.players
    )


def failed_line(failed: FailedMix) -> str:
    """Return why a mix has no result: `with code of head, and all else of the base commit: …`."""
    if failed.players:
        mix = f"with {', '.join(failed.players)} of head, and all else of the base commit"
    else:
        mix = "the base commit"
    step = f"step {failed.step} failed: " if failed.step else ""
    return f"{mix}: {step}{failed.notice.what}"


def runs_line(attribution: Attribution) -> str:
    """Return what it took: `4 runs, 2 of them kept from earlier`."""
    total = attribution.runs + attribution.reused
    kept = f", {attribution.reused} of them kept from earlier" if attribution.reused else ""
    return f"{plural(total, 'run')}{kept}"
