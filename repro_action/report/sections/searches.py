# SPDX-License-Identifier: Apache-2.0
"""Whether the records of searches are true: a row a question."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.report.model import Report
from repro_action.report.search_claims import ClaimState, SearchQuestion
from repro_action.report.sections.rows import Row, RowsSection

_QUESTIONS = {
    SearchQuestion.SAMPLER: "the sampler asks for it again",
    SearchQuestion.WINNER: "the winner is the best",
    SearchQuestion.RETRAINED: "trials give their values again",
}
_FIRST = (ClaimState.REFUTED, ClaimState.LOST, ClaimState.UNCHECKED, ClaimState.CONFIRMED)


def _rows(report: Report) -> Iterator[Row]:
    for claim in sorted(report.searches, key=lambda one: _FIRST.index(one.state)):
        said = f"{claim.text}: {claim.why}" if claim.why else claim.text
        yield Row(claim.search, (_QUESTIONS[claim.question], claim.state.value, said))


SEARCHES = RowsSection(
    name="searches",
    title="Searches",
    columns=("record", "claim", "", "found"),
    rows=_rows,
    rank=14,
    label="search",
)
