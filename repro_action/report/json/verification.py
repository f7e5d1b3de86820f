# SPDX-License-Identifier: Apache-2.0
"""Verification records as canonical JSON, and back; `load` trusts nothing of what it reads."""

from __future__ import annotations

import re
from typing import Literal

from repro_action.codec.canonical import indented
from repro_action.codec.typed.layout import DocumentLayout
from repro_action.errors import ArtifactUnreadable
from repro_action.report.bundle import PATH, path_fault
from repro_action.report.json.document import of_a_stranger
from repro_action.report.verification import NAME, RECORDS, VerificationRecord, VerificationRecords

LARGEST = 2 << 20
"""Bytes of a file that is read."""

TEXT = 500
"""Characters of any text."""

LAYOUT = DocumentLayout(
    longest=lambda name: PATH if name == "config" else TEXT,
    most=lambda _name: RECORDS,
    largest=2**53,
    nonempty=frozenset({"VerificationRecords.records", "VerificationRecord.config"}),
    extra={VerificationRecords: {"version": Literal[1]}},
)

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]")


def dump(records: VerificationRecords) -> str:
    """Write records.

    Raises:
        ArtifactUnreadable: `load` would refuse them.
    """
    from repro_action.codec.typed.document import DocumentMismatch, write

    try:
        text = indented(write(records, LAYOUT))
    except DocumentMismatch as error:
        raise ArtifactUnreadable(str(error), where=NAME) from error
    load(text)
    return text


def load(text: str | bytes, where: str = NAME) -> VerificationRecords:
    """Read what `dump` wrote, or what somebody else says it wrote.

    Raises:
        ArtifactUnreadable: it is not such a document of this version, or exceeds a bound.
    """
    records = of_a_stranger(
        text, VerificationRecords, LAYOUT, where, largest=LARGEST, called="a file of verification records"
    )
    fault = _fault(records)
    if fault:
        raise ArtifactUnreadable(fault, where=where)
    return records


def schema() -> dict[str, object]:
    """Return the JSON Schema of the document."""
    from repro_action.codec.typed.schema import schema as described

    return described(
        VerificationRecords,
        LAYOUT,
        identifier="urn:repro-action:verification:v1",
        title="What a run of the default branch verified",
    )


def _fault(records: VerificationRecords) -> str:
    if not _COMMIT.fullmatch(records.commit) or not _DATE.fullmatch(records.date) or records.run < 1:
        return "its commit, date or run is not valid"
    keys = [(record.config, record.platform) for record in records.records]
    if len(set(keys)) < len(keys):
        return "two of its records have the same configuration and platform"
    faults = (_record_fault(record) for record in records.records)
    return next((fault for fault in faults if fault), "")


def _record_fault(record: VerificationRecord) -> str:
    ids = (record.materials, record.products, record.fingerprint)
    if not all(_ID.fullmatch(one) for one in ids):
        return "an id should be 64 hexadecimal digits"
    return path_fault(record.config)
