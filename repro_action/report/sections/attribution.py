# SPDX-License-Identifier: Apache-2.0
"""Which part of the change moved each metric, where mixes of base and head were run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from repro_action.attribution.model import Attribution, Method, MetricAttribution
from repro_action.report.attribution_lines import (
    attribution_line,
    change_text,
    detail_lines,
    failed_line,
    runs_line,
    shares_text,
)
from repro_action.report.model import Report
from repro_action.report.sections.rows import Row, RowsSection

_FAILED = 3


def first_attribution(report: Report, metrics: Sequence[tuple[str, str]]) -> str:
    """Return one line for a reader in a hurry; empty where nothing is explained.

    Args:
        report: with or without an attribution.
        metrics: file and name of those that are shown, the most telling first.
    """
    found = report.attribution
    explained = [
        metric for metric in (found.metrics if found is not None else ()) if metric.method is not Method.NONE
    ]
    if not explained:
        return ""
    order = {place: index for index, place in reversed(list(enumerate(metrics)))}
    first = min(explained, key=lambda metric: order.get((metric.file, metric.name), len(order)))
    return attribution_line(first)


def _rows(report: Report) -> Iterator[Row]:
    found = report.attribution
    if found is None:
        return
    if found.error is not None:
        yield Row("not explained", ("", found.error.what, found.error.remedy))
    yield from (_row(metric) for metric in found.metrics)
    yield from _limits(found)


def _row(metric: MetricAttribution) -> Row:
    return Row(metric.name, (change_text(metric), shares_text(metric), "; ".join(detail_lines(metric))))


def _limits(found: Attribution) -> Iterator[Row]:
    """Yield what could not be run, and what it took."""
    for failed in found.failed[:_FAILED]:
        yield Row("could not be run", ("", failed_line(failed), failed.notice.why))
    if found.unfinished:
        yield Row("unfinished", ("", "the time for it was used up", runs_line(found)))
    elif found.runs + found.reused:
        yield Row("measured by", ("", f"{runs_line(found)} of base and head mixed", ""))


ATTRIBUTION = RowsSection(
    name="attribution",
    title="Which part of the change moved the metrics",
    columns=("metric", "change", "what moved it", "in detail"),
    rows=_rows,
    rank=16,
    label="moved by",
)
