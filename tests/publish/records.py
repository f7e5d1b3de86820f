# SPDX-License-Identifier: Apache-2.0
"""A record of a verification, and the artifact that keeps it."""

from __future__ import annotations

import json

from repro_action import __version__
from repro_action.report.json import verification as verification_json
from repro_action.report.verification import NAME, VerificationRecord, VerificationRecords
from repro_action.verdict import Verdict

RECORD = VerificationRecord(
    config="repro.toml",
    model="wine",
    platform="x86_64-v3",
    materials="1" * 64,
    products="2" * 64,
    fingerprint="3" * 64,
    verdict=Verdict.REPRODUCED,
)


def write(records):
    return {NAME: verification_json.dump(records).encode()}


def document(**changes):
    whole = VerificationRecords(
        tool=__version__, commit="a" * 40, run=7, run_url="", date="2026-01-02", records=(RECORD,)
    )
    return {**json.loads(verification_json.dump(whole)), **changes}
