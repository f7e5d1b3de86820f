# SPDX-License-Identifier: Apache-2.0
"""The `verification:` block by which a serving platform pins a model file to its bytes.

Its form: https://github.com/kserve/kserve/issues/5789 (`digest` of a single file, SHA-256).
"""

from __future__ import annotations

from repro_action.report.check_model import CheckReport
from repro_action.verdict import Verdict


def verification_block(report: CheckReport) -> str:
    """Return the block as YAML; empty where a model did not pass, or is not one file."""
    if report.verdict not in {Verdict.REPRODUCED, Verdict.EQUIVALENT} or not report.sha256:
        return ""
    commit = report.commit[:40] or "a baseline that is not committed"
    return (
        f"# {report.verdict.value} against {commit}; these bytes are the ones that were compared\n"
        f'verification:\n  digest: "{report.sha256}"\n'
    )
