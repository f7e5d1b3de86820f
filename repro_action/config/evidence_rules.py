# SPDX-License-Identifier: Apache-2.0
"""What `[evidence]` cannot ask for."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.config.model import Config
from repro_action.config.problems import Problem


def evidence_problems(config: Config) -> Iterator[Problem]:
    """Yield what no receipts could ever fulfil."""
    evidence = config.evidence
    if evidence.receipts > len(set(evidence.keys)):
        yield Problem(
            path=("evidence", "receipts"),
            what=f"{evidence.receipts} receipts can never come of {len(set(evidence.keys))} keys",
            remedy="List the public key of each builder in `keys`: one counts once.",
        )
