# SPDX-License-Identifier: Apache-2.0
"""`repro check` where models are deployed: a bucket of S3 and a registry of images, both served for real.

tests/e2e/test_mlflow_server.py has the same of a registry of MLflow.
"""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from checked import accepted, checked
from integration.test_subjects_images import MODEL, descriptor, layer, push
from oci_server import registry
from required import absent
from s3_server import bucket_of

from repro_action.oci_registry import OciRepository
from repro_action.runs.project import Project
from repro_action.verdict import Verdict

__all__ = ["registry"]

joblib = pytest.importorskip("joblib")
skops = pytest.importorskip("skops.io")
WEIGHT = "coef_"


def trained(ulp: int = 0):
    from sklearn.linear_model import Ridge

    x = np.random.default_rng(0).normal(size=(30, 3))
    model = Ridge().fit(x, x[:, 0])
    for _ in range(ulp):
        model.coef_[1] = np.nextafter(model.coef_[1], 9)
    return model


def in_joblib(model) -> bytes:
    out = io.BytesIO()
    joblib.dump(model, out)
    return out.getvalue()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/model.joblib").write_bytes(in_joblib(trained()))
    return accepted(tmp_path, "out/model.joblib")


def answer(project: Project, address: str) -> tuple[Verdict, list[str]]:
    """Return the verdict of a check, and the leaves that differ."""
    found = checked(project, address)
    artifacts = found.comparison.artifacts if found.comparison is not None else ()
    return found.verdict, [leaf.path for one in artifacts for leaf in one.leaves]


SAME, OTHER = (Verdict.REPRODUCED, []), (Verdict.DRIFTED, [WEIGHT])


def test_a_model_in_a_bucket_is_the_accepted_one_or_its_weight_is_named(project, monkeypatch) -> None:
    try:
        import obstore  # noqa: F401
    except ImportError:
        absent("obstore", "obstore is not installed: run make extras")
    good, bad = trained(), trained(ulp=1)
    objects = {
        "good/model.skops": skops.dumps(good),
        "bad/model.skops": skops.dumps(bad),
        "good.pkl": pickle.dumps(good, 2),
        "bad.pkl": pickle.dumps(bad, 2),
    }
    with bucket_of(objects) as served:
        for name, value in served.variables.items():
            monkeypatch.setenv(name, value)
        assert SAME == answer(project, "s3://bucket/good/")
        assert OTHER == answer(project, "s3://bucket/bad/")
        assert SAME == answer(project, "s3://bucket/good.pkl")
        assert OTHER == answer(project, "s3://bucket/bad.pkl")


def test_a_model_in_an_image_is_the_accepted_one_or_its_weight_is_named(project, registry) -> None:
    host, _ = registry
    repository = OciRepository(host=host, name="served/wine")
    for number, expected in ((0, SAME), (1, OTHER)):
        content = layer((MODEL, in_joblib(trained(ulp=number))))
        digest = push(repository, (content, descriptor(content)), tag=f"v{number}")
        assert expected == answer(project, f"oci://{host}/served/wine@{digest}#{MODEL}")
