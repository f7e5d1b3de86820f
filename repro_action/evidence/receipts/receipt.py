# SPDX-License-Identifier: Apache-2.0
"""One builder's word: this commit was rebuilt, on this platform, and this came out."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.baseline import Baseline
from repro_action.codec.baseline import as_json, fingerprint_id, part_ids, read
from repro_action.errors import BaselineError
from repro_action.evidence.claims import full_commit
from repro_action.evidence.statement import InTotoStatement, StatementSubject, read_statement
from repro_action.evidence.strict_json import EvidenceRefused, as_object, as_text
from repro_action.evidence.verified_run import GitSource
from repro_action.fingerprint import Fingerprint
from repro_action.verdict import Verdict

RECEIPT = "https://github.com/org/repro-action/blob/main/docs/receipt.md"
MAX_RECEIPT = 4 << 20
"""Bytes of a file; a baseline of one platform class is at most 64 KiB and 200 bytes an artifact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came out where a commit was rebuilt.

    Attributes:
        model: its name.
        source: the commit; nothing that the run consumed differs from it.
        verdict: against the baseline of that commit.
        fingerprint: of the run, as a baseline has it.
        numeric: signature of how the platform computes; empty where it is not known.
    """

    model: str
    source: GitSource
    verdict: Verdict
    fingerprint: Fingerprint
    numeric: str = ""

    @property
    def platform(self) -> str:
        """The platform class on which it was rebuilt."""
        return self.fingerprint.platform

    def statement(self) -> InTotoStatement:
        """Return what is signed; its subject is the fingerprint."""
        materials, products = part_ids(self.fingerprint)
        return InTotoStatement(
            subjects=(StatementSubject(name=self.model, sha256=fingerprint_id(self.fingerprint)),),
            predicate_type=RECEIPT,
            predicate={
                "model": self.model,
                "source": {
                    "repository": self.source.repository,
                    "commit": self.source.commit,
                    "project": self.source.project,
                },
                "platform": self.platform,
                "verdict": self.verdict.value,
                "materials": materials,
                "products": products,
                "numericSignature": self.numeric,
                "fingerprint": as_json(Baseline(name=self.model).accept(self.fingerprint)),
            },
        )


def read_receipt(payload: bytes) -> Receipt:
    """Read what was signed; all that it says twice must agree.

    Raises:
        EvidenceRefused: it is no receipt, or contradicts itself.
    """
    statement = read_statement(payload)
    if statement.predicate_type != RECEIPT:
        raise EvidenceRefused(f"it is not a receipt but {statement.predicate_type[:120]!r}")
    given = statement.predicate
    model = as_text(given.get("model"), "the model's name")
    fingerprint = _fingerprint(given.get("fingerprint"), model)
    verdict = as_text(given.get("verdict"), "the verdict")
    if verdict not in {one.value for one in Verdict} - {Verdict.FAILED.value}:
        raise EvidenceRefused(f"{verdict[:80]!r} is not a verdict of a finished run")
    found = Receipt(
        model=model,
        source=_source(given.get("source")),
        verdict=Verdict(verdict),
        fingerprint=fingerprint,
        numeric=as_text(given.get("numericSignature"), "the numeric signature"),
    )
    if found.statement().payload() != payload:
        raise EvidenceRefused(
            "the receipt contradicts itself",
            why="Its ids, its platform or its subject are not those of the fingerprint in it, or it was "
            "written by another version.",
        )
    return found


def _fingerprint(raw: object, model: str) -> Fingerprint:
    try:
        baseline = read(raw, "the receipt's fingerprint")
    except BaselineError as error:
        raise EvidenceRefused(
            f"the receipt's fingerprint cannot be read: {error.what[:400]}",
            remedy="Ask its builder to rebuild with this version of repro.",
        ) from error
    if baseline.name != model or len(baseline.platforms) != 1:
        raise EvidenceRefused("the receipt's fingerprint is of another model, or not of one platform")
    return next(iter(baseline.platforms.values()))


def _source(raw: object) -> GitSource:

    source = as_object(raw, "the source")
    return GitSource(
        commit=full_commit(source.get("commit")),
        repository=as_text(source.get("repository"), "the repository"),
        project=as_text(source.get("project"), "the project"),
    )
