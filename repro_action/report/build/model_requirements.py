# SPDX-License-Identifier: Apache-2.0
"""Requirements that MLflow wrote beside a model, and that two runs found otherwise.

It loads the model in another process to see what is imported; where that fails, or takes longer than
MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT, it silently takes the defaults of the model's library instead: see
`infer_pip_requirements` (mlflow/utils/environment.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.compare.difference import Difference, ProductDifference, ProductState
from repro_action.report.model import Cause

NAME = "mlflow-requirements"
_FILES = ("requirements.txt", "conda.yaml")
_STAMPS = "mlflow-stamps"
_INDEX = "MLmodel."


def other_requirements(difference: Difference, step: str) -> tuple[tuple[Cause, ...], bool]:
    """Return the cause for each model of a step with other requirements, and whether nothing else differs.

    Args:
        difference: between two runs.
        step: where the difference begins.
    """
    accepted = {ProductState.IDENTICAL, ProductState.BYTES_ONLY, ProductState.TOLERATED}
    differing = [one for one in difference.products if one.step == step and one.state not in accepted]
    found = {product.path: tuple(_requirements(product)) for product in differing}
    causes = tuple(_cause(path, leaves[0]) for path, leaves in found.items() if leaves)
    whole = all(len(found[product.path]) == len(product.leaves) > 0 for product in differing)
    return causes, bool(causes) and whole


def _requirements(product: ProductDifference) -> Iterator[str]:
    """Yield the differing leaves that are in a file of requirements beside an `MLmodel`."""
    sides = [side for side in (product.before, product.after) if side is not None]
    models = {
        path.rpartition(_INDEX)[0]
        for side in sides
        for path, rule in side.excluded.items()
        if rule == _STAMPS and _INDEX in path
    }
    for leaf in product.leaves:
        if any(leaf.path.startswith(f"{model}{file}") for model in models for file in _FILES):
            yield leaf.path


def _cause(artifact: str, leaf: str) -> Cause:
    return Cause(
        kind=None,
        name=NAME,
        text=f"{artifact}: MLflow found other requirements for the model ({leaf}): it loads it once more to "
        "see what is imported, and takes its defaults where that fails or takes two minutes → name them, "
        "`log_model(…, pip_requirements=[…])`, or have it fail by the variable "
        "MLFLOW_REQUIREMENTS_INFERENCE_RAISE_ERRORS=true",
    )
