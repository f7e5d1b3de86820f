# SPDX-License-Identifier: Apache-2.0
"""How many trials a sampler asks for in another way: `PYTHONPATH=tests python -m bench.searches`.

Of searches that Optuna makes here, by four samplers and two storages: without a break, resumed at trial 15,
and with two workers. It needs `make tools`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from integration.test_searches import CLEAN, PARALLEL, RESUMED, SAMPLERS, STORAGES, claims, project

from repro_action.report.search_claims import ClaimState, SearchQuestion

KINDS = {"clean": CLEAN, "resumed": RESUMED, "parallel": PARALLEL}


def main() -> int:
    """Print a line a search; the exit status is 1 unless clean ones are confirmed and others explained."""
    met = True
    for kind, search in KINDS.items():
        for sampler in SAMPLERS:
            for storage in STORAGES:
                with tempfile.TemporaryDirectory() as folder:
                    root = project(Path(folder) / "p", search, sampler=sampler, storage=storage, retrain=0)
                    claim = claims(root)[SearchQuestion.SAMPLER]
                print(f"{kind:9}{sampler:7}{storage:8}{claim.state:11}{claim.text}; {claim.why}", flush=True)
                explained = claim.state is ClaimState.LOST and bool(claim.why and claim.remedy)
                met &= claim.state is ClaimState.CONFIRMED or (kind != "clean" and explained)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
