# SPDX-License-Identifier: Apache-2.0
"""What receipts of other builders say of a run, beside its report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from repro_action.errors import ReproError
from repro_action.flows.receipts import FOLDER, ReceiptsFound, find_receipts
from repro_action.notice import Notice
from repro_action.report.receipt_counts import LISTED_RECEIPTS, ReceiptCounts, ReceiptLine, ReceiptState
from repro_action.verdict import Verdict

if TYPE_CHECKING:
    from repro_action.flows.base_rules import BaseRules
    from repro_action.report.model import Report
    from repro_action.runs.project import Project


def counted(report: Report, project: Project, rules: BaseRules | None = None) -> Report:
    """Return a report with what builders say of its run; a receipt that disagrees is a warning too.

    Args:
        report: of the run that ended last.
        project: with its `[evidence]`.
        rules: of the base of a change, where they are others: keys that only the change lists count for
            nothing in its own report.
    """
    evidence = project.config.evidence
    keys, demanded = evidence.keys, evidence.receipts
    if rules is not None:
        keys = tuple(key for key in keys if key in rules.trusted_keys)
        demanded = max(demanded, rules.demanded_receipts)
    made = project.store.candidate(project.config.name) if report.verdict is not Verdict.FAILED else None
    if made is None or not (evidence.asked or demanded):
        return report
    try:
        found = find_receipts(project, run=made, listed=keys)
    except ReproError as error:
        notice = replace(error.notice, where=error.where or FOLDER)
        counts = ReceiptCounts(confirmed=0, builders=0, demanded=demanded)
        return replace(report, receipts=counts, warnings=(*report.warnings, notice))
    tally = found.tally
    counts = ReceiptCounts(
        confirmed=len(tally.confirming) if tally else 0,
        builders=tally.builders if tally else 0,
        demanded=demanded,
        listed=tuple(islice(_lines(found), LISTED_RECEIPTS)),
    )
    return replace(report, receipts=counts, warnings=(*report.warnings, *_warnings(counts)))


def _lines(found: ReceiptsFound) -> Iterator[ReceiptLine]:
    for other in found.tally.disagreeing if found.tally else ():
        parting = other.parting
        yield ReceiptLine(
            builder=other.signed.builder,
            state=ReceiptState.DISAGREES,
            platform=other.signed.receipt.platform,
            commit=other.signed.receipt.source.commit[:12],
            text=f"{parting.where}: here {parting.ours}, there {parting.theirs}"
            + (f"; the platforms compute differently: {parting.cause}" if parting.cause else ""),
        )
    for refused in found.refused:
        yield ReceiptLine(builder=refused.file, state=ReceiptState.REFUSED, text=refused.reason)
    for one in found.tally.confirming if found.tally else ():
        yield ReceiptLine(
            builder=one.builder,
            state=ReceiptState.CONFIRMS,
            platform=one.receipt.platform,
            commit=one.receipt.source.commit[:12],
        )


def _warnings(counts: ReceiptCounts) -> Iterator[Notice]:
    disagreeing = [one for one in counts.listed if one.state is ReceiptState.DISAGREES]
    if disagreeing:
        yield Notice(
            what=f"{disagreeing[0].builder} got something else from the same materials",
            why=disagreeing[0].text,
            remedy="`repro receipts` shows all; compare the two platforms with `repro doctor`.",
        )
