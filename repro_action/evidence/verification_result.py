# SPDX-License-Identifier: Apache-2.0
"""A verified run as in-toto's Simple Verification Result v0.2: rebuilt, matched, how closely, and where.

https://github.com/in-toto/attestation/blob/main/spec/predicates/svr.md
"""

from __future__ import annotations

from repro_action.evidence.provenance import BUILD_TYPE, source_descriptor
from repro_action.evidence.statement import InTotoStatement, subjects_of
from repro_action.evidence.verified_run import VerifiedRun

VERIFICATION_RESULT = "https://in-toto.io/attestation/svr/v0.2"
VERIFIER = f"{BUILD_TYPE}#verifier"
LEVEL = "REPRO_LEVEL_"
PLATFORM = "REPRO_PLATFORM_"


def verification_result(run: VerifiedRun) -> InTotoStatement:
    """Return the properties that a run proved of its files.

    `timeCreated`, which the specification demands, is the commit's time: the result is about that commit,
    is as old as it at least, and two statements of one run are the same bytes.
    """
    return InTotoStatement(
        subjects=subjects_of(run),
        predicate_type=VERIFICATION_RESULT,
        predicate={
            "verifier": {
                "id": VERIFIER,
                "policies": [
                    source_descriptor(run.source, run.name),
                    {"name": run.config, "digest": {"sha256": run.config_sha256.value}},
                    {"name": run.baseline, "digest": {"sha256": run.baseline_sha256.value}},
                ],
            },
            "timeCreated": run.source.committed,
            "properties": [
                "REPRO_REBUILT",
                "REPRO_MATCHED_BASELINE",
                LEVEL + run.level.value.upper().replace("-", "_"),
                PLATFORM + run.platform,
            ],
        },
    )
