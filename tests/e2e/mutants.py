# SPDX-License-Identifier: Apache-2.0
"""All mutants: a table of edits and the verdict that each must get; see `e2e.mutant`."""

from __future__ import annotations

import os

from e2e.mutants_artifacts import ARTIFACTS
from e2e.mutants_baselines import BASELINES
from e2e.mutants_cells import CELLS
from e2e.mutants_edits import EDITS
from e2e.mutants_entropy import ENTROPY
from e2e.mutants_examples import EXAMPLE_VARIANTS, EXAMPLES
from e2e.mutants_materials import MATERIALS
from e2e.mutants_metrics import METRICS
from e2e.mutants_packages import PACKAGES
from e2e.mutants_parameters import PARAMETERS
from e2e.mutants_products import PRODUCTS
from e2e.mutants_randomness import RANDOMNESS
from e2e.mutants_runs import RUNS
from e2e.mutants_settings import SETTINGS
from e2e.mutants_surroundings import SURROUNDINGS
from e2e.mutants_tolerances import TOLERANCES

KINDS = [
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
"""One of each kind: the test suite runs all of them."""

FAMILIES = [
    *EDITS,
    *CELLS,
    *PARAMETERS,
    *ARTIFACTS,
    *TOLERANCES,
    *ENTROPY,
    *SURROUNDINGS,
    *EXAMPLE_VARIANTS,
]
"""Many of a kind: the test suite runs a few, `bench/mutants.py` and the nightly run all of them."""

MUTANTS = [*KINDS, *FAMILIES]

SAMPLE = 12
"""One in so many of the families is run by the test suite; all of them with `REPRO_TEST_MUTANTS=all`."""

CHOSEN = MUTANTS if os.environ.get("REPRO_TEST_MUTANTS") == "all" else [*KINDS, *FAMILIES[::SAMPLE]]
