# SPDX-License-Identifier: Apache-2.0
"""All mutants: a table of edits and the verdict that each must get; see `e2e.mutant`."""

from __future__ import annotations

from e2e.mutants_baselines import BASELINES
from e2e.mutants_examples import EXAMPLES
from e2e.mutants_materials import MATERIALS
from e2e.mutants_metrics import METRICS
from e2e.mutants_packages import PACKAGES
from e2e.mutants_products import PRODUCTS
from e2e.mutants_randomness import RANDOMNESS
from e2e.mutants_runs import RUNS
from e2e.mutants_settings import SETTINGS

MUTANTS = [
    *MATERIALS,
    *SETTINGS,
    *PACKAGES,
    *PRODUCTS,
    *METRICS,
    *RANDOMNESS,
    *RUNS,
    *BASELINES,
    *EXAMPLES,
]
