# SPDX-License-Identifier: Apache-2.0
"""The history of models on a terminal: a block a model, a line a baseline."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.report.model_history import ModelHistory, RepositoryHistory
from repro_action.report.render import history_labels as labels
from repro_action.text import clean

_METRICS = 3
_VERSIONS = 10
"""Lines of one model, unless it is the only one."""


def lines(history: RepositoryHistory) -> Iterator[str]:
    """Yield the lines; foreign texts are cut and made visible."""
    title = clean(labels.title(history))
    yield f"{title} at {history.commit[:12]} ({history.day}): {labels.summary(history)}"
    only = len(history.models) == 1
    for model in history.models:
        yield ""
        yield from _model(model, most=len(model.versions) if only else _VERSIONS)
    missing = list(labels.left_out(history))
    if missing:
        yield ""
        yield from (f"note: {sentence}" for sentence in missing)


def _model(model: ModelHistory, *, most: int) -> Iterator[str]:
    yield f"{clean(model.name, 60)}  {labels.state(model)}  {clean(model.config)}"
    if model.fault:
        yield f"  {clean(model.fault)}"
    for series in model.metrics[:_METRICS]:
        bars = labels.bars(point.value for point in series.points)
        yield f"  {clean(series.name, 40)}  {labels.newest(series)}  {bars}".rstrip()
    for version in model.versions[:most]:
        subject = clean(version.subject, 60)
        yield f"  {version.day}  {version.commit[:12]}  {clean(labels.change(version), 120)}  ({subject})"
    left = len(model.versions) - most + model.omitted if len(model.versions) > most else model.omitted
    if left:
        yield f"  and {left} older; `--json` lists {'all' if not model.omitted else 'the newest'}"
