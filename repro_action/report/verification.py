# SPDX-License-Identifier: Apache-2.0
"""Verification records: what a trusted run of the default branch verified, for jobs that need not train.

The file travels as the only member of an artifact of its own.

{"version": 1, "tool": …, "commit": …, "run": …, "run_url": …, "date": …,
 "records": [{"config", "model", "platform", "materials", "products", "fingerprint", "verdict"}]}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from repro_action.codec.baseline import part_ids
from repro_action.fingerprint import Fingerprint
from repro_action.report.bundle import Bundle, Entry
from repro_action.report.model import EarlierRun, Flavour
from repro_action.verdict import Verdict

NAME = "repro-verification.json"
"""The file's name in its artifact."""

RECORDS = 1_000

_AS_ACCEPTED = frozenset({Flavour.NONE, Flavour.BYTES_ONLY})
"""Flavours of a run whose materials were those of the baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationRecord:
    """One model that a run trained, and that reproduced its committed baseline from the same materials.

    Attributes:
        config: path of the configuration in the repository, with `/`.
        model: name of the model.
        platform: the platform class.
        materials: `part_ids` of what was consumed.
        products: likewise of what was made.
        fingerprint: `fingerprint_id` of the run.
        verdict: of the run.
    """

    config: str
    model: str
    platform: str
    materials: str
    products: str
    fingerprint: str
    verdict: Verdict

    def vouches_for(self, model: str, accepted: Fingerprint) -> bool:
        """Whether the run verified just this baseline of a model; that of its platform class."""
        same = (self.model, self.platform, (self.materials, self.products)) == (
            model,
            accepted.platform,
            part_ids(accepted),
        )
        return same and self.verdict is Verdict.REPRODUCED


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationRecords:
    """What one job of a workflow run verified.

    Attributes:
        version: of its document.
        tool: version of repro.
        commit: that was trained.
        run: number of the workflow run.
        run_url: its page.
        date: of the run, as `2026-11-30`.
        records: one a configuration and platform.
    """

    version: ClassVar[int] = 1

    tool: str
    commit: str
    run: int
    run_url: str
    date: str
    records: tuple[VerificationRecord, ...]

    @property
    def earlier_run(self) -> EarlierRun:
        """The run, as a report names it."""
        return EarlierRun(run=self.run, date=self.date, commit=self.commit)

    def of(self, config: str) -> tuple[EarlierVerification, ...]:
        """Return what was verified of a configuration, on each platform class."""
        found = (record for record in self.records if record.config == config)
        return tuple(EarlierVerification(record=record, run=self.earlier_run) for record in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierVerification:
    """One record, and the run that GitHub says it is of."""

    record: VerificationRecord
    run: EarlierRun


def records_of(bundle: Bundle) -> tuple[VerificationRecord, ...]:
    """Return a record for each model that was trained here and is, in all that counts, as it was accepted."""
    return tuple(record for entry in bundle.entries for record in [_record(entry)] if record is not None)[
        :RECORDS
    ]


def _record(entry: Entry) -> VerificationRecord | None:
    report = entry.report
    verified = report.verdict is Verdict.REPRODUCED and report.flavour in _AS_ACCEPTED
    if not (verified and entry.trained and entry.candidate is not None and report.verified_in is None):
        return None
    # What the run itself computed; the file that keeps the candidate could have been written since.
    if entry.fingerprint != report.fingerprint:
        return None
    (candidate,) = entry.candidate.platforms.values()
    materials, products = part_ids(candidate)
    return VerificationRecord(
        config=entry.config,
        model=report.name,
        platform=candidate.platform,
        materials=materials,
        products=products,
        fingerprint=report.fingerprint,
        verdict=report.verdict,
    )
