# SPDX-License-Identifier: Apache-2.0
"""Requirements that MLflow found otherwise in a second run are named, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_action.compare.difference import Difference
from repro_action.compare.products import compare_products
from repro_action.digest import Digest
from repro_action.fingerprint import Product
from repro_action.listing import flatten
from repro_action.readers import read_artifact
from repro_action.report.build.model_requirements import other_requirements

FULL, DEFAULTS = (
    "mlflow==3.17.2\nnumpy==2.4.6\nscikit-learn==1.9.1\n",
    "mlflow==3.17.2\nscikit-learn==1.9.1\n",
)


def product(
    folder: Path, requirements: str, *, run: str, model: str = "MLmodel", weights: str = "1"
) -> Product:
    folder = folder / run / "model"
    folder.mkdir(parents=True)
    (folder / model).write_text(f"flavors:\n  sklearn: {{}}\nrun_id: {run * 32}\n")
    (folder / "requirements.txt").write_text(requirements)
    (folder / "weights.json").write_text(weights)
    tree = read_artifact(folder.parent)
    return Product(
        step="train",
        format=tree.format,
        size=0,
        digest=Digest("sha256", run * 64),
        leaves=flatten(tree.root),
        excluded={left.path: left.rule for left in tree.excluded},
    )


def difference(before: Product, after: Product) -> Difference:
    return Difference(
        materials=(), metrics=(), products=compare_products({"out": before}, {"out": after}, ())
    )


def test_other_requirements_are_a_cause_of_their_own(tmp_path: Path) -> None:
    found = difference(product(tmp_path, FULL, run="a"), product(tmp_path, DEFAULTS, run="b"))
    (cause,), nothing_else = other_requirements(found, "train")
    assert nothing_else
    assert "out: MLflow found other requirements for the model (model/requirements.txt)" in cause.text
    assert "pip_requirements=[…]" in cause.text
    assert "MLFLOW_REQUIREMENTS_INFERENCE_RAISE_ERRORS=true" in cause.text


def test_what_differs_besides_is_not_explained_by_them(tmp_path: Path) -> None:
    found = difference(product(tmp_path, FULL, run="a"), product(tmp_path, DEFAULTS, run="b", weights="2"))
    causes, nothing_else = other_requirements(found, "train")
    assert (1, False) == (len(causes), nothing_else)


@pytest.mark.parametrize("model", ["MLmodel", "other.yaml"])
def test_a_file_of_requirements_alone_is_none_of_mlflows(tmp_path: Path, model: str) -> None:
    after = FULL if model == "MLmodel" else DEFAULTS
    found = difference(
        product(tmp_path, FULL, run="a", model=model), product(tmp_path, after, run="b", model=model)
    )
    assert other_requirements(found, "train") == ((), False)
    assert other_requirements(found, "another") == ((), False)
