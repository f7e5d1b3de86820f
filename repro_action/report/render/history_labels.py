# SPDX-License-Identifier: Apache-2.0
"""What the history of models says in words, for every medium; foreign names in it are not escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from repro_action.report import numbers
from repro_action.report.model import Comparison, Goal, MetricRow, State
from repro_action.report.model_history import (
    AcceptedVersion,
    BaselineState,
    MetricSeries,
    ModelHistory,
    RepositoryHistory,
)
from repro_action.text import ELLIPSIS, plural

_STATES = {
    BaselineState.ACCEPTED: "accepted",
    BaselineState.NONE: "no baseline",
    BaselineState.UNREADABLE: "unreadable baseline",
}
_BARS = "▁▂▃▄▅▆▇█"
_MOST = 20


def state(model: ModelHistory) -> str:
    """Return how a model is: what a run of it said, or else what git has of its baseline."""
    if model.fault:
        return "broken configuration"
    return model.verdict.value.replace("_", " ") if model.verdict is not None else _STATES[model.state]


def newest(series: MetricSeries) -> str:
    """Return the newest value of a metric, and what it was where that differs: `0.97 (was 0.93)`."""
    value, former = newest_and_former(series)
    return f"{value} (was {former})" if former else value


def newest_and_former(series: MetricSeries) -> tuple[str, str]:
    """Return the newest value and the one before, which is empty where it is the same or there is none."""
    values = [point.value for point in series.points]
    if len(values) < 2 or values[-1] == values[-2]:
        return short(values[-1]), ""
    before, after = _apart(values[-2], values[-1])
    return after, before


def short(value: float) -> str:
    """Return a number of a metric in six digits."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 10**9 else f"{value:.6g}"


def _apart(before: float, after: float) -> tuple[str, str]:
    """Return two numbers as short as `short` does, unless that would make unlike ones alike."""
    texts = short(before), short(after)
    return texts if texts[0] != texts[1] else numbers.brief_pair(before, after)


def better(series: MetricSeries) -> bool | None:
    """Whether the newest value is the better one; None without a goal or a difference."""
    values = [point.value for point in series.points][-2:]
    if len(values) < 2 or values[0] == values[1] or series.goal is Goal.NONE:
        return None
    return (values[1] > values[0]) == (series.goal is Goal.MAX)


def bars(values: Iterable[float]) -> str:
    """Return a line of blocks, as high as the values between their lowest and highest; the last ones."""
    last = list(values)[-_MOST:]
    if len(last) < 2:
        return ""
    low, high = min(last), max(last)
    # Of halves, as their difference can be beyond all floats.
    span = high / 2 - low / 2
    return "".join(_BARS[round(7 * (value / 2 - low / 2) / span) if span else 3] for value in last)


def change(version: AcceptedVersion) -> str:
    """Return what a baseline changed, in one line: `accuracy 0.93 → 0.97; 2 artifacts; params, code`."""
    if version.fault:
        return version.fault
    if version.first:
        return "the first baseline"
    parts = [_platforms("new", version.added), _platforms("dropped", version.removed)]
    parts += [one_change(found) for found in version.changes]
    return "; ".join(dict.fromkeys(part for part in parts if part)) or "only what is never compared"


def one_change(found: Comparison) -> str:
    """Return what differs on one platform class, in one line."""
    return "; ".join(part for part in (_metrics(found), _artifacts(found), materials(found)) if part)


def _metrics(found: Comparison) -> str:
    shown = [f"{row.name} {values(row)}" for row in found.metrics[:2]]
    left = len(found.metrics) + found.hidden.metrics - len(shown)
    return ", ".join([*shown, *([f"{left} more metrics" if left > 1 else "1 more metric"] if left else [])])


def values(row: MetricRow) -> str:
    """Return both values of a metric: `0.93 → 0.97`."""
    if row.state is State.ADDED:
        return f"new: {numbers.number(row.after, 20)}"
    if row.state is State.MISSING:
        return "gone"
    before, after = numbers.brief_pair(row.before, row.after)
    return f"{before} → {after}"


def _artifacts(found: Comparison) -> str:
    differing = [one for one in found.artifacts if one.state is not State.BYTES_ONLY]
    count = len(differing) + found.hidden.artifacts
    if not count:
        return "only bytes of artifacts" if found.artifacts else ""
    return differing[0].path if count == 1 and differing else plural(count, "artifact")


def materials(found: Comparison) -> str:
    """Return the classes of material that differ, as those that may be the cause."""
    kinds = dict.fromkeys(one.kind.value for one in found.materials)
    return f"by {', '.join(kinds)}" if kinds else ""


def _platforms(word: str, names: tuple[str, ...]) -> str:
    return f"{word} platform class {', '.join(names)}" if names else ""


def title(history: RepositoryHistory) -> str:
    """Return what the models are called together."""
    return f"Models of {history.name}" if history.name else "Models"


def summary(history: RepositoryHistory) -> str:
    """Return how much there is: `3 models, 10 accepted baselines`."""
    versions = sum(len(model.versions) + model.omitted for model in history.models)
    return f"{plural(len(history.models), 'model')}, {plural(versions, 'accepted baseline')}"


def left_out(history: RepositoryHistory) -> Iterator[str]:
    """Yield a sentence for each thing that is missing."""
    for notice in history.notices:
        yield f"{notice.what}. {notice.remedy}".strip()
    if history.omitted:
        yield f"{plural(history.omitted, 'model')} more {'is' if history.omitted == 1 else 'are'} left out"


def omitted_versions(model: ModelHistory) -> str:
    """Return how many older baselines are left out; empty for none."""
    return f"{ELLIPSIS} and {plural(model.omitted, 'older baseline')}" if model.omitted else ""
